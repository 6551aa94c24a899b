"""What `vitrina bench` compares with: the official SAM on the same weights, and rembg."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import SettingsError
from pipeline.sam import Prompt
from pipeline.sam.automatic import Rules, full_size, segments
from pipeline.weights import Manifest, Store
from vitrina.settings import HOME, Model, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.studio import Models
    from pipeline.values import Pixels


@dataclass(frozen=True, slots=True)
class Automatic:
    """Seconds of both generators, and how well ours finds what the official one finds."""

    ours: float
    official: float
    iou: float


def automatic(models: Models, pixels: Pixels, points: int) -> Automatic:
    """Run both automatic generators, encoding included."""
    from segment_anything import SamAutomaticMaskGenerator

    generator = SamAutomaticMaskGenerator(_official(), points_per_side=points)
    start = time.perf_counter()
    theirs = generator.generate(pixels)
    between = time.perf_counter()
    embedding = models.sam.encode(pixels)
    found = segments(models.sam, embedding, Rules(points_per_side=points))
    end = time.perf_counter()
    width, height = pixels.shape[1], pixels.shape[0]
    masks = [full_size(segment.logits, width, height) for segment in found]
    best = [max(_iou(one["segmentation"], mask) for mask in masks) for one in theirs]
    return Automatic(end - between, between - start, float(np.mean(best)))


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
    kind = {"u2net": "u2net_custom", "isnet": "dis_custom"}[name]
    session = new_session(kind, model_path=str(weights))
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


def _iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))
