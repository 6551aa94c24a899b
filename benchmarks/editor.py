"""How long a touch takes in the editor's server, over loopback, with the real model.

``python -m benchmarks.editor PHOTO [--touches 60] [--users 8]``: one user first, then so many at
once, each in an editor of their own on the same photo, one touch after the other, as the page sends
them: a tap that selects, then four that add or remove. Printed are the time to the first picture of
a photo whose embedding is kept, p50 and p95 of a touch's answer, mask and all, and what of the
cores each touch takes, this program's client with it; the largest answer, the finished picture, and
the memory of an open editor, each beside what is wished for. Exits with 1 where a wish is not met.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import random
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiogram import Bot
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from benchmarks.queueing import percentile
from bot import jobs
from bot.editor_links import EditorLinks
from bot.intents import Grammar
from bot.middlewares.rules import Rules
from bot.process.metrics import Metrics
from bot.steps.cut_out import cut_out
from bot.texts import Texts
from editor.app import application
from editor.context import EditorContext
from pipeline.backdrops import Backdrops
from storage import photos, sellers
from storage.costs import Budget
from storage.files import Files
from storage.photos import Arrival
from vitrina.assembly import build_services, build_worker_context, open_storage
from vitrina.describers import ModelContext, describer
from vitrina.settings import read_settings
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.services import WorkerContext
    from vitrina.settings import Settings

TOKEN = "424242:a-token-for-measuring-only-abcdefghi"  # noqa: S105 - nobody's
LINKS = EditorLinks("https://bot.example.org", TOKEN)
FIRST_MS, ONE_MS, EIGHT_P95_MS = 700.0, (120.0, 250.0), 400.0
"""What is wished for: the first picture, p50 and p95 of one user's touches, p95 of eight users'."""
ANSWER_BYTES, OPEN_MB = 10_000, 15.0
PREVIEW = {"backdrop": "preset:white", "width": 720}


def authorization(user: int) -> dict[str, str]:
    """Sign initData as Telegram does."""
    told = {"auth_date": str(int(time.time())), "user": json.dumps({"id": user, "first_name": "A"})}
    lines = "\n".join(f"{name}={told[name]}" for name in sorted(told))
    key = hmac.digest(b"WebAppData", TOKEN.encode(), "sha256")
    told["hash"] = hmac.new(key, lines.encode(), hashlib.sha256).hexdigest()
    return {"Authorization": f"tma {urlencode(told)}"}


async def accepted(worker: WorkerContext, user: int, data: bytes) -> int:
    """Have a photo cut out and return its id."""
    key = await worker.files.put(data)
    async with worker.database.write() as connection:
        await sellers.get_or_create(connection, user, language="en")
        arrival = Arrival(user, user, 1, "file")
        photo_id = await photos.accept(connection, arrival, wanted_backdrop="preset:white")
        await photos.update(connection, photo_id, source_file=key)
    await cut_out(worker, jobs.cut_out(user, photo_id))
    return photo_id


@asynccontextmanager
async def serving(
    settings: Settings, data: bytes, users: int
) -> AsyncIterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """Serve the editor of photos, one for each user; yield its address, their keys and headers."""
    metrics = Metrics()
    bot, writer = Bot(TOKEN), describer(settings, ModelContext())
    backdrops = await asyncio.to_thread(Backdrops, settings.backgrounds_dir)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with (
            open_storage(folder, None, Files(folder / "files"), (), metrics) as storage,
            open_studio(settings, keep=folder / "embeddings") as studio,
        ):
            services = build_services(
                bot, storage, writer, backdrops, Texts(), Grammar(backdrops.presets),
                rules=Rules(edits_a_minute=0), metrics=metrics, budget=Budget(), replaced=[],
            )  # fmt: skip
            worker = build_worker_context(storage, studio)
            opened = [
                (LINKS.key(await accepted(worker, user, data)), authorization(user))
                for user in range(1, users + 1)
            ]
            context = EditorContext(services, worker, LINKS, ("https://web.telegram.org",))
            async with TestServer(application(context)) as server:
                yield str(server.make_url("/editor/api/")), opened
    await writer.aclose()
    await bot.session.close()


async def touches(
    session: ClientSession, address: str, count: int, seed: int
) -> tuple[list[float], int]:
    """Tap here and there, up to five taps on one outline; return seconds each, and most bytes."""
    chance, times, most = random.Random(seed), [], 0  # noqa: S311 - places to tap, no secrets
    clicks: list[dict[str, float]] = []
    for number in range(count):
        clicks = [] if number % 5 == 0 else clicks
        place = {"x": chance.uniform(0.2, 0.8), "y": chance.uniform(0.2, 0.8)}
        clicks.append(place | {"label": int(chance.random() < 0.7 or not clicks)})
        body = {"clicks": clicks, "base": None, "sequence": number}
        began = time.perf_counter()
        async with session.post(f"{address}/touch", json=body) as answer:
            told = await answer.read()
            answer.raise_for_status()
        times.append(time.perf_counter() - began)
        most = max(most, len(told))
    return times, most


async def first_picture(session: ClientSession, address: str) -> tuple[float, int]:
    """Ask for both at once, as the page does; return the seconds, and the bytes."""

    async def one(path: str) -> int:
        async with session.get(f"{address}{path}") as answer:
            answer.raise_for_status()
            return len(await answer.read())

    began = time.perf_counter()
    sizes = await asyncio.gather(one(""), one("/picture"))
    return time.perf_counter() - began, sum(sizes)


async def previews(session: ClientSession, address: str) -> list[float]:
    """Have the finished picture drawn; return the seconds of each."""
    drawn = []
    for _ in range(5):
        began = time.perf_counter()
        async with session.post(f"{address}/preview", json=PREVIEW) as answer:
            answer.raise_for_status()
            await answer.read()
        drawn.append(time.perf_counter() - began)
    return drawn


async def measure(photo: Path, count: int, users: int) -> bool:
    """Print the figures; return whether all wishes are met."""
    data = await asyncio.to_thread(photo.read_bytes)
    met = []
    async with serving(read_settings(), data, users) as (address, opened):
        (key, headers), *_ = opened
        async with ClientSession(headers=headers) as session:
            first, size = await first_picture(session, f"{address}{key}")
            met.append(report("first picture", [first], [FIRST_MS]))
            print(f"what the page begins with: {size / 1000:.0f} kB")
            await touches(session, f"{address}{key}", 5, 0)
            cores = time.process_time()
            times, most = await touches(session, f"{address}{key}", count, 1)
            met.append(report("a touch, one user", times, ONE_MS))
            used = (time.process_time() - cores) / count
            print(f"of the cores a touch takes {used * 1000:.0f} ms, the client's with it")
            print(f"largest answer to a touch: {most} bytes, wished for {ANSWER_BYTES}")
            met.append(most <= ANSWER_BYTES)
            report("the finished picture, 720 wide", await previews(session, f"{address}{key}"), ())

        async def one(number: int) -> list[float]:
            key, headers = opened[number]
            async with ClientSession(headers=headers) as session:
                await touches(session, f"{address}{key}", 1, number)
                return (await touches(session, f"{address}{key}", count, number))[0]

        before = resident()
        found = await asyncio.gather(*(one(number) for number in range(users)))
        each = (resident() - before) / max(users - 1, 1) / 1e6
        print(f"memory of an open editor: {each:.1f} MB, wished for {OPEN_MB:.0f}")
        met.append(each <= OPEN_MB)
        taken = [seconds for times in found for seconds in times]
        met.append(report(f"a touch, {users} users at once", taken, (None, EIGHT_P95_MS)))
    return all(met)


def resident() -> int:
    """Return this process's resident memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def report(name: str, times: list[float], wished: Sequence[float | None]) -> bool:
    """Print p50 and p95 in ms beside what is wished for; return whether that is met."""
    found = [percentile(times, share) * 1000 for share in (0.5, 0.95)]
    wishes = [f"{wish:.0f}" if wish else "-" for wish in wished]
    told = f", wished for {' and '.join(wishes)}" if wishes else ""
    print(f"{name}: p50 {found[0]:.0f} ms, p95 {found[1]:.0f} ms, of {len(times)}{told}")
    return all(wish is None or value <= wish for value, wish in zip(found, wished, strict=False))


def main() -> int:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("photo", type=Path)
    parser.add_argument("--touches", type=int, default=60)
    parser.add_argument("--users", type=int, default=8)
    asked = parser.parse_args()
    return int(not asyncio.run(measure(asked.photo, asked.touches, asked.users)))


if __name__ == "__main__":
    sys.exit(main())
