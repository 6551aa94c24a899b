"""Errors of alpha on rendered truths, held at the recorded ones: no error may grow by over 3 %.

Pictures and errors are those of ``python -m benchmarks.alpha samples --each 2``. To record new ones
after looking at what changed, run with ``VITRINA_APPROVE=1``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from benchmarks.alpha import KINDS, case, errors_of
from pipeline.matting import cut_out

RECORDED = Path(__file__).with_name("alpha_errors.json")
NAMES = ("sad", "mse", "gradient", "connectivity", "colour")
EACH = 2
GROWTH = 1.03


@pytest.mark.parametrize("kind", KINDS)
def test_no_error_of_alpha_grows(samples: Path, kind: str) -> None:
    photos = sorted(samples.glob("*.jpg"))
    errors = [errors_of(cut_out, case(kind, photos, seed)) for seed in range(EACH)]
    found = dict(zip(NAMES, np.mean(errors, axis=0).tolist(), strict=False))
    recorded: dict[str, dict[str, float]] = json.loads(RECORDED.read_text())
    if os.environ.get("VITRINA_APPROVE"):
        recorded[kind] = {name: round(value, 4) for name, value in found.items()}
        RECORDED.write_text(json.dumps(recorded, indent=2) + "\n")
    grown = {
        name: f"{value:.3f} instead of {recorded[kind][name]:.3f}"
        for name, value in found.items()
        if value > GROWTH * recorded[kind][name]
    }
    assert not grown
