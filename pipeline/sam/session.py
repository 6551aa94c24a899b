"""ONNX Runtime sessions: which device they run on, and with how many threads."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import onnxruntime as ort

from pipeline.errors import DeviceError, WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDERS: Final[Mapping[str, str]] = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
"""What a device's name before the colon stands for."""
DEFAULT_DEVICES = ("cuda", "coreml", "cpu")
"""Devices taken without being named, the first that is there. TensorRT builds its engines for
minutes at the first start, and OpenVINO is no faster on every processor: both are asked for."""
K_SAME_AS_REQUESTED = 1
"""The arena grows by what is asked for; by itself it would double."""
GPUS = frozenset({"tensorrt", "cuda", "coreml"})


def open_session(
    model: bytes, *, name: str, device: str | None = None, threads: int = 0
) -> ort.InferenceSession:
    """Load a network on ``device``: "cpu", "cuda", "cuda:1", "tensorrt", "openvino", "coreml".

    Without ``device`` the best takes it. ``threads`` 0 is one per core. Raises WeightsError where
    ``model`` is none, and DeviceError where a device that was named cannot be had: ONNX Runtime by
    itself would go on on the CPU and say nothing.
    """
    options = session_options(threads)
    # Threads that wait for work by spinning take the cores from the other networks and from OpenCV.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    kind, _, number = (device or _found()).partition(":")
    if kind not in PROVIDERS:
        raise DeviceError(f"no device is called {device!r}; there are {', '.join(PROVIDERS)}")
    if PROVIDERS[kind] not in ort.get_available_providers():
        raise DeviceError(f"this ONNX Runtime has no {PROVIDERS[kind]}, which {kind} needs")
    chosen = (PROVIDERS[kind], {"device_id": number} if number else {})
    rest = [] if kind == "cpu" else [PROVIDERS["cpu"]]
    if kind in {"cuda", "tensorrt"}:
        ort.preload_dlls()  # CUDA's libraries may be there as wheels alone
    try:
        session = ort.InferenceSession(model, options, providers=[chosen, *rest])
    except Exception as error:
        # The errors of ONNX Runtime and of protobuf have no nearer base in common.
        raise WeightsError(f"cannot load the weights of {name}: {error}") from error
    if device is not None and device_of(session) != kind:
        raise DeviceError(f"{name} was to run on {device}, but that device does not start")
    return session


def session_options(threads: int) -> ort.SessionOptions:
    """Return quiet options; ``threads`` 0 leaves their number to ONNX Runtime.

    An arena per network that doubles as it grows, and a plan of memory for every shape of prompts,
    would hold 0.3 GB more and save no time.
    """
    _share_arena()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.use_env_allocators", "1")
    return options


def shrinking() -> ort.RunOptions:
    """Return options by which a run gives the arena's free memory back when it ends."""
    options = ort.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    return options


@cache
def _share_arena() -> None:
    """Give all sessions of the process one arena in main memory; ONNX Runtime takes it once."""
    kind = ort.OrtMemoryInfo(
        "Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT
    )
    ort.create_and_register_allocator(
        kind, ort.OrtArenaCfg({"arena_extend_strategy": K_SAME_AS_REQUESTED})
    )


def device_of(session: ort.InferenceSession) -> str:
    """Name the device that a session runs on, as it came out."""
    provider = session.get_providers()[0]
    return next(kind for kind, known in PROVIDERS.items() if known == provider)


def _found() -> str:
    there = ort.get_available_providers()
    return next(kind for kind in DEFAULT_DEVICES if PROVIDERS[kind] in there)
