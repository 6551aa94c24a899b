"""Work that runs together, and what becomes of a run that fails."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ModelError
from pipeline.model.executor import Executor
from pipeline.model.hosts import InProcessHost, Work
from pipeline.model.jobs import out_of_memory
from tests.unit.executors import PATIENCE, Gate, Model, load

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("no_thread_left")


class Echo:
    """Answers each item with itself, and notes what came together."""

    def __init__(self, most: int = 4, *, fits: int = 64) -> None:
        self.runs: list[list[int]] = []
        self.fits = fits
        self.work: Work[Model, int, int] = Work(self.run, most)

    def run(self, model: Model, items: Sequence[int]) -> list[int]:
        self.runs.append(list(items))
        if len(items) > self.fits and model.thread:
            raise MemoryError("CUDA out of memory")
        if 13 in items:
            raise ValueError("thirteen")
        return list(items)


def test_alike_work_that_waits_runs_together_the_urgent_first(
    executor: Executor[Model], gate: Gate
) -> None:
    echo = Echo(most=3)
    futures = [executor.submit(echo.work, item, urgent=item == 4) for item in (1, 2, 3, 4)]
    gate.go.set()
    assert [future.result(PATIENCE) for future in futures] == [1, 2, 3, 4]
    assert echo.runs == [[4, 1, 2], [3]]


def test_an_error_is_that_of_its_own_item(executor: Executor[Model], gate: Gate) -> None:
    echo = Echo()
    futures = [executor.submit(echo.work, item) for item in (1, 13, 2)]
    gate.go.set()
    assert futures[0].result(PATIENCE) == 1
    assert futures[2].result(PATIENCE) == 2
    assert isinstance(futures[1].exception(PATIENCE), ValueError)


def test_out_of_memory_halves_the_run(executor: Executor[Model], gate: Gate) -> None:
    echo = Echo(most=4, fits=1)
    futures = [executor.submit(echo.work, item) for item in range(4)]
    gate.go.set()
    assert [future.result(PATIENCE) for future in futures] == [0, 1, 2, 3]
    assert [len(run) for run in echo.runs] == [4, 2, 1, 1, 2, 1, 1]


def test_what_does_not_fit_alone_goes_to_the_spare_model() -> None:
    echo = Echo(fits=0)
    spares: list[int] = []

    def spare() -> Model:
        spares.append(1)
        return Model(thread=0)

    with Executor(InProcessHost(load, spare)) as executor:
        assert executor.submit(echo.work, 7).result(PATIENCE) == 7
        assert executor.submit(echo.work, 8).result(PATIENCE) == 8
    assert spares == [1], "loaded once, when it is needed"
    with (
        Executor(InProcessHost(load)) as executor,
        pytest.raises(ModelError, match="not enough memory"),
    ):
        executor.submit(echo.work, 7).result(PATIENCE)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (RuntimeError("[ONNXRuntimeError] Failed to allocate memory for requested buffer"), True),
        (RuntimeError("std::bad_alloc"), True),
        (RuntimeError("CUBLAS_STATUS_ALLOC_FAILED"), True),
        (ValueError("shapes do not fit"), False),
    ],
)
def test_out_of_memory_is_known_by_its_words(error: Exception, *, expected: bool) -> None:
    assert out_of_memory(error) is expected


def test_a_run_lingers_while_photos_come_fast_and_not_for_a_lone_one() -> None:
    echo = Echo(most=3)
    with Executor(InProcessHost(load), linger=60.0) as executor:
        begun = time.monotonic()
        executor._gap = 600.0
        executor._came = begun - 600.0
        assert executor.submit(echo.work, 0).result(PATIENCE) == 0
        assert time.monotonic() - begun < 30, "nobody else is to be expected"
        executor._gap = 0.0
        futures = [executor.submit(echo.work, item) for item in (1, 2, 3)]
        assert [future.result(PATIENCE) for future in futures] == [1, 2, 3]
    assert echo.runs == [[0], [1, 2, 3]]
