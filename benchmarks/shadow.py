"""How much of an old shadow stays in a cut-out. ``python -m benchmarks.shadow photos masks``.

Beside each outlined product a shadow is rendered, a hard one that lies close and a soft one that
lies farther off, of 40 to 75 % of the light; the photo is then cut out by the model. Printed is
the mean alpha of the shadow's pixels: of all, and of those farther than EDGE from the outline,
and what of the sure product is lost.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import cv2
import numpy as np

from pipeline.compose.linear import WHITE, decoding, encoding
from pipeline.errors import NothingFoundError
from pipeline.matting import cut_out
from pipeline.photo.decode import decode
from pipeline.sam.preprocess import fit
from pipeline.values import Photo
from vitrina.settings import Settings
from vitrina.studio import load_models

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[Any]


class Kind(NamedTuple):
    """Ranges of a shadow's distance and of its depth, and its blur, in lengths of the product."""

    away: tuple[float, float]
    depth: tuple[float, float]
    blur: float


KINDS = {
    "hard": Kind((0.02, 0.045), (0.5, 0.75), 0.006),
    "soft": Kind((0.03, 0.06), (0.4, 0.65), 0.025),
}
DEEP = 0.2
"""Depth from which a pixel lies in the shadow."""
EDGE = 3
"""Pixels from the outline within which the edge itself is soft."""
NONE, OPAQUE = 0.02, 0.98
"""Outlines below the one and above the other have no doubt."""


def main() -> int:
    """Print one line for each kind of shadow."""
    parser = argparse.ArgumentParser(description="Old shadows left in cut-outs.")
    parser.add_argument("photos", type=Path, help="a folder of photos, or of folders of them")
    parser.add_argument("masks", type=Path, help="a folder of their outlines")
    parser.add_argument("--every", type=int, default=3, help="take one outline of so many")
    given = parser.parse_args()
    photos = {path.stem: path for path in given.photos.rglob("*.jpg")}
    masks = sorted(given.masks.glob("*.png"))[:: given.every]
    models = load_models(Settings())
    print("shadow    photos   left   left beyond the edge   product lost")
    for name, kind in KINDS.items():
        rows = []
        for seed, mask in enumerate(masks):
            pixels, truth, shadow = scene(photos[mask.stem], mask, kind, seed)
            embedding = models.sam.encode(fit(pixels))
            try:
                logits = models.segmenter(models.sam, pixels, embedding).candidates[0].logits
            except NothingFoundError:
                continue
            rows.append(left(cut_out(Photo(pixels), logits).alpha, truth, shadow))
        figures = (f"{100 * value:.2f} %" for value in np.nanmean(rows, axis=0))
        print(f"{name:9} {len(rows):6}", *figures, sep="   ")
    return 0


def scene(
    photo: Path, mask: Path, kind: Kind, seed: int
) -> tuple[NDArray[np.uint8], Floats, Floats]:
    """Render a shadow beside the product: the photo, its outline and the shadow's depth."""
    pixels = fit(decode(photo.read_bytes()).pixels)
    size = pixels.shape[1], pixels.shape[0]
    outline = cv2.imread(str(mask), cv2.IMREAD_GRAYSCALE)
    truth = cv2.resize(outline, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    chance = np.random.default_rng(seed)
    _, _, wide, high = cv2.boundingRect((truth > 0.5).astype(np.uint8))
    unit = float(np.sqrt(wide * high))
    angle, away = chance.uniform(0.2, np.pi - 0.2), chance.uniform(*kind.away) * unit
    shift = np.array([[1, 0, np.cos(angle) * away], [0, 1, np.sin(angle) * away]], np.float32)
    cast = cv2.GaussianBlur(cv2.warpAffine(truth, shift, size), (0, 0), max(0.7, kind.blur * unit))
    depth = cast * np.float32(chance.uniform(*kind.depth)) * (1 - truth)
    light = decoding()[pixels] * (1 - depth[:, :, None])
    return encoding()[np.clip(np.rint(light), 0, WHITE).astype(np.uint16)], truth, depth


def left(alpha: Floats, truth: Floats, shadow: Floats) -> tuple[float, float, float]:
    """Return what is left of the shadow, in all and beyond the edge, and what the product lost."""
    dark = (shadow > DEEP) & (truth < NONE)
    far = dark & (cv2.distanceTransform((truth < 0.5).astype(np.uint8), cv2.DIST_L2, 5) > EDGE)
    means = (alpha[part].mean() if part.any() else np.nan for part in (dark, far))
    return *means, 1 - alpha[truth > OPAQUE].mean()


if __name__ == "__main__":
    sys.exit(main())
