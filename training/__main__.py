"""Make the foreground head: ``python -m training --data DIR --out weights/foreground-head.onnx``.

Every step keeps its results under ``--work`` and goes on from there, so that a stopped run costs
nothing. The seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
import logging
from dataclasses import replace
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.foreground.saliency import Saliency
from pipeline.sam.onnx import OnnxSam
from training.drawn import pictures
from training.encode import Batch, encode_made, encode_taken, taken
from training.export import export, pin
from training.model import Ensemble
from training.sets import KINDS, lay_out
from training.sources import LEFT_OUT, Source, Split, in_hand, sources
from training.train import mean_iou, train

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.samples import Sample

COUNTS = {
    "clothing": 1200,
    "grocery": 300,
    "food": 60,
    "fashion": 30,
    "object": 60,
    "phone": 60,
    "hard": 60,
}
"""Photos taught of each kind, at most; encoding is what a run spends its time on."""
HELD = {"clothing": 31}
HELD_ELSE = 12
"""Photos without an outline taken of each kind to compose tuned-on and kept-apart scenes of."""
COARSE = ("food", "fashion")
"""Kinds whose outlines are good enough to learn from, not to measure by."""
WAYS = {"clutter": 0.5, "screen": 0.1, "white": 0.2, "again": 0.2}
PLAIN = {"alone": 0.6, "screen": 0.4}
SCENES = 2500
LAID = {"garment": 0.4, "thing": 0.6}
TAUGHT = (
    ("made", 1.0, WAYS, 1),
    ("plain", 0.2, PLAIN, 2),
    ("laid", 0.25, LAID, 3),
    ("multi-part", 0.75, {"multi-part": 1.0}, 4),
    ("camouflaged", 0.45, {"camouflaged": 1.0}, 5),
    ("drawn", 0.45, {"drawn": 1.0}, 6),
)
"""Kinds of scene to learn from: how many for each of the first kind, by which ways, the seed."""
SPLITS: tuple[Split, ...] = ("tuned", "apart")
MEASURED = tuple(
    Batch(kind, split, count, {kind: 1.0}, seed=seed)
    for kind, counts, seed in (
        ("clutter", (40, 40), 17),
        ("white", (20, 20), 18),
        ("screen", (20, 60), 19),
        ("garment", (60, 120), 20),
        ("thing", (60, 120), 21),
    )
    for split, count in zip(SPLITS, counts, strict=True)
)
WIDTHS = (128, 128, 64)
"""One network is taught of each; asked together they are right more often."""
MIN_LABEL_AGREEMENT = 0.93
"""A label of a real photo is taught from this agreement on."""
MADE = {
    "made": 0.33,
    "plain": 0.06,
    "laid": 0.07,
    "multi-part": 0.10,
    "camouflaged": 0.08,
    "drawn": 0.10,
}
"""The share of what is seen that made scenes are, by kind; real photos are the rest."""


def main() -> None:
    """Read the command line and run every step."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of photos")
    parser.add_argument("--out", type=Path, default=Path("weights/foreground-head.onnx"))
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="kept samples")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="SAM's weights")
    parser.add_argument("--drawn", type=Path, required=True, help="see training/drawn.py")
    parser.add_argument("--u2net", type=Path, required=True, help="u2net.onnx, the teacher")
    parser.add_argument("--scenes", type=int, default=SCENES, help="made photos to learn from")
    parser.add_argument("--steps", type=int, default=4400)
    parser.add_argument("--rate", type=float, default=8e-3)
    parser.add_argument("--share", type=float, default=1.0, help="of photos and scenes, to try it")
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")

    sam = OnnxSam(
        chosen.weights / "mobile-sam-encoder.onnx",
        chosen.weights / "mobile-sam-decoder.onnx",
        name="mobile-sam",
    )
    teacher = Saliency(chosen.u2net)
    real, made = chosen.work / "real", chosen.work / "made"
    real.mkdir(parents=True, exist_ok=True)
    made.mkdir(parents=True, exist_ok=True)

    photos = sources(chosen.data)
    drawn = pictures(chosen.drawn)
    picked = pick(photos, chosen.share)
    cartons = in_hand(chosen.data)
    encode_taken(sam, teacher, picked + cartons, real)

    def scenes_of(batches: Sequence[Batch]) -> list[Sample]:
        return [
            sample
            for batch in batches
            for sample in encode_made(
                sam,
                photos,
                replace(batch, count=ceil(chosen.share * batch.count)),
                drawn=drawn,
                real=real,
                folder=made,
            )
        ]

    scenes = scenes_of(
        [
            Batch(kind, "train", round(chosen.scenes * often), ways, seed)
            for kind, often, ways, seed in TAUGHT
        ]
    )
    measured = scenes_of(MEASURED)

    taught = [
        sample
        for sample in (taken(source, real) for source in picked if source.key not in LEFT_OUT)
        if sample.split == "train" and sample.label().sureness >= MIN_LABEL_AGREEMENT
    ] + scenes
    outlined = [source for source in picked if source.mask is not None and source.kind in KINDS]
    outlined += cartons
    tuned = [taken(source, real) for source in outlined if source.split == "tuned"]
    tuned += [sample for sample in measured if sample.split == "tuned"]
    heads = []
    for seed, width in enumerate(WIDTHS):
        head, curves = train(
            taught,
            shares([sample.kind for sample in taught]),
            width=width,
            steps=chosen.steps,
            rate=chosen.rate,
            seed=seed,
            watch=lambda network: mean_iou(network, tuned),
            mark=chosen.work / f"run-{seed}.pt",
        )
        heads.append(head)
        (chosen.work / f"curves-{seed}.json").write_text(json.dumps(curves._asdict()))
    export(Ensemble(heads), chosen.out)
    if chosen.out.resolve().parent == chosen.weights.resolve():
        pin(chosen.out, chosen.weights / "manifest.toml")

    for split in SPLITS:
        lay_out(
            chosen.work / split,
            [source for source in outlined if source.split == split],
            [sample for sample in measured if sample.split == split],
        )


def pick(photos: list[Source], share: float = 1.0) -> list[Source]:
    """Take the first so many of each kind and split, in a shuffled but fixed order.

    ``share`` takes less of them; what is outlined and measured on is taken whole.
    """
    order = np.random.default_rng(0).permutation(len(photos))
    taken_of: dict[tuple[str, str], int] = {}
    picked = []
    for index in order:
        source = photos[index]
        if source.kind == "phone" and source.mask is None:
            continue
        if source.kind in COARSE and source.split != "train":
            continue
        place = (source.kind, source.split)
        held = HELD.get(source.kind, HELD_ELSE)
        most = ceil(share * (COUNTS[source.kind] if source.split == "train" else held))
        if source.mask is None and taken_of.get(place, 0) >= most:
            continue
        if source.mask is not None and source.kind in COARSE and taken_of.get(place, 0) >= most:
            continue
        taken_of[place] = taken_of.get(place, 0) + 1
        picked.append(source)
    return picked


def shares(kinds: list[str]) -> list[float]:
    """Weigh samples so that MADE holds and rare kinds of real photo are not lost."""
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    made = {kind: MADE[kind] for kind in MADE if kind in counts}
    real = sum(np.sqrt(count) for kind, count in counts.items() if kind not in MADE)
    taken = 1 - sum(made.values())
    return [
        (made[kind] if kind in made else taken * np.sqrt(counts[kind]) / real) / counts[kind]
        for kind in kinds
    ]


if __name__ == "__main__":
    main()
