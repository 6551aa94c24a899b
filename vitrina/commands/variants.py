"""`vitrina weights variant`: a smaller encoder, kept only where it cuts out as the whole."""

from __future__ import annotations

import tempfile
import time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import onnx
from rich.console import Console

from pipeline.errors import NothingFoundError, WeightsError
from pipeline.masks import iou
from pipeline.photo.pool import Decoders
from pipeline.sam import LOW_RES
from pipeline.sam.onnx import OnnxSam

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipeline.foreground import Segmenter
    from pipeline.sam import Sam
    from pipeline.values import Photo

LEAST_IOU = 0.995
"""Mean IoU with the whole encoder's cut-outs that a variant must keep."""


class Variant(StrEnum):
    """How an encoder's weights are kept: 8 bits for the matrix products, or half precision."""

    INT8 = "int8"
    FP16 = "fp16"


def variant_path(encoder: Path, variant: Variant) -> Path:
    """Return where a variant of ``encoder`` lies."""
    return encoder.with_name(f"{encoder.stem}-{variant}.onnx")


def make(
    encoder: Path, decoder: Path, variant: Variant, photos: Sequence[Path], segmenter: Segmenter
) -> float:
    """Write a variant beside its encoder and return its mean IoU with the whole one.

    Both cut out all ``photos``. Raises WeightsError, and writes nothing, where the mean is below
    LEAST_IOU.
    """
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory() as folder, Decoders(workers=1) as decoders:
        made = Path(folder) / "variant.onnx"
        CONVERTERS[variant](encoder, made)
        whole = OnnxSam(encoder, decoder, name="whole")
        smaller = OnnxSam(made, decoder, name=variant)
        overlaps: list[float] = []
        times = {whole.name: 0.0, smaller.name: 0.0}
        for path in photos:
            photo = decoders.decode(path.read_bytes())
            first, second = (_inside(sam, photo, segmenter, times) for sam in (whole, smaller))
            if first is None or second is None:
                overlaps.append(float(first is second))
            else:
                overlaps.append(iou(first, second))
        mean = float(np.mean(overlaps))
        console.print(
            f"{variant}: mean IoU {mean:.4f} over {len(photos)} photos, lowest "
            f"{min(overlaps):.4f}; "
            f"{times[smaller.name] / times[whole.name]:.2f} of the time, "
            f"{made.stat().st_size / encoder.stat().st_size:.2f} of the size"
        )
        if mean < LEAST_IOU:
            raise WeightsError(f"{variant} cuts out too differently: it is not kept")
        target = variant_path(encoder, variant)
        aside = target.with_suffix(".part")
        aside.write_bytes(made.read_bytes())
        aside.replace(target)
    return mean


def _inside(
    sam: Sam, photo: Photo, segmenter: Segmenter, times: dict[str, float]
) -> np.ndarray | None:
    """Cut out at the model's resolution, and add up what encoding takes."""
    start = time.perf_counter()
    embedding = sam.encode(photo.pixels)
    times[sam.name] += time.perf_counter() - start
    rows, columns = embedding.valid(LOW_RES)
    try:
        best = segmenter(sam, photo.pixels, embedding).candidates[0]
    except NothingFoundError:
        return None
    return best.logits[:rows, :columns] > 0


def _to_int8(encoder: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        encoder,
        target,
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
    )


def _to_fp16(encoder: Path, target: Path) -> None:
    from onnxruntime.transformers.float16 import convert_float_to_float16

    onnx.save(convert_float_to_float16(onnx.load(encoder), keep_io_types=True), target)


CONVERTERS: dict[Variant, Callable[[Path, Path], None]] = {
    Variant.INT8: _to_int8,
    Variant.FP16: _to_fp16,
}
