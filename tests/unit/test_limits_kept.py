"""Limits that /forget, haste and other ways into the store do not get round."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import sqlalchemy as sa

from bot.middlewares.rules import Rules
from bot.middlewares.token_bucket import MINUTE, SELLERS, RateLimiter, Verdict
from pipeline.captions import Spending
from pipeline.errors import CaptionBudgetError, CaptionServiceError
from storage import backdrops, costs, photos, tables
from storage.costs import Budget
from tests.stands.bot import Person, Stand, open_stand
from tests.stands.model import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

BOSS, ANNA = 1, 2
ORANGE = picture((250, 160, 0), 1200)
SPENT = Spending("some", 1, 0, 1, Decimal("0.5"))


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Stand]:
    rules = Rules(photos_a_minute=0, photos_a_day=3, captions_a_day=2, operators=frozenset({BOSS}))
    async with open_stand(tmp_path, rules) as stand:
        yield stand


async def count(stand: Stand, table: sa.Table) -> int:
    async with stand.services.database.read() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


async def forget(person: Person) -> None:
    await person.say("/forget")
    await person.tap(person.last, "Да, удалить всё")


async def test_forget_gives_no_photos_back(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    for _ in range(3):
        await anna.photo()
    await forget(anna)
    await anna.photo()
    assert "не больше 3 фото в сутки" in anna.last.text
    assert await count(strict, tables.photos) == 0
    async with strict.services.database.read() as connection:
        rows = (await connection.execute(sa.select(tables.usage))).all()
    assert len(rows) == 3
    assert f"{ANNA}" not in {row.owner for row in rows}


async def test_forget_does_not_lift_the_operators_quota(strict: Stand) -> None:
    boss, anna = Person(strict, BOSS), Person(strict, ANNA)
    await anna.say("/start")
    await boss.say(f"/quota {ANNA} 1")
    await anna.photo()
    await forget(anna)
    await anna.photo()
    assert "не больше 1 фото в сутки" in anna.last.text


async def test_forget_gives_no_captions_back(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    await anna.photo()
    await strict.settle()
    await anna.say("/caption")
    await strict.settle()
    assert len(strict.scribe.requests) == 2
    await forget(anna)
    await anna.photo()
    await strict.settle()
    assert len(strict.scribe.requests) == 2


async def test_forget_gives_no_budget_back(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    await anna.say("/start")
    async with strict.services.database.write() as connection:
        await costs.add(connection, ANNA, [SPENT])
    await forget(anna)
    async with strict.services.database.read() as connection:
        with pytest.raises(CaptionBudgetError):
            await Budget(seller=Decimal("0.5")).check(connection, ANNA)
        await Budget(seller=Decimal("0.5")).check(connection, BOSS)
        rows = await connection.scalars(sa.select(tables.caption_costs.c.seller_id))
        assert rows.all() == [0]


async def test_photos_that_come_at_once_are_counted_one_by_one(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    await anna.say("/start")
    await asyncio.gather(*(anna.photo() for _ in range(40)))
    assert await count(strict, tables.photos) == 3


async def test_an_album_passes_up_to_what_telegram_groups(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    for _ in range(14):
        await anna.photo(media_group_id="7")
    assert await count(strict, tables.photos) == 10


async def test_a_refused_album_stays_refused(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    for _ in range(3):
        await anna.photo()
    await strict.settle()
    await anna.photo(media_group_id="8")
    async with strict.services.database.write() as connection:
        await connection.execute(sa.delete(tables.usage).where(tables.usage.c.what == "picture"))
    await anna.photo(media_group_id="8")
    assert await count(strict, tables.photos) == 3
    assert sum("фото в сутки" in shown.text for shown in anna.shown) == 1


async def test_own_backgrounds_count_as_photos(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    for _ in range(4):
        await anna.press("own|-1", 5)
        await anna.photo(ORANGE)
    await strict.settle()
    assert await count(strict, tables.backdrops) == 3
    assert any("не больше 3 фото в сутки" in shown.text for shown in anna.shown)


async def test_own_backgrounds_are_bounded_by_number_and_by_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stand(tmp_path, Rules(photos_a_minute=0)) as stand:
        anna = Person(stand, ANNA)
        await anna.say("/start")
        for _ in range(25):
            async with stand.services.database.write() as connection:
                await connection.execute(
                    sa.delete(tables.awaited).where(tables.awaited.c.seller_id == ANNA)
                )
                values = {"what": "backdrop", "target": -1, "until": 1e12}
                await connection.execute(sa.insert(tables.awaited).values(seller_id=ANNA, **values))
            await anna.photo(ORANGE)
        await stand.settle()
        async with stand.services.database.read() as connection:
            owns = await backdrops.of_seller(connection, ANNA)
        assert len(owns) == backdrops.MAX_OWN_BACKDROPS
        assert all(own.size > 0 for own in owns)
        assert any("Своих фонов уже 20" in shown.text for shown in anna.shown)
        monkeypatch.setattr("bot.steps.keep_backdrop.MAX_OWN_BYTES", sum(own.size for own in owns))
        async with stand.services.database.write() as connection:
            await backdrops.delete(connection, owns[0].id)
            await connection.execute(
                sa.update(tables.backdrops)
                .where(tables.backdrops.c.id == owns[1].id)
                .values(size=sum(own.size for own in owns))
            )
        await anna.press("own|-1", 5)
        await anna.photo(ORANGE)
        await stand.settle()
        assert "занимают больше" in anna.last.text
        assert await count(stand, tables.backdrops) == backdrops.MAX_OWN_BACKDROPS - 1


async def test_a_failed_caption_counts_where_it_was_paid(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    await anna.photo()
    await strict.settle()
    for spent, asked in ((), 2), ((), 3), ((SPENT,), 4), ((), 4):
        strict.scribe.error = error = CaptionServiceError("away")
        error.spent = spent
        await anna.say("/caption")
        await strict.settle()
        assert len(strict.scribe.requests) == asked
    assert "Подписи на сегодня закончились" in anna.last.text


@pytest.mark.parametrize("group", [0, -1001234567890])
async def test_500_commands_get_30_answers_and_one_sentence(tmp_path: Path, group: int) -> None:
    async with open_stand(tmp_path, Rules()) as stand:
        name = (await stand.services.bot.me()).username
        anna, boris = Person(stand, ANNA, "en", group), Person(stand, 3, "en", group)
        began = time.monotonic()
        for _ in range(500):
            await anna.say(f"/help@{name}")
        minutes = (time.monotonic() - began) / 60  # a slow machine's bucket fills meanwhile
        assert 31 <= len(anna.shown) <= 39 + 30 * minutes
        assert 1 <= sum("Too many at once" in shown.text for shown in anna.shown) <= 1 + minutes
        before = len(boris.shown)
        await boris.say(f"/help@{name}")
        assert len(boris.shown) == before + 1
        await anna.photo(words=f"@{name}")
        async with stand.services.database.read() as connection:
            assert len(await photos.ids_of(connection, ANNA)) == 1


async def test_taps_beyond_their_rate_are_answered_empty(tmp_path: Path) -> None:
    async with open_stand(tmp_path, Rules(taps_a_minute=3)) as stand:
        anna = Person(stand, ANNA, "en")
        toasts = [await anna.press("never|ours", 5) for _ in range(7)]
        assert all(toasts[:3])
        assert "Too many" in toasts[3]
        assert toasts[4:] == ["", "", ""]


async def test_pictures_that_are_refused_are_answered_a_few_times_a_minute(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    for _ in range(50):
        await anna.photo()
    told = len([s for s in anna.shown if "фото в сутки" in s.text])
    assert told in range(10, 15)
    for _ in range(50):
        document = {"file_id": "x", "file_unique_id": "x", "mime_type": "text/plain"}
        await anna.send(document=document)
    assert len([s for s in anna.shown if "пришлите" in s.text.lower()]) < told + 10


def test_a_bucket_fills_again_and_remembers_so_many() -> None:
    now = 0.0
    limiter = RateLimiter(2, clock=lambda: now)
    assert [limiter.take(1) for _ in range(4)] == [
        Verdict.PASS,
        Verdict.PASS,
        Verdict.TELL,
        Verdict.SILENT,
    ]
    now += MINUTE / 2
    assert [limiter.take(1) for _ in range(2)] == [Verdict.PASS, Verdict.SILENT]
    now += MINUTE
    assert [limiter.take(1) for _ in range(3)] == [Verdict.PASS, Verdict.PASS, Verdict.TELL]
    for seller in range(SELLERS + 5):
        limiter.take(seller)
    assert len(limiter._buckets) == SELLERS
    assert {RateLimiter(0).take(1) for _ in range(99)} == {Verdict.PASS}
