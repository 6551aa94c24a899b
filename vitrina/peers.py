"""What `vitrina bench` compares with: the official SAM on the same weights, and rembg."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import SettingsError
from pipeline.sam import Prompt
from pipeline.sam.automatic import full_size, segments
from pipeline.sam.sketches import Rules
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
    """Both generators' seconds by the clock and of the cores, and how alike their masks are.

    ``found`` is the mean best IoU of the official masks among ours, ``true`` of ours among those.
    """

    ours: float
    official: float
    ours_cores: float
    official_cores: float
    found: float
    true: float


def automatic(models: Models, pixels: Pixels, points: int) -> Automatic:
    """Run both automatic generators, encoding included."""
    from segment_anything import SamAutomaticMaskGenerator

    generator = SamAutomaticMaskGenerator(_official(), points_per_side=points)
    segments(models.sam, models.sam.encode(pixels), Rules(points_per_side=4))  # warms up
    start = time.perf_counter(), time.process_time()
    theirs = generator.generate(pixels)
    between = time.perf_counter(), time.process_time()
    embedding = models.sam.encode(pixels)
    found = segments(models.sam, embedding, Rules(points_per_side=points))
    end = time.perf_counter(), time.process_time()
    width, height = pixels.shape[1], pixels.shape[0]
    masks = [full_size(segment.logits, width, height) for segment in found]
    table = np.array([[_iou(one["segmentation"], mask) for mask in masks] for one in theirs])
    return Automatic(
        ours=end[0] - between[0],
        official=between[0] - start[0],
        ours_cores=end[1] - between[1],
        official_cores=between[1] - start[1],
        found=float(table.max(axis=1).mean()),
        true=float(table.max(axis=0).mean()),
    )


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


def _iou(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    return float((one & other).sum() / max(1, (one | other).sum()))
