"""Make the foreground head: ``python -m training --data DIR --out weights/foreground-head.onnx``.

Every step keeps its results under ``--work`` and goes on from there, so that a stopped run costs
nothing. The seeds are fixed.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path

import numpy as np

from pipeline.foreground.head import Head
from pipeline.foreground.saliency import Saliency
from pipeline.sam.onnx import OnnxSam
from training.encode import Batch, encode_made, encode_taken, taken
from training.export import export
from training.model import Ensemble
from training.rank import answered, fit
from training.sets import KINDS, lay_out
from training.sources import LEFT_OUT, Source, Split, sources
from training.train import mean_iou, train

COUNTS = {
    "clothing": 500,
    "grocery": 60,
    "food": 60,
    "fashion": 30,
    "object": 60,
    "phone": 60,
    "hard": 60,
}
"""Photos taken of each kind and split, at most; encoding is what a run spends its time on."""
COARSE = ("food", "fashion")
"""Kinds whose outlines are good enough to learn from, not to measure by."""
WAYS = {"clutter": 0.5, "screen": 0.1, "white": 0.2, "again": 0.2}
SCENES = 1400
SPLITS: tuple[Split, ...] = ("tuned", "apart")
MEASURED = tuple(
    Batch(kind, split, count, {kind: 1.0}, seed=seed)
    for split in SPLITS
    for kind, count, seed in (("clutter", 40, 17), ("white", 20, 18), ("screen", 20, 19))
)
SEEDS = (0, 1, 2, 3)
"""One head is taught from each; asked together they are right more often."""
SURE = 0.93
"""A label of a real photo is taught from this agreement on."""


def main() -> None:
    """Read the command line and run every step."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of photos")
    parser.add_argument("--out", type=Path, default=Path("weights/foreground-head.onnx"))
    parser.add_argument("--work", type=Path, default=Path("build/training"), help="kept lessons")
    parser.add_argument("--weights", type=Path, default=Path("weights"), help="SAM's weights")
    parser.add_argument("--u2net", type=Path, required=True, help="u2net.onnx, the teacher")
    parser.add_argument("--rank", type=Path, default=Path("pipeline/foreground/rank.json"))
    parser.add_argument("--scenes", type=int, default=SCENES, help="made photos to learn from")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--rate", type=float, default=2e-3)
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
    picked = pick(photos)
    encode_taken(sam, teacher, picked, real)
    taught_on = Batch("made", "train", chosen.scenes, WAYS, seed=1)
    scenes = encode_made(sam, photos, taught_on, real=real, folder=made)
    held = [
        lesson
        for batch in MEASURED
        for lesson in encode_made(sam, photos, batch, real=real, folder=made)
    ]

    taught = [
        lesson
        for lesson in (taken(source, real) for source in picked if source.key not in LEFT_OUT)
        if lesson.split == "train" and lesson.label().sureness >= SURE
    ] + scenes
    outlined = [source for source in picked if source.mask is not None and source.kind in KINDS]
    tuned = [taken(source, real) for source in outlined if source.split == "tuned"]
    tuned += [lesson for lesson in held if lesson.split == "tuned"]
    heads = []
    for seed in SEEDS:
        head, curves = train(
            taught,
            shares([lesson.kind for lesson in taught]),
            steps=chosen.steps,
            rate=chosen.rate,
            seed=seed,
            watch=lambda network: mean_iou(network, tuned),
            mark=chosen.work / f"run-{seed}.pt",
        )
        heads.append(head)
        (chosen.work / f"curves-{seed}.json").write_text(json.dumps(curves._asdict()))
    export(Ensemble(heads), chosen.out)

    fitted = fit([answered(sam, Head(chosen.out), lesson) for lesson in tuned])
    chosen.rank.write_text(json.dumps(fitted, indent=1) + "\n")
    for split in SPLITS:
        lay_out(
            chosen.work / split,
            [source for source in outlined if source.split == split],
            [lesson for lesson in held if lesson.split == split],
        )


def pick(photos: list[Source]) -> list[Source]:
    """Take the first so many of each kind and split, in a shuffled but fixed order."""
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
        most = COUNTS[source.kind] if source.split == "train" else COUNTS[source.kind] // 16
        if source.mask is None and taken_of.get(place, 0) >= max(most, 12):
            continue
        if source.mask is not None and source.kind in COARSE and taken_of.get(place, 0) >= most:
            continue
        taken_of[place] = taken_of.get(place, 0) + 1
        picked.append(source)
    return picked


def shares(kinds: list[str]) -> list[float]:
    """Weigh lessons so that made scenes are half of what is seen and rare kinds are not lost."""
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    real = sum(np.sqrt(count) for kind, count in counts.items() if kind != "made")
    return [
        0.5 / counts[kind] if kind == "made" else 0.5 * np.sqrt(counts[kind]) / real / counts[kind]
        for kind in kinds
    ]


if __name__ == "__main__":
    main()
