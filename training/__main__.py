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
from pipeline.weights import Network
from training.encode import Batch, encode_made, encode_taken, taken
from training.export import export
from training.rank import answered, fit_confidence, fit_rank
from training.report import mean_iou, measure, table
from training.sources import LEFT_OUT, Source, Split, sources
from training.train import train

COUNTS = {
    "clothing": 250,
    "grocery": 90,
    "food": 40,
    "fashion": 20,
    "object": 49,
    "phone": 60,
    "hard": 60,
}
"""Photos taken of each kind and split, at most; encoding is what a run spends its time on."""
WAYS = {"clutter": 0.55, "white": 0.12, "again": 0.33}
TAUGHT = Batch("made", "train", 900, WAYS, seed=1)
SPLITS: tuple[tuple[Split, int], ...] = (("tuned", 60), ("apart", 60))
MEASURED = tuple(
    Batch(kind, split, count, {kind: 1.0}, seed=seed)
    for split, count in SPLITS
    for kind, seed in (("clutter", 7), ("white", 8))
)
ISNET = Network(side=1024, mean=(0.5, 0.5, 0.5), std=(1, 1, 1))
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
    parser.add_argument("--isnet", type=Path, help="isnet-general-use.onnx, to measure beside")
    parser.add_argument("--steps", type=int, default=1800)
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
    scenes = encode_made(sam, photos, TAUGHT, real=real, folder=made)
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
    watched = [lesson for lesson in held if lesson.split == "tuned"]
    network, curves = train(
        taught,
        shares([lesson.kind for lesson in taught]),
        steps=chosen.steps,
        watch=lambda network: mean_iou(network, watched),
    )
    export(network, chosen.out)
    (chosen.work / "curves.json").write_text(json.dumps(curves._asdict()))

    head = Head(chosen.out)
    outlined = {
        taken(source, real): source.path
        for source in picked
        if source.mask is not None and source.kind in {"object", "phone", "hard"}
    }
    pictures = {lesson: made / f"{lesson.key}.jpg" for lesson in [*scenes[:60], *held]}
    tuned = [
        answered(sam, head, lesson) for lesson in [*outlined, *held] if lesson.split == "tuned"
    ]
    fitted = {"RANK": fit_rank(tuned), "CONFIDENCE": fit_confidence(tuned)}
    (chosen.work / "rank.json").write_text(json.dumps(fitted))
    peers = {"U2-Net": teacher}
    if chosen.isnet is not None:
        peers["IS-Net"] = Saliency(chosen.isnet, ISNET)
    measured = table(measure(sam, head, peers, (outlined | pictures).items()))
    (chosen.work / "report.md").write_text(measured + "\n")
    logging.getLogger(__name__).info("to put into pipeline/foreground/rank.py: %s", fitted)
    logging.getLogger(__name__).info("\n%s", measured)


def pick(photos: list[Source]) -> list[Source]:
    """Take the first so many of each kind and split, in a shuffled but fixed order."""
    order = np.random.default_rng(0).permutation(len(photos))
    taken_of: dict[tuple[str, str], int] = {}
    picked = []
    for index in order:
        source = photos[index]
        place = (source.kind, source.split)
        most = COUNTS[source.kind] if source.split == "train" else COUNTS[source.kind] // 5
        if source.mask is None and taken_of.get(place, 0) >= max(most, 15):
            continue
        if (
            source.mask is not None
            and source.kind in {"food", "fashion"}
            and taken_of.get(place, 0) >= most
        ):
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
