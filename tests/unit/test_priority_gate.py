"""Few places at a time, in order, the urgent first."""

from __future__ import annotations

import asyncio

from storage.priority_gate import PriorityGate


async def test_urgent_writers_go_first_and_each_lane_keeps_its_order() -> None:
    gate, order = PriorityGate(), list[str]()
    inside = 0

    async def write(name: str) -> None:
        nonlocal inside
        async with gate.slot():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(name)
            inside -= 1

    async def urgent(name: str) -> None:
        with gate.prioritized():
            await write(name)

    await asyncio.gather(
        write("first"), write("job 1"), urgent("tap 1"), write("job 2"), urgent("tap 2")
    )
    assert order == ["first", "tap 1", "tap 2", "job 1", "job 2"]


async def test_jobs_wait_while_something_urgent_is_under_way_but_not_for_ever() -> None:
    gate = PriorityGate()
    await gate.wait_idle(60)
    with gate.prioritized():
        with gate.prioritized():
            pass
        await gate.wait_idle(0.01)
        waiting = asyncio.create_task(gate.wait_idle(60))
        await asyncio.sleep(0)
        assert not waiting.done()
    async with asyncio.timeout(10):
        await waiting


async def test_there_may_be_several_places() -> None:
    gate = PriorityGate(2)
    go = asyncio.Event()
    inside = list[int]()

    async def take(number: int) -> None:
        async with gate.slot():
            inside.append(number)
            await go.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(take(number))
        await asyncio.sleep(0)
        assert inside == [0, 1]
        go.set()
    assert inside == [0, 1, 2]


async def test_a_cancelled_writer_passes_its_turn_on() -> None:
    gate = PriorityGate()
    go = asyncio.Event()

    async def hold() -> None:
        async with gate.slot():
            await go.wait()

    async def take() -> None:
        async with gate.slot():
            pass

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(take()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    go.set()
    await asyncio.sleep(0)
    waiting[1].cancel()  # it may have been given the turn just now
    async with asyncio.timeout(1):
        await asyncio.gather(holder, *waiting, return_exceptions=True)
        await take()
