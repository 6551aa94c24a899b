"""Limits count photos, albums pass whole; the door; the operator's commands and broadcasts."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from aiogram.exceptions import TelegramForbiddenError

from bot.middlewares.rules import Rules
from bot.steps import broadcast as broadcast_step
from pipeline.captions import Replacement
from storage import photos, sellers, tables
from storage.jobs import Job, JobKind
from tests.stands.bot import Person, Stand, open_stand

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

AGAIN = "send|1|1"
"""What the button that sends the first draft carries."""
BOSS, ANNA, BORIS, BANNED = 1, 2, 3, 4


@pytest_asyncio.fixture
async def strict(tmp_path: Path) -> AsyncIterator[Stand]:
    """A bot that takes three photos a minute, four a day and two captions a day."""
    rules = Rules(
        photos_a_minute=3,
        photos_a_day=4,
        photos_at_once=0,
        captions_a_day=2,
        blocked=frozenset({BANNED}),
        operators=frozenset({BOSS}),
    )
    async with open_stand(tmp_path, rules) as stand:
        yield stand


async def count(stand: Stand, seller_id: int) -> int:
    async with stand.services.database.read() as connection:
        return len(await photos.ids_of(connection, seller_id))


async def age(stand: Stand, seconds: float) -> None:
    """Make all photos and captions older."""
    async with stand.services.database.write() as connection:
        for table in (tables.photos, tables.captions, tables.usage):
            await connection.execute(
                sa.update(table).values(created_at=table.c.created_at - seconds)
            )


async def test_photos_a_minute_and_a_day(strict: Stand) -> None:
    anna, boris = Person(strict, ANNA), Person(strict, BORIS)
    for _ in range(3):
        await anna.photo()
    sent = await anna.photo()
    (told,) = [shown for shown in anna.shown if "не больше 3 фото в минуту" in shown.text]
    assert told.reply_to == sent
    assert await count(strict, ANNA) == 3
    await boris.photo()
    assert await count(strict, BORIS) == 1, "another seller's minute is their own"
    await age(strict, 61)
    await anna.photo()
    await anna.photo()
    assert [shown for shown in anna.shown if "не больше 4 фото в сутки" in shown.text]
    await age(strict, 86_400)
    await anna.photo()
    assert await count(strict, ANNA) == 5


async def test_an_album_passes_whole_or_not_at_all(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    await anna.photo()
    await anna.photo()
    for _ in range(5):
        await anna.photo(media_group_id="7")
    assert await count(strict, ANNA) == 7
    for _ in range(5):
        await anna.photo(media_group_id="8")
    assert await count(strict, ANNA) == 7
    assert len([m for m in anna.shown if "фото в сутки" in m.text]) == 1, "told once"


async def test_photos_at_once(tmp_path: Path) -> None:
    async with open_stand(tmp_path, Rules(photos_at_once=2)) as stand:
        anna = Person(stand, ANNA, "en")
        async with stand.services.database.write() as connection:
            await sellers.get_or_create(connection, ANNA, language="en")
            for number in (1, 2):
                arrival = photos.Arrival(ANNA, ANNA, number, "none")
                await photos.accept(connection, arrival, wanted_backdrop=None)
        await anna.photo()
        assert "2 photos of yours are still being processed" in anna.last.text


async def test_captions_a_day(strict: Stand) -> None:
    anna = Person(strict, ANNA)
    await anna.photo()
    await strict.settle()
    for _ in range(2):
        await anna.say("/caption")
        await strict.settle()
    assert len(strict.scribe.requests) == 2
    assert "Подписи на сегодня закончились" in anna.last.text
    await age(strict, 86_400)
    await anna.say("/caption")
    await strict.settle()
    assert len(strict.scribe.requests) == 3


async def test_operators_have_no_limits(strict: Stand) -> None:
    boss = Person(strict, BOSS)
    for _ in range(6):
        await boss.photo()
    assert await count(strict, BOSS) == 6


async def test_who_is_blocked_is_not_answered(strict: Stand) -> None:
    banned = Person(strict, BANNED)
    await banned.say("/start")
    await banned.photo()
    assert await banned.press("menu|", 5) == ""
    assert banned.shown == []
    assert await count(strict, BANNED) == 0


async def test_who_is_not_on_the_list_is_told_their_number(tmp_path: Path) -> None:
    rules = Rules(allowed=frozenset({ANNA}), operators=frozenset({BOSS}))
    async with open_stand(tmp_path, rules) as stand:
        for person in (Person(stand, ANNA), Person(stand, BOSS)):
            await person.say("/start")
            assert "Здравствуйте" in person.last.text
        boris = Person(stand, BORIS)
        await boris.say("/start")
        assert f"Ваш номер — {BORIS}" in boris.last.text
        await boris.photo()
        assert len(boris.shown) == 1, "once a minute"
        assert f"{BORIS}" in await boris.press("menu|", 5)


@pytest.mark.parametrize("command", ["/stats", "/quota 2", "/broadcast hello"])
async def test_for_others_the_operators_commands_do_not_exist(strict: Stand, command: str) -> None:
    anna = Person(strict, ANNA)
    await anna.say(command)
    assert "Такой команды нет" in anna.last.text
    assert "больше не работает" in await anna.press("send|1|1", 5)


async def test_stats_count(strict: Stand) -> None:
    boss, anna = Person(strict, BOSS), Person(strict, ANNA)
    await anna.photo()
    await anna.photo(b"no picture")
    await strict.settle()
    await boss.say("/stats")
    assert "активных: 1, новых: 2, всего: 2" in boss.last.text
    assert "Фото: 2, из них не получилось: 1" in boss.last.text
    assert "Подписей: 1" in boss.last.text


async def test_stats_tell_of_models_that_are_gone(strict: Stand) -> None:
    boss = Person(strict, BOSS)
    await boss.say("/stats")
    assert "gpt" not in boss.last.text
    replaced = strict.services.replaced
    replaced.append(Replacement("gpt-4o", "gpt-6-luna", date(2027, 1, 14)))
    replaced.append(Replacement("other", "another"))
    await boss.say("/stats")
    assert "Подписи пишет gpt-6-luna: модель gpt-4o отключена с 2027-01-14" in boss.last.text
    assert "Подписи пишет another: модели other на сервере больше нет" in boss.last.text


async def test_a_sellers_own_quota(strict: Stand) -> None:
    boss, anna = Person(strict, BOSS), Person(strict, ANNA)
    await anna.photo()
    await boss.say(f"/quota {ANNA}")
    assert "1 фото за сутки, предел как у всех — 4" in boss.last.text
    await boss.say(f"/quota {ANNA} 1")
    assert "свой предел — 1" in boss.last.text
    await anna.photo()
    assert any("не больше 1 фото в сутки" in shown.text for shown in anna.shown)
    await boss.say(f"/quota {ANNA} -")
    await anna.photo()
    assert await count(strict, ANNA) == 2
    for wrong in ("/quota", "/quota anna", f"/quota {ANNA} many", "/quota -5"):
        await boss.say(wrong)
        assert "Как пользоваться" in boss.last.text
    for unknown in ("999", "9" * 40):
        await boss.say(f"/quota {unknown} 5")
        assert "я не знаю" in boss.last.text


async def test_a_broadcast_is_shown_first_and_sent_once(
    strict: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast_step, "AT_ONCE", 2)
    people = [Person(strict, number) for number in range(10, 15)]
    for person in people:
        await person.say("/start")
    await people[0].say("/mute")
    boss = Person(strict, BOSS)
    await boss.say("/broadcast Скидки <b> & новости")
    ask = boss.last
    assert "получат 5 продавцов" in ask.text
    assert "Скидки <b> & новости" in ask.text
    await boss.tap(ask, "Отправить всем")
    await boss.press(AGAIN, ask.id)
    await strict.settle()
    assert "поставлена 5 продавцам" in boss.last.text
    told = [len([m for m in p.shown if "Скидки <b> & новости" in m.text]) for p in people]
    assert told == [0, 1, 1, 1, 1]
    await people[1].tap(people[1].last, "Без новостей")
    async with strict.services.database.read() as connection:
        assert (await sellers.get(connection, people[1].id)).muted


async def test_a_broadcast_that_is_dropped_reaches_nobody(strict: Stand) -> None:
    boss, anna = Person(strict, BOSS), Person(strict, ANNA)
    await anna.say("/start")
    await boss.say("/broadcast")
    assert "Напишите текст" in boss.last.text
    await boss.say("/broadcast Привет")
    await boss.tap(boss.last, "Не отправлять")
    assert "отменена" in boss.last.text
    await boss.press(AGAIN, boss.last.id)
    await strict.settle()
    assert "больше нет" in boss.last.text
    assert len(anna.shown) == 1


async def test_a_broadcast_goes_on_after_a_step_ran_twice(strict: Stand) -> None:
    people = [Person(strict, number) for number in (10, 11)]
    for person in people:
        await person.say("/start")
    boss = Person(strict, BOSS)
    await boss.say("/broadcast Привет")
    await boss.tap(boss.last, "Отправить всем")
    await strict.settle()
    job = Job(JobKind.BROADCAST, BOSS, {"broadcast": 1, "reached": -1})
    await broadcast_step.broadcast(strict.services, job)
    await strict.settle()
    assert [len(person.shown) for person in people] == [2, 2]


async def test_a_seller_who_has_left_stops_no_broadcast(strict: Stand) -> None:
    people = [Person(strict, number) for number in (10, 11)]
    for person in people:
        await person.say("/start")
    boss = Person(strict, BOSS)
    await boss.say("/broadcast Привет")
    await boss.tap(boss.last, "Отправить всем")
    method: Any = None
    strict.telegram.faults["SendMessage"].append(TelegramForbiddenError(method, "blocked"))
    await strict.settle()
    assert len(people[0].shown) + len(people[1].shown) >= 3


async def test_mute_and_unmute(strict: Stand) -> None:
    anna = Person(strict, ANNA, "en")
    await anna.say("/mute")
    assert "no more news" in anna.last.text
    await anna.say("/unmute")
    assert "on again" in anna.last.text
