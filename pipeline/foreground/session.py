"""Opening a small network for ONNX Runtime, on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING

import onnxruntime as ort
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidProtobuf

from pipeline.errors import WeightsError
from pipeline.sam.session import session_options

if TYPE_CHECKING:
    from pathlib import Path


def open_session(path: Path, *, name: str, threads: int) -> ort.InferenceSession:
    """Load a network; ``threads`` 0 leaves their number to ONNX Runtime. Raises WeightsError."""
    options = session_options(threads)
    try:
        return ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except (OSError, Fail, InvalidProtobuf) as error:
        raise WeightsError(f"cannot read the {name} {path}: {error}") from error
