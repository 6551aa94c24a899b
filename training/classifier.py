"""Teach the classifier of masks: ``python -m training.classifier --data DIR``.

Every answer that SAM gives about an outlined photo is an example; photos weigh the same but for
the hard ones. The seeds are fixed. What SAM answered is kept under ``--work``, so that a stopped
run goes on where it was, and so is the report: figures on folds by object, whose confidence the
calibration is fitted to, and on the photos that are kept apart.
"""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy_of_yes

from pipeline.evaluation.measure import GOOD, summary
from pipeline.foreground.classifier import (
    CLASSES,
    EVIDENCE,
    FILE,
    Classifier,
    evidence,
    inputs,
)
from pipeline.foreground.head import Head
from pipeline.foreground.select import ASK_BELOW, cover, leading, stability
from pipeline.sam.onnx import OnnxSam
from training.answers import SETS, answers_about
from training.logistic import logistic
from training.outlined import outlined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from numpy.typing import NDArray

    from training.answers import Answers

    Floats = NDArray[np.float32]

AXES = 16
"""Main axes from which the mean embeddings are seen."""
WIDTHS = 64, 32
NETWORKS, FOLDS = 4, 5
STEPS, PHOTOS_A_STEP, RATE, DECAY, DROPPED = 400, 48, 3e-3, 0.1, 0.3
SHARPNESS, TEMPERATURE = 10.0, 0.05
"""Of what is expected, and of the true IoUs, where an answer is to come first."""
RANKING, GOODNESS, CLASSES_WEIGHT = 1.0, 0.3, 0.2
"""What the ranking, the share above 0.9 and the classes weigh beside the IoU."""

log = logging.getLogger(__name__)


def prepared(taught: Sequence[Answers]) -> dict[str, Floats]:
    """Find scale and axes of what the networks are to see."""
    plain = np.concatenate([each.described.plain for each in taught])
    pooled = np.concatenate([each.described.pooled for each in taught])
    looks = pooled[:, 0], pooled[:, 1], pooled[:, 0] - pooled[:, 1]
    axes = []
    for look in looks:
        spread, directions = np.linalg.eigh(np.cov(look.T))
        largest = np.argsort(-spread)[:AXES]
        # Less than a deviation of 1, so that the many axes do not drown the few plain features.
        axes.append(directions[:, largest] * 0.7 / np.sqrt(spread[largest] + 1e-8))
    return {
        "mean": plain.mean(0),
        "deviation": np.maximum(plain.std(0), 1e-3),
        "middle": np.stack([look.mean(0) for look in looks]),
        "axes": np.stack(axes).astype(np.float32),
    }


def teach(taught: Sequence[Answers]) -> dict[str, Floats]:
    """Teach the networks on ``taught``, and return the arrays of `Classifier`, uncalibrated."""
    scaled = prepared(taught)
    networks = [_teach(taught, scaled, seed) for seed in range(NETWORKS)]
    for index in range(len(WIDTHS) + 1):
        layers = [[part for part in one if isinstance(part, nn.Linear)][index] for one in networks]
        scaled[f"weight {index}"] = np.stack([one.weight.detach().numpy().T for one in layers])
        scaled[f"bias {index}"] = np.stack([one.bias.detach().numpy() for one in layers])
    return scaled | {"calibration": np.zeros(1 + len(EVIDENCE), np.float32)}


def _teach(taught: Sequence[Answers], scaled: Mapping[str, Floats], seed: int) -> nn.Sequential:
    seen = [inputs(scaled, each.described) for each in taught]
    most, features = max(map(len, seen)), seen[0].shape[1]
    shown = torch.zeros(len(taught), most, features)
    ious = torch.zeros(len(taught), most)
    classes = torch.zeros(len(taught), most, dtype=torch.long)
    there = torch.zeros(len(taught), most)
    for row, (each, described) in enumerate(zip(taught, seen, strict=True)):
        count = len(described)
        shown[row, :count] = torch.from_numpy(described)
        ious[row, :count] = torch.from_numpy(each.ious)
        classes[row, :count] = torch.from_numpy(each.classes)
        there[row, :count] = 1
    weights = torch.tensor([each.photo.weight for each in taught])
    weights = weights / weights.mean()
    away = (1 - there) * 1e9
    best = torch.softmax(ious / TEMPERATURE - away, 1)

    torch.manual_seed(seed)
    draws = torch.Generator().manual_seed(seed)
    network = nn.Sequential(
        *(nn.Linear(features, WIDTHS[0]), nn.SiLU(), nn.Dropout(DROPPED)),
        *(nn.Linear(WIDTHS[0], WIDTHS[1]), nn.SiLU(), nn.Dropout(DROPPED)),
        nn.Linear(WIDTHS[1], 2 + len(CLASSES)),
    )
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS)
    for _ in range(STEPS):
        drawn = torch.randperm(len(taught), generator=draws)[:PHOTOS_A_STEP]
        said = network(shown[drawn])
        known, valid = ious[drawn], there[drawn]
        loss = cross_entropy_of_yes(said[..., 0], known, reduction="none")
        loss += GOODNESS * cross_entropy_of_yes(
            said[..., 1], (known > GOOD).float(), reduction="none"
        )
        loss += CLASSES_WEIGHT * nn.functional.cross_entropy(
            said[..., 2:].transpose(1, 2), classes[drawn], reduction="none"
        )
        loss = (loss * valid).sum(1) / valid.sum(1)
        first = torch.log_softmax(SHARPNESS * said[..., 0].sigmoid() - away[drawn], 1)
        loss -= RANKING * (best[drawn] * first).sum(1)
        optimizer.zero_grad()
        (weights[drawn] * loss).mean().backward()
        optimizer.step()
        schedule.step()
    return network


def calibrated(judges: Sequence[Classifier], asked: Sequence[Answers]) -> Floats:
    """Fit the confidence, each photo judged by a classifier that was not taught it."""
    seen, good = [], []
    for judge, each in zip(judges, asked, strict=True):
        judged = judge.judge(each.described)
        first = leading(each.described, judged.iou)
        seen.append(evidence(judged, each.described, each.overlaps, first))
        good.append(each.ious[first] > GOOD)
    weights = np.array([each.photo.weight for each in asked])
    return np.array(logistic(np.stack(seen), np.array(good), weights, ridge=1), np.float32)


def figures(judges: Sequence[Classifier], asked: Sequence[Answers]) -> dict[str, Any]:
    """Measure what comes first, the best of 3 and of 5 offered, and the confidence, by kind."""
    kinds = sorted({each.photo.kind for each in asked})
    rows = [_figured(judge, each) for judge, each in zip(judges, asked, strict=True)]
    document = {}
    for kind in [*kinds, "all"]:
        of_kind = [
            row for row, each in zip(rows, asked, strict=True) if kind in (each.photo.kind, "all")
        ]
        items = [each.photo.item for each in asked if kind in (each.photo.kind, "all")]
        sure = [row for row in of_kind if row["confidence"] >= ASK_BELOW]
        good = np.array([row["first"] > GOOD for row in of_kind])
        said = np.array([row["confidence"] for row in of_kind])
        document[kind] = {
            name: str(summary([row[name] for row in of_kind], items))
            for name in ("map", "agreeing", "first", "best of 3", "best of 5", "best of all")
        } | {
            "photos": len(of_kind),
            "sure": len(sure),
            "sure and good": sum(row["first"] > GOOD for row in sure),
            "brier": round(float(((said - good) ** 2).mean()), 4),
            "brier of the mean": round(float(good.mean() * (1 - good.mean())), 4),
        }
    return document


def _figured(judge: Classifier, each: Answers) -> dict[str, float]:
    judged = judge.judge(each.described)
    first = leading(each.described, judged.iou)
    offered = cover(judged.iou, each.overlaps, first, stability(each.described))
    return {
        "map": float(each.ious[-1]),
        "agreeing": float(each.ious[int(np.argmax(each.described.plain[:4, 0]))]),
        "first": float(each.ious[first]),
        "best of 3": float(each.ious[offered[:3]].max()),
        "best of 5": float(each.ious[offered].max()),
        "best of all": float(each.ious.max()),
        "confidence": judge.confidence(evidence(judged, each.described, each.overlaps, first)),
    }


def main() -> None:
    """Read the command line, ask, teach by folds, teach for good, and measure what is apart."""
    parser = argparse.ArgumentParser(prog="python -m training.classifier", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of photos")
    parser.add_argument("--out", type=Path, default=FILE)
    parser.add_argument("--work", type=Path, default=Path("build/choice"), help="kept answers")
    parser.add_argument(
        "--weights", type=Path, default=Path("weights"), help="SAM's and the head's"
    )
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    chosen.work.mkdir(parents=True, exist_ok=True)
    sam = OnnxSam(
        chosen.weights / "mobile-sam-encoder.onnx",
        chosen.weights / "mobile-sam-decoder.onnx",
        name="mobile-sam",
    )
    head = Head(chosen.weights / "foreground-head.onnx")
    asked = answers_about(sam, head, outlined(chosen.data), chosen.work)
    taught = {name: [one for one in asked[name] if one.photo.use == "taught"] for name in SETS}
    apart = {name: [one for one in asked[name] if one.photo.use == "measured"] for name in SETS}

    folds = np.array([one.photo.fold(FOLDS) for one in taught["first"]])
    by_fold = [
        teach([one for name in SETS for one in _where(taught[name], folds != fold)])
        for fold in range(FOLDS)
    ]
    judges = [Classifier(by_fold[fold]) for fold in folds]
    calibration = calibrated(judges, taught["first"])
    report: dict[str, Any] = {"calibration": calibration.tolist()}
    judges = [Classifier(by_fold[fold] | {"calibration": calibration}) for fold in folds]
    arrays = teach([one for name in SETS for one in taught[name]]) | {"calibration": calibration}
    judge = Classifier({name: array.astype(np.float16) for name, array in arrays.items()})
    for name in SETS:
        report[f"folds, {name}"] = figures(judges, taught[name])
        report[f"apart, {name}"] = figures([judge] * len(apart[name]), apart[name])
    kept: dict[str, Any] = {name: array.astype(np.float16) for name, array in arrays.items()}
    np.savez_compressed(chosen.out, **kept)
    (chosen.work / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    log.info("%s", json.dumps(report, indent=1))


def _where(answers: Sequence[Answers], wanted: NDArray[np.bool_]) -> list[Answers]:
    return [one for one, want in zip(answers, wanted, strict=True) if want]


if __name__ == "__main__":
    main()
