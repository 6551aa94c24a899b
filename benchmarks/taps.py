"""What a seller's taps, box and brush lead to. ``python -m benchmarks.taps PHOTOS MASKS``.

By the usual protocol of interactive segmentation: a tap in the middle of the largest error, three
times, once from nothing and once from the bot's own answer; the true box; and on the third answer
one stroke of a brush, 12 points along the middle of the largest error, as wide as that is, whose
edge snaps. Printed are mean IoUs with the outline at the photo's size, before alpha, and how often
a tap made it worse. ``--only FILE`` takes the photos that FILE lists, a stem a line;
``--keep FOLDER`` keeps embeddings for the next run.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from editor.opened import PICTURE_SIDE, SEEN_SIDE, shrunk
from editor.wire import from_plane
from pipeline import matting
from pipeline.errors import NothingFoundError
from pipeline.evaluation.pairs import pairs_in, read
from pipeline.evaluation.taps import boxed, next_tap
from pipeline.foreground import Clicks, refine
from pipeline.foreground.saliency import on_square
from pipeline.masks import depth, iou
from pipeline.model.embedding_cache import Embeddings, key_of
from pipeline.photo.decode import decode
from pipeline.sam import LOW_RES
from pipeline.values import Photo
from vitrina.settings import read_settings
from vitrina.studio import load_head, load_sam, load_segmenter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipeline.foreground import Head
    from pipeline.sam import Embedding, Sam

    Flags = NDArray[np.bool_]
    Logits = NDArray[np.float32]

TAPS = 3
POINTS = 12
WORK_SIDE = 768
"""The longer side of the mask that the page paints on."""
MOST_RADIUS = 0.13
"""Of the widest brush, a share of the picture's width where it is not zoomed."""
WORSE = (0.005, 0.02)
WISHED = {"from nothing": (0.85, 0.90, 0.93), "from the answer": (0.85, 0.90, 0.93)}
WISHED_BOX, WISHED_BRUSH = 0.93, 0.95


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photos", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--only", type=Path)
    parser.add_argument("--keep", type=Path)
    given = parser.parse_args()
    only = set(given.only.read_text().split()) if given.only else None
    settings = read_settings()
    sam, head = load_sam(settings), load_head(settings)
    segmenter = load_segmenter(settings, settings.foreground, head)
    kept = Embeddings(given.keep)
    found: dict[str, list[list[float]]] = defaultdict(list)
    for pair in pairs_in(given.photos, given.masks)[0]:
        if only is not None and not {pair.name, pair.photo.stem} & only:
            continue
        photo, truth = read(pair, decode)
        key = key_of(photo.pixels)
        embedding = kept.get(key)
        if embedding is None:
            embedding = sam.encode(photo.pixels)
            kept.put(key, embedding)
        try:
            first = segmenter(sam, photo.pixels, embedding).candidates[0].logits
        except NothingFoundError:
            first = None
        for start, begun in (("from nothing", None), ("from the answer", first)):
            answers = [begun, *tapped(sam, head, embedding, begun, truth)]
            found[start].append([score(one, embedding, truth) for one in answers])
        box = boxed(sam, head, embedding, truth)
        found["box"].append([score(box, embedding, truth)])
        painted = None if answers[-1] is None else brushed(photo, answers[-1], truth)
        before = found["from the answer"][-1][-1]
        found["brush"].append([before, before if painted is None else iou(painted, truth)])
        print(pair.name, *(f"{name} {found[name][-1]}" for name in found), file=sys.stderr)
    return told(found)


def told(found: dict[str, list[list[float]]]) -> int:
    """Print the means beside what is wished for; return 1 where one is below that."""
    count, met = len(found["box"]), True
    for start, wished in WISHED.items():
        values = np.array(found[start])
        means = values.mean(axis=0)
        steps = np.diff(values, axis=1)
        met &= bool((means[1:] >= wished).all())
        print(f"{start}, {count} photos: {', '.join(f'{mean:.3f}' for mean in means)}")
        for by in WORSE:
            print(f"  taps after which it is worse by {by}: {(steps < -by).sum()} of {steps.size}")
    box = np.mean(found["box"])
    before, after = np.mean(found["brush"], axis=0)
    print(f"with the box: {box:.3f}; a stroke after three taps: {before:.3f} to {after:.3f}")
    return int(not (met and box >= WISHED_BOX and after >= WISHED_BRUSH))


def tapped(
    sam: Sam, head: Head, embedding: Embedding, first: Logits | None, truth: Flags
) -> list[Logits | None]:
    """Return the answers after 1, 2 and 3 taps; ``first`` is the one to mend, or None."""
    wanted = on_square(truth.astype(np.float32), embedding)
    points: tuple[tuple[float, float, bool], ...] = ()
    answers: list[Logits | None] = []
    mask = first
    for _ in range(TAPS):
        tap = next_tap(embedding, mask, wanted)
        if tap is not None:
            points += (tap,)
            mask = refine(sam, head, embedding, Clicks(points, mask=mask)).logits
        answers.append(mask)
    return answers


def score(logits: Logits | None, embedding: Embedding, truth: Flags) -> float:
    """Return the IoU of an outline with the truth, (h, w) bool, at its size."""
    if logits is None:
        return 0.0
    rows, columns = embedding.valid(LOW_RES)
    size = truth.shape[1], truth.shape[0]
    plane = cv2.resize(np.ascontiguousarray(logits[:rows, :columns]), size)
    return iou(plane > 0, truth)


def brushed(photo: Photo, logits: Logits, truth: Flags) -> Flags | None:
    """Paint along the largest error, as the page does; None where there is none."""
    width, height = photo.size
    unit = WORK_SIDE / max(width, height)
    size = max(1, round(width * unit)), max(1, round(height * unit))
    rows, columns = (max(1, round(side * LOW_RES / max(photo.size))) for side in (height, width))
    inside = cv2.resize(np.ascontiguousarray(logits[:rows, :columns]), size) > 0
    wanted = cv2.resize(truth.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    worst, include = max(
        ((largest(wanted & ~inside), True), (largest(inside & ~wanted), False)),
        key=lambda one: np.count_nonzero(one[0]),
    )
    if not worst.any():
        return None
    went = stroke(worst)
    work = (inside | went) if include else (inside & ~went)
    seen = shrunk(shrunk(photo.pixels, PICTURE_SIDE), SEEN_SIDE)
    try:
        asked = from_plane(work.astype(np.float32), photo.size)
        alpha = matting.cut_out(Photo(seen), asked, 1.0).alpha
    except NothingFoundError:
        return None
    snapped = cv2.resize(alpha, size) >= 0.5
    painted = np.where(went, snapped, work).astype(np.uint8)
    found: Flags = cv2.resize(painted, photo.size, interpolation=cv2.INTER_NEAREST) > 0
    return found


def largest(wrong: Flags) -> Flags:
    """Return the largest piece of what is wrong, (h, w) bool, without rims."""
    opened = cv2.morphologyEx(wrong.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    if count == 1:
        return np.zeros(wrong.shape, np.bool_)
    return np.asarray(labels == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))


def stroke(region: Flags) -> Flags:
    """Draw 12 points joined along a region's longer axis, as wide as it is: (h, w) bool."""
    places = np.argwhere(region)[:, ::-1].astype(np.float32)
    middle, axes = cv2.PCACompute(places, mean=None, maxComponents=1)
    along = ((places - middle) @ axes[0]).ravel()
    order = np.array_split(np.argsort(along), POINTS)
    points = [places[part].mean(axis=0) for part in order if part.size]
    deep = depth(region)
    width = float(
        np.mean(
            [
                deep[places[part].astype(int)[:, 1], places[part].astype(int)[:, 0]].max()
                for part in order
                if part.size
            ]
        )
    )
    radius = round(min(max(width, 1.0), MOST_RADIUS * region.shape[1]))
    drawn = np.zeros(region.shape, np.uint8)
    ends = np.round(points).astype(np.int32)
    cv2.polylines(drawn, [ends.reshape(-1, 1, 2)], isClosed=False, color=1, thickness=2 * radius)
    return drawn > 0


if __name__ == "__main__":
    sys.exit(main())
