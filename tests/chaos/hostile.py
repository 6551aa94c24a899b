"""Rows about what strangers send that no client of Telegram's would, and no caption server."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import AsyncExitStack

import aiohttp

from tests.chaos.scene import SQLITE, Outcome, scene
from tests.chaos.telegram import person
from tests.fuzz.taps import DATA, forged
from tests.stands.hostile import Hostile
from tests.stands.server import BOT_NAME

PASSED_OVER = re.compile(r"^vitrina_updates_passed_over_total (\S+)$", re.MULTILINE)
POISON: tuple[dict[str, object], ...] = (
    {"forward_origin": {"type": "new_kind", "date": 0}},
    {"date": "yesterday"},
    {"photo": [[]]},
    {"photo": {"file_id": 7}},
    {"entities": [{"type": "bold", "offset": "first", "length": None}]},
    {"reply_to_message": {"message_id": "x"}},
    {"from": 5},
    {"date": 10**40},
)
"""What a message has that cannot be read; the first stopped polling for everyone, for ever."""
GROUP = -100_500
MEGABYTE = 1_000_000
MORE_AT_MOST = 150 * MEGABYTE
"""What the process may grow by meanwhile; unbounded, one such answer took gigabytes."""


async def poison_update(*, photos: int = 20) -> Outcome:
    """Send updates that cannot be read in the same batches as everybody's photos."""
    async with scene(None) as s:
        await s.start(SQLITE)
        poison: list[int] = []
        began = time.monotonic()
        for number in range(photos):
            for spoilt in POISON:
                message = {
                    "message_id": 1,
                    "date": 1,
                    "chat": person(8).chat(),
                    "from": person(8).user(),
                    "text": "x",
                    **spoilt,
                }
                poison.append(s.telegram.chats.updates.add({"message": message}))
            s.send(1 + number % 7)
        await s.until(lambda: not s.lost, 120)
        took = time.monotonic() - began
        updates = s.telegram.chats.updates
        await s.until(lambda: not any(number in updates for number in poison), 30)
        left = sum(number in updates for number in poison)
        told = sum(said.chat_id == 8 for said in s.telegram.chats.sent)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{s.programs[0].port}/metrics") as answer,
        ):
            counted = PASSED_OVER.search(await answer.text())
        passed = 0 if counted is None else int(float(counted[1]))
        polls = s.telegram.count("getUpdates")
        return Outcome(
            f"{len(poison)} updates that cannot be read among {photos} photos of others",
            f"{len(s.lost)} lost, {s.duplicates} duplicates, all shown after {took:.1f} s;"
            f" {passed} passed over and counted, {left} left; their sender was told {told} time,"
            f" {polls} calls of getUpdates",
            not (s.lost or s.duplicates or left)
            and passed == len(poison)
            and 0 < told < 5
            and polls < 50
            and s.programs[0].running,
        )


async def forged_callbacks(*, photos: int = 4) -> Outcome:
    """Have somebody in a group tap under another's messages whatever a tap can carry."""
    async with scene(None) as s:
        await s.start(SQLITE, TAPS_A_MINUTE="0")
        hers = [s.telegram.send_photo(1, words=f"@{BOT_NAME}", group=GROUP) for _ in range(photos)]
        s.photos += hers
        await s.until(lambda: not s.lost, 60)
        await s.until_idle()
        shown = sorted({said.message_id for said in s.telegram.chats.sent if said.chat_id == GROUP})
        began, taps = len(s.telegram.chats.sent), []
        for number, data in enumerate(data for kind in DATA for data in forged(kind)):
            under = shown[number % len(shown)]
            taps.append(s.telegram.tap(2, data, group=GROUP, under=under))
            taps.append(s.telegram.tap(3, data, under=under))
        answered = s.telegram.chats.answer_times
        seconds = await s.until(lambda: all(tap in answered for tap in taps), 180)
        await s.until_idle()
        s.send(4)
        after = await s.until(lambda: not s.lost, 60)
        touched = {(said.chat_id, said.message_id) for said in s.telegram.chats.sent[began:]}
        touched |= set(s.telegram.chats.deleted)
        wrong = sum(touch in touched for touch in ((GROUP, number) for number in shown))
        lines = s.programs[0].log.read_text().splitlines()
        errors = [line for line in lines if '"level": "error"' in line or "Traceback" in line]
        return Outcome(
            f"{len(taps)} forged taps, under another's messages in a group and in private",
            f"{sum(tap in answered for tap in taps)} answered in {seconds:.0f} s; {wrong} of"
            f" {len(shown)} messages of others changed or deleted, {len(errors)} errors in the"
            f" log {errors[:1] or ''}; a photo then was shown after {after:.1f} s",
            not (wrong or errors or s.lost) and all(tap in answered for tap in taps),
        )


async def hostile_captions(*, photos: int = 12) -> Outcome:
    """Stream without an end to every caption asked for, while another seller sends a photo."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(Hostile("events").running())
        s = await stack.enter_async_context(scene(None))
        await s.start(
            SQLITE,
            OPENAI_API_KEY="sk-test-key-0123456789",
            OPENAI_BASE_URL=server.url,
            CAPTION_SECONDS="20",
        )
        [bot] = s.programs
        s.send(1)
        await s.until(lambda: not s.lost, 60)
        before = most = bot.memory()
        for number in range(photos):
            s.send(2 + number % 6)
        victim = s.send(8)
        watch = asyncio.create_task(s.until(lambda: bool(s.telegram.chats.pictures[victim]), 120))
        while not watch.done():
            most = max(most, bot.memory())
            await asyncio.sleep(0.1)
        served = await watch
        for _ in range(100):
            most = max(most, bot.memory())
            await asyncio.sleep(0.2)
        await s.until_shown()
        more = most - before
        return Outcome(
            f"a caption server streams without an end to {photos + 2} photos",
            f"the victim's picture after {served:.0f} s; {len(s.lost)} lost; memory"
            f" {before // MEGABYTE} MB before, {more // MEGABYTE} MB more at most;"
            f" {server.sent // MEGABYTE} MB sent to {server.calls} calls",
            not s.lost and bot.running and served < 30 and more < MORE_AT_MOST,
        )
