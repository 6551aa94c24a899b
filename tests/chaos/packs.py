"""A row about dying between two messages of one job: a card set's pictures, and what is below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.api.faults import Fault, FaultKind
from tests.chaos.kills import LEASE, LOOKS
from tests.chaos.scene import POSTGRES, SQLITE, Outcome, engine, scene

if TYPE_CHECKING:
    from tests.chaos.stand import Stand
    from tests.stands.postgres import Cluster

WORDS = "Кепка синяя, хлопок, не линяет, размер 58, 990 руб."
NEVER = 1000


async def set_killed(cluster: Cluster | None, *, kills: int = 5) -> Outcome:
    """Kill every process once the album is there and the message below it is not."""
    async with scene(cluster, sellers=1) as s:
        await s.start(SQLITE if cluster is None else POSTGRES)
        s.send(1, words=WORDS)
        await s.until_shown()
        await s.until_idle()  # what else there is to say of the photo is said
        faults = s.telegram.server.faults
        longest = 0.0
        for done in range(kills):
            fault = Fault(FaultKind.SERVER_ERROR, ("sendMessage",), NEVER)
            faults.add(fault)
            s.telegram.tap(1, "cardset|1|pictures")
            # The album was written down before the message is tried.
            await s.until(lambda: fault.times < NEVER and len(albums(s)) > done, 120)  # noqa: B023 - awaited in its turn
            for program in s.programs:
                await program.kill()
            faults.clear()
            for program in s.programs:
                await program.start()
            seconds = await s.until(lambda: offers(s) > done, LEASE + 2 * LOOKS + 60)  # noqa: B023 - likewise
            longest = max(longest, seconds)
            await s.until_idle()
        found = len(albums(s)), offers(s)
        return Outcome(
            f"a card set, {kills} times kill -9 between its messages, {engine(cluster)}",
            f"{found[0]} albums, {found[1]} messages below; the rest came within {longest:.0f} s",
            found == (kills, kills),
        )


def albums(s: Stand) -> set[str]:
    """The groups of pictures that were sent."""
    groups = (said.message.get("media_group_id") for said in s.telegram.chats.sent)
    return {str(group) for group in groups if group}


def offers(s: Stand) -> int:
    """How many messages with a set's sizes and buttons were sent."""
    return sum(
        "×" in said.text and "reply_markup" in said.message and "photo" not in said.message
        for said in s.telegram.chats.sent
        if not said.is_edited
    )
