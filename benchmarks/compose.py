"""What comes after the model, timed against one encoding. ``python -m benchmarks.compose``.

Prints, at 1,280 pixels and at 12 megapixels, the time of alpha + composition + JPEG, and of a
background swapped on a kept cut-out, as ratios to one MobileSAM encoding in the same run; the
best of several rounds each; then the peak memory of a whole ``vitrina process`` of one photo of
12 megapixels. Exits with 1 where a bound is broken.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import cv2
import numpy as np
from PIL import Image

from pipeline.backdrops import Backdrops
from pipeline.compose import compose
from pipeline.matting import cut_out
from pipeline.photo.encode import encode_jpeg, for_telegram
from pipeline.sam.onnx import OnnxSam
from pipeline.values import Photo

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")

ROOT = Path(__file__).parents[1]
ROUNDS = 4
MEMORY = 1.0
"""GB."""
BOUNDS = {(1280, 960): (0.2, 0.15), (4000, 3000): (1.5, 0.8)}
"""For each size, the largest ratios of the whole and of a swap."""


def main() -> int:
    """Print the ratios."""
    sample = np.asarray(Image.open(ROOT / "samples" / "padded-vest.jpg").convert("RGB"))
    outline = Image.open(ROOT / "tests" / "golden" / "outlines" / "padded-vest.png").convert("L")
    backdrop = Backdrops(ROOT / "backgrounds").load("blue")
    weights = ROOT / "weights"
    sam = OnnxSam(
        weights / "mobile-sam-encoder.onnx", weights / "mobile-sam-decoder.onnx", name="mobile-sam"
    )
    broken = False
    for size, bounds in BOUNDS.items():
        photo, logits = landscape(sample, np.asarray(outline), size)
        encoding, _ = best(partial(sam.encode, photo.pixels))
        cutting, product = best(partial(cut_out, photo, logits))
        composing, picture = best(partial(compose, product, backdrop))
        writing, _ = best(partial(for_telegram, picture.pixels))
        ratios = (cutting + composing + writing) / encoding, (composing + writing) / encoding
        print(
            f"{size[0]} x {size[1]}: encoding {encoding:.3f} s, alpha {cutting:.3f}, composition"
            f" {composing:.3f}, JPEG {writing:.3f}; all {ratios[0]:.2f} (at most {bounds[0]}),"
            f" swap {ratios[1]:.2f} (at most {bounds[1]})"
        )
        broken |= ratios[0] > bounds[0] or ratios[1] > bounds[1]
    peak = whole_process(photo)
    print(f"peak memory of a whole process at 12 MP: {peak:.2f} GB (at most {MEMORY:.1f})")
    return int(broken or peak > MEMORY)


def whole_process(photo: Photo) -> float:
    """Return the peak memory in GB of the batch command on ``photo`` alone."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in")
        source.mkdir()
        (source / "photo.jpg").write_bytes(encode_jpeg(photo.pixels))
        command = [sys.executable, "-m", "vitrina", "process", "--add-background", "blue"]
        folders = ["--input-folder", str(source), "--output-folder", str(Path(folder, "out"))]
        subprocess.run(  # noqa: S603 - our own command
            [*command, *folders], check=True, cwd=ROOT, capture_output=True
        )
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6


def landscape(
    sample: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    outline: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    size: tuple[int, int],
) -> tuple[Photo, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """Turn the portrait sample to a landscape photo of ``size``, with its logits."""
    turned = cv2.rotate(sample, cv2.ROTATE_90_CLOCKWISE)
    pixels = cv2.resize(turned, size, interpolation=cv2.INTER_CUBIC)
    rows = round(256 * sample.shape[1] / sample.shape[0])
    mask = cv2.rotate(outline[:, :rows], cv2.ROTATE_90_CLOCKWISE).astype(np.float32)
    logits = np.full((256, 256), -8, np.float32)
    kept = round(256 * size[1] / size[0])
    logits[:kept] = cv2.resize(mask, (256, kept)) / 255 * 16 - 8
    return Photo(pixels), logits


def best(work: Callable[[], T]) -> tuple[float, T]:
    """Return the shortest of several rounds in seconds, and the answer."""
    times, answer = [], work()
    for _ in range(ROUNDS):
        start = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - start)
    return min(times), answer


if __name__ == "__main__":
    sys.exit(main())
