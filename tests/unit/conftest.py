"""A running executor, and one that is busy."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from pipeline.model.executor import Executor
from pipeline.model.hosts import InProcessHost
from tests.unit.executors import PATIENCE, Gate, Model, ask, load

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    yield
    assert "model" not in {thread.name for thread in threading.enumerate()}


@pytest.fixture
def executor() -> Iterator[Executor[Model]]:
    with Executor(InProcessHost(load), capacity=4) as running:
        yield running


@pytest.fixture
def gate(executor: Executor[Model]) -> Iterator[Gate]:
    """Keep the executor busy."""
    gate = Gate()
    ask(executor, gate)
    assert gate.begun.wait(PATIENCE)
    yield gate
    gate.go.set()
