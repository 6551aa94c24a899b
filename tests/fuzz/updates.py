"""Feed the real handlers odd updates and forged taps for as long as one likes."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from structlog.testing import capture_logs

from bot.dispatcher import dispatcher
from bot.telegram.incoming import Reader, loads
from tests.fuzz.shapes import shapes
from tests.stands.bot import Person, open_stand

if TYPE_CHECKING:
    from aiogram import Dispatcher

    from tests.stands.bot import Stand

LOT = 100
HANG_SECONDS = 30.0
LETTERS = "0123456789-|:aя\0🙂 "
PREFIXES = (
    *("place", "own", "caption", "cancel", "menu", "prefer", "forget", "mute", "send", "page"),
    *("wish", "version", "get", "see", "pick", "part", "mend", "all", "album", "single", "mine"),
)
VALUES = ("", "0", "1", "2", "-1", "9223372036854775807", "9223372036854775808", "1e3", "main")


@dataclass
class Found:
    """What a run came to."""

    updates: int = 0
    taps: int = 0
    passed_over: int = 0
    seconds: float = 0.0
    wrong: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """Say it in a line."""
        return (
            f"{self.updates} updates ({self.passed_over} passed over) and {self.taps} taps in"
            f" {self.seconds:.0f} s: {self.wrong.total()} wrong {dict(self.wrong) or ''}".rstrip()
        )


async def run(count: int, seed: int) -> Found:
    """Feed ``count`` updates and as many taps, the half of each as polling and as a webhook do."""
    chance, found, began = random.Random(seed), Found(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        async with open_stand(Path(folder)) as stand:
            called = dispatcher(stand.services, retry=False)
            person, member = Person(stand, 5), Person(stand, 6, group=-100600)
            for first in range(1, count, LOT):
                with capture_logs() as logs:
                    for _, text in shapes(chance, LOT, first):
                        await _feed(stand, chance.choice((called, stand.dispatcher)), text, found)
                    for _ in range(LOT):
                        await _tap(chance, chance.choice((person, member)), found)
                    await stand.settle()
                for log in logs:
                    found.passed_over += log["event"] == "update passed over"
                    if log["log_level"] in {"error", "critical"}:
                        found.wrong[f"{log['event']}: {log.get('exc_info')!r}"] += 1
    found.seconds = time.monotonic() - began
    return found


async def _feed(stand: Stand, taking: Dispatcher, text: str, found: Found) -> None:
    found.updates += 1
    reader = Reader(stand.services.bot, stand.services.metrics)
    update = reader.read(loads(text))
    if update is None:
        return
    try:
        async with asyncio.timeout(HANG_SECONDS):
            await taking.feed_update(stand.services.bot, update)
    except TimeoutError:
        found.wrong["hang"] += 1
    except Exception as error:  # noqa: BLE001 - what a fuzz finds is what nobody thought of
        found.wrong[repr(error)[:200]] += 1


async def _tap(chance: random.Random, person: Person, found: Found) -> None:
    found.taps += 1
    fields = [chance.choice(VALUES) for _ in range(chance.randint(0, 3))]
    data = "|".join((chance.choice(PREFIXES), *fields))
    if chance.random() < 0.3:
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(LETTERS) + data[at + chance.randint(0, 1) :]
    if chance.random() < 0.05:
        data = "place|" + "9" * chance.choice((30, 5_000)) + "|preset:white"
    shown = person.shown
    number = chance.choice(shown).id if shown and chance.random() < 0.8 else None
    try:
        async with asyncio.timeout(HANG_SECONDS):
            await person.press(data, number)
    except KeyError:
        found.wrong[f"not answered: {data.split('|')[0]}"] += 1
    except TimeoutError:
        found.wrong["hang"] += 1
