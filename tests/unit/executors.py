"""What the executor's tests give it to own and to do."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from pipeline.model.hosts import Work

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from pipeline.model.executor import Executor

PATIENCE = 10.0
T = TypeVar("T")


@dataclass(frozen=True)
class Model:
    """What the executor owns in these tests: it knows the thread that made it."""

    thread: int


def load() -> Model:
    return Model(threading.get_ident())


def ask(
    executor: Executor[Model],
    work: Callable[[Model], T],
    *,
    urgent: bool = False,
    deadline: float | None = None,
) -> Future[T]:
    """Submit a function of the model alone."""
    once: Work[Model, None, T] = Work(lambda model, _: [work(model)])
    return executor.submit(once, None, urgent=urgent, deadline=deadline)


def noting(notes: list[T], name: T) -> Callable[[Model], None]:
    def work(_: Model) -> None:
        notes.append(name)

    return work


class Gate:
    """Work that tells when it has begun and ends when it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, _: Model) -> str:
        self.begun.set()
        assert self.go.wait(PATIENCE)
        return "through"
