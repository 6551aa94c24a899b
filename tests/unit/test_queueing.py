"""The simulation of docs/scale.md, held against queues whose waits are known by formula."""

from __future__ import annotations

import random
from statistics import mean

import pytest

from benchmarks.queueing import Machines, Stage, percentile, poisson, waits

PHOTOS = 20_000
RATE = 2 / 3


def drawn(*stages: Stage, machines: Machines, arrivals: list[float] | None = None) -> list[float]:
    chance = random.Random(3)
    moments = poisson(RATE, PHOTOS, chance) if arrivals is None else arrivals
    return waits(moments, stages, {"here": machines}, chance)


def test_one_place_is_the_queue_of_pollaczek_and_khinchine() -> None:
    took = drawn(Stage("model", "here", 1, 1.0, 0.0, spread=0.0), machines=Machines(1, 1))
    assert mean(took) == pytest.approx(1 + RATE / (2 * (1 - RATE)), rel=0.1)


def test_one_core_that_all_share_is_processor_sharing() -> None:
    took = drawn(Stage("work", "here", PHOTOS, 1.0), machines=Machines(1, 1))
    assert mean(took) == pytest.approx(1 / (1 - RATE), rel=0.1)


def test_two_machines_serve_side_by_side_and_what_is_beside_does_not_count() -> None:
    took = drawn(
        Stage("work", "here", 1, 1.0, spread=0.0),
        Stage("caption", "here", 1, 9.0, 0.0, beside=True),
        machines=Machines(2, 1),
        arrivals=[0.0, 0.0, 0.0],
    )
    assert took == pytest.approx([1.0, 1.0, 2.0])


def test_a_percentile_is_one_of_the_values() -> None:
    assert [percentile([3.0, 1.0, 2.0, 4.0], share) for share in (0.25, 0.5, 1.0)] == [1, 2, 4]
