"""Few places at a time, in order, the urgent first."""

from __future__ import annotations

import asyncio

from storage.turns import Turns


async def test_urgent_writers_go_first_and_each_lane_keeps_its_order() -> None:
    turns, order = Turns(), list[str]()
    inside = 0

    async def write(name: str) -> None:
        nonlocal inside
        async with turns.turn():
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(name)
            inside -= 1

    async def urgent(name: str) -> None:
        with turns.urgently():
            await write(name)

    await asyncio.gather(
        write("first"), write("job 1"), urgent("tap 1"), write("job 2"), urgent("tap 2")
    )
    assert order == ["first", "tap 1", "tap 2", "job 1", "job 2"]


async def test_jobs_wait_while_something_urgent_is_under_way_but_not_for_ever() -> None:
    turns = Turns()
    await turns.calm(60)
    with turns.urgently():
        with turns.urgently():
            pass
        await turns.calm(0.01)
        waiting = asyncio.create_task(turns.calm(60))
        await asyncio.sleep(0)
        assert not waiting.done()
    async with asyncio.timeout(10):
        await waiting


async def test_there_may_be_several_places() -> None:
    turns = Turns(2)
    gate = asyncio.Event()
    inside = list[int]()

    async def take(number: int) -> None:
        async with turns.turn():
            inside.append(number)
            await gate.wait()

    async with asyncio.TaskGroup() as group:
        for number in range(3):
            group.create_task(take(number))
        await asyncio.sleep(0)
        assert inside == [0, 1]
        gate.set()
    assert inside == [0, 1, 2]


async def test_a_cancelled_writer_passes_its_turn_on() -> None:
    turns = Turns()
    gate = asyncio.Event()

    async def hold() -> None:
        async with turns.turn():
            await gate.wait()

    async def take() -> None:
        async with turns.turn():
            pass

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(take()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    gate.set()
    await asyncio.sleep(0)
    waiting[1].cancel()  # it may have been given the turn just now
    async with asyncio.timeout(1):
        await asyncio.gather(holder, *waiting, return_exceptions=True)
        await take()
