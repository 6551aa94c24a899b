"""Which network cuts out, and where it runs."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from vitrina.settings.section import Section


class Model(StrEnum):
    """Which SAM cuts out: MobileSAM through ONNX Runtime, or an official one through torch."""

    MOBILE_SAM = "mobile-sam"
    VIT_B = "sam-vit-b"
    VIT_L = "sam-vit-l"
    VIT_H = "sam-vit-h"


class ModelSettings(Section):
    """The model."""

    model: Model = Model.MOBILE_SAM
    """mobile-sam runs anywhere through ONNX Runtime. sam-vit-b, sam-vit-l and sam-vit-h need
    `pip install '.[gpu]'` and `vitrina weights fetch sam-vit-h`, and want a GPU."""
    device: str | None = None
    """cpu, cuda, cuda:1, tensorrt, openvino or coreml, as ONNX Runtime or torch has it. Empty takes
    a GPU where there is one."""
    require_gpu: bool = False
    """Do not start where the model would run on the CPU."""
    threads: int = Field(default=0, ge=0)
    """Threads for the model; 0 takes one per core, of those that a container may use."""
    model_processes: int = Field(default=0, ge=0, le=64)
    """0 keeps the model in the bot's own process. 1 gives it one of its own, which is started again
    if it crashes or hangs. More share the cores; with DEVICE=cuda each takes a GPU: cuda:0, cuda:1,
    ..."""
    batch: int = Field(default=1, ge=1, le=64)
    """Photos encoded in one run: 1 is best on a CPU, 8 is a start on a GPU."""
    batch_wait_ms: float = Field(default=0.0, ge=0, le=1000)
    """How long a run that is not full waits for more while photos come faster than that, in
    milliseconds: 20 is a start on a GPU."""
    encoder: Literal["int8", "fp16"] | None = None
    """int8 or fp16: a smaller MobileSAM encoder, once `vitrina weights variant int8` has made
    it."""
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    """For the torch models on a GPU: bf16 or fp16 products."""
    compiled: bool = False
    """For the torch models: compile them, which takes a minute or more at the start."""
    eight_bit: bool = False
    """For the torch models: weights in 8 bits, a quarter of the memory."""
    foreground: str = "head"
    """How the product is found: head reads it off SAM's own embedding. head+u2net averages a second
    network in, which finds more and takes twice as long (`vitrina weights fetch u2net`)."""
