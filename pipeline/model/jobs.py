"""A job that waits for the model, and what happens when the run that it is in fails."""

from __future__ import annotations

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pipeline.errors import ModelDiedError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.model.hosts import Host, Work

M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R")

MAX_TRIES = 2
"""A work that has ended the model's process so often is not tried again."""


@dataclass(eq=False, slots=True)
class Job(Generic[M, T, R]):
    """An item that waits; ``deadline`` is on the monotonic clock."""

    work: Work[M, T, R]
    item: T
    deadline: float | None
    future: Future[R] = field(default_factory=Future)

    def begins(self) -> bool:
        """Mark the job as running; return False where it was cancelled or is too late."""
        if not self.future.set_running_or_notify_cancel():
            return False
        if self.deadline is not None and time.monotonic() >= self.deadline:
            self.future.set_exception(ModelError("the work's turn came after its deadline"))
            return False
        return True


def settle(host: Host[M], jobs: Sequence[Job[M, Any, Any]], *, tried: int = 1) -> None:
    """Run jobs of one work together and settle their futures."""
    if not jobs:
        return
    try:
        results = _run(host, jobs[0].work, [job.item for job in jobs])
    except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
        _rescue(host, jobs, error, tried)
        # The error's traceback refers to this frame. Without this the two would keep each other,
        # and the pictures in the work's frames, until the cycle collector comes.
        del jobs
    else:
        for job, result in zip(jobs, results, strict=True):
            job.future.set_result(result)


def _run(host: Host[M], work: Work[M, T, R], items: Sequence[T]) -> Sequence[R]:
    """Run the work; one item for which there is no memory, on the spare model."""
    try:
        results = host.run(work, items)
    except Exception as error:
        if len(items) > 1 or not out_of_memory(error):
            raise
        results = host.run(work, items, spare=True)
    if len(results) != len(items):
        raise ModelError(f"{len(items)} items were worked on, and {len(results)} results came")
    return results


def _rescue(
    host: Host[M], jobs: Sequence[Job[M, Any, Any]], error: BaseException, tried: int
) -> None:
    """Divide what failed until only the culprit fails, and start a dead model again.

    Where memory ran out, in halves; else one by one, so that each job gets an error of its own.
    """
    died = isinstance(error, ModelDiedError)
    if died:
        try:
            host.start()
        except Exception as failed:  # noqa: BLE001 - handed on to whoever waits
            for job in jobs:
                job.future.set_exception(failed)
            return
    if len(jobs) > 1:
        step = len(jobs) // 2 if out_of_memory(error) else 1
        for start in range(0, len(jobs), step):
            settle(host, jobs[start : start + step])
    elif died and tried < MAX_TRIES:
        settle(host, jobs, tried=tried + 1)
    else:
        jobs[0].future.set_exception(error)


def out_of_memory(error: BaseException) -> bool:
    """Tell whether an error of NumPy, ONNX Runtime or torch means that memory ran out."""
    words = ("out of memory", "failed to allocate memory", "bad_alloc", "alloc_failed")
    told = str(error).lower()
    return isinstance(error, MemoryError) or any(word in told for word in words)
