"""The peers that `vitrina bench` compares with: the official SAM on our weights, and rembg."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import SettingsError
from pipeline.sam import Prompt
from pipeline.weights import Manifest, Store
from vitrina.settings import HOME, Model, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.inference import Models
    from pipeline.values import Pixels


def predictor(models: Models, pixels: Pixels, repeats: int) -> tuple[float, float]:
    """Return our seconds and the official predictor's for a photo and one box."""
    from segment_anything import SamPredictor

    height, width = pixels.shape[:2]
    box = np.array([width / 4, height / 4, width * 3 / 4, height * 3 / 4])
    official = SamPredictor(_official())
    times: list[list[float]] = [[], []]
    for _ in range(repeats):
        start = time.perf_counter()
        models.sam.decode(models.sam.encode(pixels), [Prompt(box=tuple(box.tolist()))])
        between = time.perf_counter()
        official.set_image(pixels)
        official.predict(box=box, multimask_output=True)
        times[0].append(between - start)
        times[1].append(time.perf_counter() - between)
    return float(np.median(times[0])), float(np.median(times[1]))


def rembg(name: str, weights: Path, pixels: Pixels) -> Callable[[], object]:
    """Return rembg's whole call on one photo. Raises SettingsError where rembg is missing."""
    try:
        from rembg import new_session, remove
    except ImportError as error:
        raise SettingsError(f"rembg is not installed: {error}") from error
    # It opens no file outside the folder that it takes for its own.
    os.environ["U2NET_HOME"] = str(weights.resolve().parent)
    kind = {"u2net": "u2net_custom", "isnet": "dis_custom"}[name]
    session = new_session(kind, model_path=str(weights.resolve()))
    return lambda: remove(pixels, session=session)


def _official() -> Any:
    """Load the official SAM with MobileSAM's weights."""
    try:
        from pipeline.sam.official import official_mobile_sam
    except ImportError as error:
        raise SettingsError(f"the official SAM needs vitrina[gpu]: {error}") from error
    store = Store(read_settings().weights_dir, Manifest.load(HOME / "weights" / "manifest.toml"))
    files = [store.path(weight.name) for weight in store.manifest.for_model(Model.MOBILE_SAM)]
    return official_mobile_sam(*files)
