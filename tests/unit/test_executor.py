"""The executor's promises, with a list of words as the model: turns, errors, the end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
import weakref
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait

import pytest

from pipeline.errors import ModelError, OverloadedError
from pipeline.model.executor import Executor, Load
from pipeline.model.hosts import InProcessHost
from tests.unit.executors import PATIENCE, Gate, Model, ask, load, noting

pytestmark = pytest.mark.usefixtures("no_thread_left")


def test_all_work_runs_on_the_thread_that_loaded_the_model() -> None:
    with Executor(InProcessHost(load), capacity=200) as executor, ThreadPoolExecutor(8) as others:
        submitted = others.map(
            lambda _: ask(executor, lambda model: (model.thread, threading.get_ident())),
            range(200),
        )
        seen = {future.result(PATIENCE) for future in submitted}
    ((owner, runner),) = seen
    assert owner == runner != threading.get_ident()


def test_what_load_raises_reaches_the_caller() -> None:
    def broken() -> Model:
        raise ModelError("no such device")

    executor = Executor(InProcessHost(broken))
    with pytest.raises(ModelError, match="no such device"):
        executor.start()
    with pytest.raises(ModelError, match="not running"):
        ask(executor, lambda model: model)


@pytest.mark.parametrize("error", [ValueError("bad"), SystemExit(1), KeyboardInterrupt()])
def test_what_work_raises_reaches_its_future_and_the_next_work_runs(
    executor: Executor[Model], error: BaseException
) -> None:
    def fail(_: Model) -> None:
        raise error

    assert ask(executor, fail).exception(PATIENCE) is error
    assert ask(executor, lambda _: "alive").result(PATIENCE) == "alive"


def test_urgent_work_goes_first_and_else_the_order_of_coming_holds(
    executor: Executor[Model], gate: Gate
) -> None:
    done: list[str] = []
    futures = [
        ask(executor, noting(done, name), urgent=name.isupper()) for name in ("a", "A", "b", "B")
    ]
    assert executor.waiting == 4
    gate.go.set()
    for future in futures:
        future.result(PATIENCE)
    assert done == ["A", "B", "a", "b"]
    assert executor.waiting == 0


def test_a_full_queue_refuses_and_a_cancellation_makes_room(
    executor: Executor[Model], gate: Gate
) -> None:
    ran: list[int] = []
    futures = [ask(executor, noting(ran, name)) for name in range(4)]
    for urgent in (False, True):
        with pytest.raises(OverloadedError, match="4 jobs wait"):
            ask(executor, lambda _: None, urgent=urgent)

    assert futures[1].cancel()
    assert executor.waiting == 3
    last = ask(executor, noting(ran, 9))
    gate.go.set()
    last.result(PATIENCE)
    assert ran == [0, 2, 3, 9]


def test_running_work_cannot_be_cancelled(executor: Executor[Model]) -> None:
    gate = Gate()
    future = ask(executor, gate)
    assert gate.begun.wait(PATIENCE)
    assert not future.cancel()
    gate.go.set()
    assert future.result(PATIENCE) == "through"


async def test_cancelling_a_coroutine_cancels_its_waiting_work(
    executor: Executor[Model], gate: Gate
) -> None:
    ran: list[str] = []
    gone = asyncio.ensure_future(asyncio.wrap_future(ask(executor, lambda _: ran.append("no"))))
    stays = asyncio.wrap_future(ask(executor, lambda _: ran.append("yes")))
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await asyncio.sleep(0)  # asyncio hands the cancellation on in its next turn
    assert executor.waiting == 1
    gate.go.set()
    await stays
    assert ran == ["yes"]


def test_work_whose_deadline_has_passed_is_not_begun(executor: Executor[Model], gate: Gate) -> None:
    ran: list[str] = []
    late = ask(executor, lambda _: ran.append("late"), deadline=0.0)
    timely = ask(executor, lambda _: ran.append("timely"), deadline=PATIENCE)
    gate.go.set()
    with pytest.raises(ModelError, match="after its deadline"):
        late.result(PATIENCE)
    timely.result(PATIENCE)
    assert ran == ["timely"]


def test_close_finishes_what_runs_and_cancels_what_waits() -> None:
    executor = Executor(InProcessHost(load))
    executor.start()
    gate = Gate()
    running = ask(executor, gate)
    assert gate.begun.wait(PATIENCE)
    waiting = [ask(executor, lambda _: None, urgent=urgent) for urgent in (True, False)]
    with pytest.raises(ModelError, match=r"did not end within 0\.01 s"):
        executor.close(timeout=0.01)
    assert all(future.cancelled() for future in waiting)
    assert not wait(waiting, PATIENCE).not_done
    with pytest.raises(ModelError, match="not running"):
        ask(executor, lambda _: None)
    gate.go.set()
    executor.close(PATIENCE)
    executor.close()
    assert running.result(0) == "through"


def test_closing_while_the_model_loads_ends_the_thread() -> None:
    begun, go = threading.Event(), threading.Event()

    def slow() -> Model:
        begun.set()
        assert go.wait(PATIENCE)
        return load()

    executor = Executor(InProcessHost(slow))
    with ThreadPoolExecutor(1) as other:
        started = other.submit(executor.start)
        assert begun.wait(PATIENCE)
        early = ask(executor, lambda _: None)
        with pytest.raises(ModelError, match="did not end"):
            executor.close(timeout=0.01)
        go.set()
        started.result(PATIENCE)
    executor.close(PATIENCE)
    assert early.cancelled()


def test_work_before_the_start_is_refused_and_closing_then_is_harmless() -> None:
    executor = Executor(InProcessHost(load))
    with pytest.raises(ModelError, match="not running"):
        ask(executor, lambda _: None)
    executor.close()


@pytest.mark.parametrize("fails", [False, True])
def test_an_idle_executor_holds_nothing_of_the_last_work(
    executor: Executor[Model], *, fails: bool
) -> None:
    class Picture:
        pass

    freed = threading.Event()

    def work_on(picture: Picture) -> None:
        def work(_: Model) -> str:
            assert picture is not None
            if fails:
                raise ValueError("bad")
            return "done"

        weakref.finalize(picture, freed.set)
        with contextlib.suppress(ValueError):
            ask(executor, work).result(PATIENCE)

    gc.disable()
    try:
        work_on(Picture())
        assert freed.wait(PATIENCE)
    finally:
        gc.enable()


def test_nothing_is_lost_or_done_twice_under_many_submitters() -> None:
    ran: list[int] = []

    def seller(number: int) -> list[tuple[int, Future[None]]]:
        mine = []
        for name in range(number * 100, number * 100 + 100):
            with contextlib.suppress(OverloadedError):
                future = ask(crowded, noting(ran, name), urgent=name % 3 == 0)
                mine.append((name, future))
                if name % 4 == 0:
                    future.cancel()
        return mine

    with Executor(InProcessHost(load), capacity=32) as crowded, ThreadPoolExecutor(8) as sellers:
        jobs = [job for mine in sellers.map(seller, range(8)) for job in mine]
        assert not wait([future for _, future in jobs], PATIENCE).not_done
    finished = set()
    for name, future in jobs:
        assert future.done()
        with contextlib.suppress(CancelledError):
            future.result(0)
            finished.add(name)
    assert sorted(ran) == sorted(finished)
    assert finished


def test_the_load_can_be_seen_before_the_queue_refuses(
    executor: Executor[Model], gate: Gate
) -> None:
    executor._took = 2.0
    for _ in range(3):
        ask(executor, lambda _: None)
    assert executor.load == Load(waiting=3, capacity=4, seconds=6.0)
    gate.go.set()


def test_several_hosts_share_one_queue() -> None:
    both = threading.Barrier(2, timeout=PATIENCE)

    def meet(model: Model) -> int:
        both.wait()
        return model.thread

    with Executor(InProcessHost(load), InProcessHost(load)) as executor:
        futures = [ask(executor, meet) for _ in range(2)]
        assert len({future.result(PATIENCE) for future in futures}) == 2
