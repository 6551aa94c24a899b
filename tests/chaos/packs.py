"""Rows about a card set that its process dies of: while it is drawn, and between its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.keyboards.callbacks import MakeCard, MakeCardSet, OpenCard, PackForm
from playground.api.faults import Fault, FaultKind
from tests.chaos.kills import LEASE, LOOKS
from tests.chaos.scene import POSTGRES, SQLITE, Outcome, engine, scene

if TYPE_CHECKING:
    from tests.chaos.stand import Stand
    from tests.stands.postgres import Cluster

WORDS = "Кепка синяя, хлопок, не линяет, размер 58, 990 руб."
NEVER = 1000
PICTURES = 4
"""Of a set that says so much: the main one, and the cards hero, advantages and sizes."""


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
            s.telegram.tap(1, MakeCardSet(photo=1, form=PackForm.PICTURES).pack())
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


async def card_killed(cluster: Cluster | None, *, kills: int = 5) -> Outcome:
    """From a photo to a card and a claim changed in words; then kill all while a set is drawn."""
    async with scene(cluster, sellers=1) as s:
        await s.start(SQLITE if cluster is None else POSTGRES[:2])
        s.send(1, words=WORDS)
        await s.until_shown()
        await s.until_idle()
        s.telegram.tap(1, OpenCard(photo=1).pack())
        card = await _seen(s, "Вот какие карточки")
        s.telegram.tap(1, MakeCard(photo=1, template="hero").pack(), under=card)
        await _seen(s, "2. Не линяет", under=card)
        s.telegram.say(1, "замени 2 на держит цвет")
        await _seen(s, "2. Держит цвет", under=card)
        await s.until_idle()
        files, longest = _files(s), 0.0
        for done in range(kills):
            s.telegram.tap(1, MakeCardSet(photo=1, form=PackForm.PICTURES).pack())
            # The main picture is drawn, and a card.
            await s.until(lambda: len(_files(s) - files) > 1, 60)
            for program in s.programs:
                await program.kill()
            begun = len(albums(s)) > done
            for program in s.programs:
                await program.start()
            seconds = await s.until(lambda: offers(s) > done, LEASE + 2 * LOOKS + 60)  # noqa: B023 - awaited in its turn
            longest = max(longest, seconds)
            await s.until_idle()
            assert not begun, "it was killed too late to tell anything"
        sent = albums(s)
        whole = all(len(pictures) == len(set(pictures)) == PICTURES for pictures in sent.values())
        left = len(_files(s) - files)
        return Outcome(
            f"a card set, {kills} times kill -9 while it is drawn, {engine(cluster)}",
            f"{len(sent)} albums, each whole: {whole}, {offers(s)} messages below; it came within"
            f" {longest:.0f} s; {left} pictures of runs that died are left to the upkeep",
            (len(sent), offers(s), whole) == (kills, kills, True) and left <= kills,
        )


async def _seen(s: Stand, words: str, *, under: int = 0) -> int:
    """Wait for a message with these words, and return its id."""

    def found() -> list[int]:
        told = (said for said in s.telegram.chats.sent if words in said.text)
        return [said.message_id for said in told if under in {0, said.message_id}]

    await s.until(lambda: bool(found()), 60)
    assert found(), f"nobody said {words!r}"
    return found()[0]


def _files(s: Stand) -> set[str]:
    """Name what is in the store."""
    return {path.name for path in s.folder.glob("data/files/??/*")}


def albums(s: Stand) -> dict[str, list[str]]:
    """The pictures that were sent in groups, by the group."""
    found: dict[str, list[str]] = {}
    for said in s.telegram.chats.sent:
        if group := said.message.get("media_group_id"):
            picture = str(said.message["photo"][-1]["file_unique_id"])
            found.setdefault(str(group), []).append(picture)
    return found


def offers(s: Stand) -> int:
    """How many messages with a set's sizes and buttons were sent."""
    return sum(
        "×" in said.text and "reply_markup" in said.message and "photo" not in said.message
        for said in s.telegram.chats.sent
        if not said.is_edited
    )
