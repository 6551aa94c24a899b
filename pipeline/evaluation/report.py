"""All photos' figures in one JSON document: means, intervals by object, calibration, by kind."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.evaluation.measure import GOOD, summary
from pipeline.foreground.select import ASK_BELOW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.evaluation.photo import Measured

OFFERED = (1, 3, 5)
POOR_IOU, FINE_IOU = 0.8, 0.95
"""Below the one IoU a tap is worth asking for; above the other it has little to mend."""
MEASURE = "IoU of the delivered cut-out (alpha above one half) at the photo's size, 1,024 at most"
CONFIDENCE_BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 1.0)
"""Edges of the confidence's bins."""


def report(way: str, photos: Sequence[Measured]) -> dict[str, Any]:
    """Sum up; every mean IoU carries its 95 % interval, by a bootstrap over objects."""
    return {
        "way": way,
        "measure": MEASURE,
        "all": overall(photos),
        "kinds": {
            kind: overall([photo for photo in photos if photo.kind == kind])
            for kind in sorted({photo.kind for photo in photos})
        },
        "calibration": calibration(photos),
        "photos": [_one(photo) for photo in photos],
    }


def overall(photos: Sequence[Measured]) -> dict[str, Any]:
    """Average over photos."""
    items = [photo.item for photo in photos]

    def mean(values: Sequence[float]) -> dict[str, float]:
        summed = summary(values, items)
        return {
            "mean": _short(summed.iou),
            "low": _short(summed.low),
            "high": _short(summed.high),
            "above_0.9": _short(summed.good),
        }

    firsts = [photo.figures.iou for photo in photos]
    return {
        "photos": len(photos),
        "objects": len(set(items)),
        "nothing_found": sum(not photo.found for photo in photos),
        "iou": mean(firsts),
        "core_iou": mean([photo.figures.core_iou for photo in photos]),
        "others": {
            name: {
                "iou": mean([photo.others[name].iou for photo in photos]),
                "core_iou": mean([photo.others[name].core_iou for photo in photos]),
                "ahead_by": lead([p.figures.iou - p.others[name].iou for p in photos], items),
            }
            for name in photos[0].others
        },
        **{
            name: _short(float(np.mean([getattr(photo.figures, name) for photo in photos])))
            for name in ("boundary_iou", "mae", "s_measure", "weighted_f")
        },
        **{
            f"best_of_{count}": mean([max(photo.offers[:count]) for photo in photos])
            for count in OFFERED
        },
        **{
            f"after_{count + 1}_taps": mean(
                [photo.taps[min(count, len(photo.taps) - 1)] for photo in photos]
            )
            for count in range(3)
        },
        "with_a_box": mean([photo.box for photo in photos]),
        "sure": sureness(photos),
        "first_tap_where_below_0.8": gain([p for p in photos if p.figures.iou < POOR_IOU]),
        "first_tap_where_above_0.95": gain([p for p in photos if p.figures.iou > FINE_IOU]),
        "seconds": {
            "encode": _short(float(np.median([photo.seconds[0] for photo in photos]))),
            "choose": _short(float(np.median([photo.seconds[1] for photo in photos]))),
        },
    }


def lead(differences: Sequence[float], items: Sequence[str]) -> dict[str, float]:
    """Average the differences of two segmenters on the same photos, with the interval by object."""
    summed = summary(differences, items)
    return {"mean": _short(summed.iou), "low": _short(summed.low), "high": _short(summed.high)}


def sureness(photos: Sequence[Measured]) -> dict[str, float]:
    """Say how often the seller is asked, and how often an answer that is called sure is good."""
    sure = [photo.figures.iou > GOOD for photo in photos if photo.confidence >= ASK_BELOW]
    return {
        "asked": _short(1 - len(sure) / len(photos)),
        "above_0.9": _short(float(np.mean(sure))) if sure else 1.0,
    }


def gain(photos: Sequence[Measured]) -> dict[str, Any]:
    """Say what the first tap adds."""
    gains = [photo.taps[0] - photo.figures.iou for photo in photos]
    return {"photos": len(photos), "gain": _short(float(np.mean(gains))) if gains else None}


def calibration(photos: Sequence[Measured]) -> dict[str, Any]:
    """Compare the confidence with how often the IoU is above 0.9."""
    said = np.array([photo.confidence for photo in photos])
    true = np.array([photo.figures.iou > GOOD for photo in photos], np.float64)
    place = np.clip(np.digitize(said, CONFIDENCE_BINS) - 1, 0, len(CONFIDENCE_BINS) - 2)
    bins = [
        {
            "from": CONFIDENCE_BINS[index],
            "to": CONFIDENCE_BINS[index + 1],
            "photos": int((place == index).sum()),
            "said": _short(float(said[place == index].mean())),
            "true": _short(float(true[place == index].mean())),
        }
        for index in range(len(CONFIDENCE_BINS) - 1)
        if (place == index).any()
    ]
    gaps = [abs(each["said"] - each["true"]) * each["photos"] for each in bins]
    return {
        "brier": _short(float(((said - true) ** 2).mean())),
        "brier_of_the_mean": _short(float(true.mean() * (1 - true.mean()))),
        "expected_error": _short(sum(gaps) / len(photos)),
        "bins": bins,
    }


def _one(photo: Measured) -> dict[str, Any]:
    return {
        "stem": photo.name,
        "object": photo.item,
        "found": photo.found,
        "confidence": _short(photo.confidence),
        **{name: _short(value) for name, value in asdict(photo.figures).items()},
        "offers": [_short(value) for value in photo.offers],
        "others": {name: _short(found.iou) for name, found in photo.others.items()},
        "taps": [_short(value) for value in photo.taps],
        "box": _short(photo.box),
    }


def _short(value: float) -> float:
    return round(value, 4)
