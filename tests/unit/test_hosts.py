"""A model in a process of its own: it is killed, hangs and fails, and the work gets done."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import wait
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pipeline.errors import ModelDiedError, ModelError, PhotoTooLargeError, WeightsError
from pipeline.model.executor import Executor
from pipeline.model.hosts import SubprocessHost, Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PATIENCE = 60.0


def load(name: str = "model") -> str:
    return name


def broken() -> str:
    raise WeightsError("no such file", limit=3)


def ask(model: str, items: Sequence[str]) -> list[str]:
    return [f"{model} {os.getpid()} {item}" for item in items]


def die_once(_: str, items: Sequence[Path]) -> list[int]:
    for path in items:
        if not path.exists():
            path.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    return [os.getpid() for _ in items]


def die(_: str, items: Sequence[str]) -> list[str]:
    if "poison" in items:
        os.kill(os.getpid(), signal.SIGKILL)
    return list(items)


def sleep(_: str, items: Sequence[float]) -> list[float]:
    time.sleep(max(items))
    return list(items)


def refuse(_: str, items: Sequence[int]) -> list[int]:
    raise PhotoTooLargeError(f"{items[0]} pixels", limit="50 MP")


ASK: Work[str, str, str] = Work(ask)
DIE_ONCE: Work[str, Path, int] = Work(die_once)
DIE: Work[str, str, str] = Work(die, most=3)
SLEEP: Work[str, float, float] = Work(sleep)
REFUSE: Work[str, int, int] = Work(refuse)


@pytest.fixture
def host() -> SubprocessHost[str]:
    return SubprocessHost(partial(load, "far"), partial(load, "spare"))


@pytest.fixture
def executor(host: SubprocessHost[str]) -> Iterator[Executor[str]]:
    with Executor(host) as running:
        yield running
    assert host.pid is None


def test_work_is_done_elsewhere(executor: Executor[str], host: SubprocessHost[str]) -> None:
    answer = executor.submit(ASK, "hello").result(PATIENCE)
    assert answer == f"far {host.pid} hello"
    assert host.pid != os.getpid()
    assert host.run(ASK, ["x"], spare=True)[0].startswith("spare ")


def test_errors_come_back_as_they_were(executor: Executor[str]) -> None:
    error = executor.submit(REFUSE, 9).exception(PATIENCE)
    assert isinstance(error, PhotoTooLargeError)
    assert str(error) == "9 pixels"
    assert error.details == {"limit": "50 MP"}
    assert executor.submit(ASK, "alive").result(PATIENCE)


def test_a_process_killed_in_the_middle_is_started_again_and_the_work_done(
    executor: Executor[str], host: SubprocessHost[str], tmp_path: Path
) -> None:
    before = host.pid
    after = executor.submit(DIE_ONCE, tmp_path / "died").result(PATIENCE)
    assert after == host.pid != before


def test_a_process_killed_while_idle_is_started_again(
    executor: Executor[str], host: SubprocessHost[str]
) -> None:
    assert host.pid is not None
    os.kill(host.pid, signal.SIGKILL)
    assert executor.submit(ASK, "hello").result(PATIENCE).endswith("hello")


def test_work_that_kills_every_time_fails_alone(executor: Executor[str]) -> None:
    held = executor.submit(SLEEP, 0.5)
    futures = [executor.submit(DIE, item) for item in ("a", "poison", "b")]
    assert held.result(PATIENCE) == 0.5
    wait(futures, PATIENCE)
    assert futures[0].result(0) == "a"
    assert futures[2].result(0) == "b"
    assert isinstance(futures[1].exception(0), ModelDiedError)
    assert "status -9" in str(futures[1].exception(0))


def test_a_process_that_hangs_is_killed() -> None:
    host = SubprocessHost(load, patience=0.5)
    with Executor(host) as executor:
        error = executor.submit(SLEEP, 60.0).exception(PATIENCE)
        assert isinstance(error, ModelDiedError)
        assert "has not answered" in str(error)
        assert executor.submit(ASK, "alive").result(PATIENCE)


def test_a_model_that_cannot_be_loaded_says_why() -> None:
    with pytest.raises(WeightsError, match="no such file") as caught:
        Executor(SubprocessHost(broken)).start()
    assert caught.value.details == {"limit": 3}


def test_a_host_that_was_not_started_says_so(host: SubprocessHost[str]) -> None:
    with pytest.raises(ModelError, match="not running"):
        host.run(ASK, ["x"])
    host.close()
