"""Who may open the editor, and what is refused: each with a sentence, before anything is done."""

from __future__ import annotations

import asyncio
import io
import time
from typing import TYPE_CHECKING

import pytest_asyncio
from aiohttp import ClientConnectionError

from bot.editor_links import EditorLinks
from bot.middlewares.rules import Rules
from bot.texts import Texts
from storage import bans, photos
from tests.stands.bot import Person, open_stand
from tests.stands.editor import LINKS, Page, open_editor, signed
from tests.stands.server import TOKEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from aiohttp import ClientResponse

    from storage.photos import PhotoRecord
    from tests.stands.bot import Stand

OWNER, STRANGER, BLOCKED = 7, 8, 9


@pytest_asyncio.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    rules = Rules(commands_a_minute=0, tips=False, edits_a_minute=60, blocked=frozenset({BLOCKED}))
    async with open_stand(tmp_path, rules) as stand:
        yield stand


@pytest_asyncio.fixture
async def page(stand: Stand) -> AsyncIterator[Page]:
    person = Person(stand, OWNER)
    await person.photo()
    await stand.settle()
    async with open_editor(stand) as client:
        yield Page(client, OWNER, (await only_photo(stand)).id)


async def only_photo(stand: Stand) -> PhotoRecord:
    async with stand.services.database.read() as connection:
        found = await photos.latest(connection, OWNER, OWNER)
    assert found is not None
    return found


async def said(answer: ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json())["error"]


async def test_the_owner_gets_in(page: Page) -> None:
    answer = await page.ask("GET")
    assert answer.status == 200
    found = await answer.json()
    assert (found["width"], found["height"], found["language"]) == (128, 128, "ru")
    picture = await page.ask("GET", "/picture")
    assert picture.content_type == "image/jpeg"
    assert (await picture.read()).startswith(b"\xff\xd8")


async def test_who_is_not_the_owner_is_refused(page: Page, stand: Stand) -> None:
    photo_id = (await only_photo(stand)).id
    fresh = signed(OWNER)
    cases = {
        "none": (401, ""),
        "no scheme": (401, fresh),
        "another scheme": (401, f"Bearer {fresh}"),
        "not initData": (401, "tma ?"),
        "forged: another's token": (401, f"tma {signed(OWNER, token='1:x')}"),
        "forged: another user put in": (401, f"tma {fresh.replace('7', '8')}"),
        "forged: more fields": (401, f"tma {fresh}&start_param=x"),
        "a hash that is no ASCII": (401, f"tma {fresh[:-64]}%C3%A9"),
        "halves of surrogate pairs": (401, f"tma {fresh}%ED%A0%80"),
        "too long": (401, f"tma {signed(OWNER, query_id='A' * 5000)}"),
        "expired": (401, f"tma {signed(OWNER, age=3601)}"),
        "of this hour": (200, f"tma {signed(OWNER, age=3500)}"),
        "a stranger": (404, f"tma {signed(STRANGER)}"),
        "a blocked user": (403, f"tma {signed(BLOCKED)}"),
    }
    async with stand.services.database.write() as connection:
        await bans.ban(connection, 10)
    stand.services.bans.forget()
    cases["a banned user"] = (403, f"tma {signed(10)}")
    for name, (status, header) in cases.items():
        answer = await page.ask("GET", headers={"Authorization": header})
        assert answer.status == status, name
        if status != 200:
            assert (await answer.json())["error"], name
    assert LINKS.photo_id(LINKS.key(photo_id)) == photo_id


async def test_a_key_cannot_be_guessed(page: Page, stand: Stand) -> None:
    photo = await only_photo(stand)
    _, _, mac = page.key.partition("-")
    keys = [
        f"{photo.id}", f"{photo.id}-", f"{photo.id}-{mac[:-1]}", f"{photo.id}-{mac}A",
        f"{photo.id + 1}-{mac}", f"0{photo.id}-{mac}x", "-", "٣-x", f"{'9' * 200}-{mac}",
        f"{photo.id}-%C3%A9", "..%2f..%2fetc%2fpasswd",
        EditorLinks("https://bot.example.org", f"{TOKEN}x").key(photo.id),
    ]  # fmt: skip
    for key in keys:
        assert (await page.ask("GET", key=key)).status == 404, key
    assert len(mac) == 24


async def test_what_has_no_address_is_told_in_words(page: Page) -> None:
    paths = {
        "/editor/static/../access.py": 404,
        "/editor/static/%2e%2e/access.py": 404,
        "/editor/static/..%2faccess.py": 404,
        "/editor/static/..%5caccess.py": 404,
        "/editor/static/%00": 404,
        "/editor/nothing": 404,
        "/editor/texts/xx": 404,
        "/etc/passwd": 404,
    }
    sentence = Texts()("en", "editor-error-address")
    for path, status in paths.items():
        answer = await page.client.get(path, headers={"Accept-Language": "en-GB"})
        assert await said(answer) == (status, sentence), path
    for method, path in (("POST", "/editor/"), ("DELETE", "/editor/"), ("PROPFIND", "/editor/")):
        answer = await page.client.request(method, path)
        assert answer.status == 405, (method, path)
        assert (await answer.json())["error"]
    assert (await page.ask("PATCH", "/touch")).status == 405


async def test_a_body_of_50_mb_is_refused_unread(page: Page) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield bytes(1024 * 1024)

    for body in (io.BytesIO(bytes(50 * 1024 * 1024)), endless()):
        for method, path in (("POST", "/touch"), ("PUT", "/mask")):
            try:
                answer = await page.ask(method, path, data=body)
            except ClientConnectionError:  # it was hung up on while it still sent
                continue
            assert answer.status in {400, 413}, (method, path)
            assert (await answer.json())["error"]


async def test_a_thousand_touches_in_a_second_are_too_many(page: Page) -> None:
    async def status() -> int:
        return (await page.ask("POST", "/touch", data="")).status

    began = time.monotonic()
    told = await asyncio.gather(*(status() for _ in range(1000)))
    let_in = 1000 - told.count(429)
    assert 60 <= let_in <= 60 + time.monotonic() - began + 1, "a minute's, and what it gained"
    other = Page(page.client, STRANGER, 1)
    assert (await other.ask("GET")).status == 404, "others are not slowed down"


async def test_what_means_nothing_is_refused(page: Page) -> None:
    cases = [
        "", "[]", "null", "nan", '{"clicks": [{"x": NaN, "y": 0, "label": 1}]}',
        '{"clicks": [{"x": 1e999, "y": 0, "label": 1}]}',
        '{"clicks": [{"x": 2, "y": 0, "label": 1}]}',
        '{"clicks": [{"x": 0, "y": 0, "label": 3}]}', '{"box": [0, 0, 1]}', '{"base": "../1"}',
        '{"base": "painted"}', '{"base": "99"}', '{"parts": [0]}', "[" * 100_000,
        '{"clicks": [' + ",".join(['{"x": 0, "y": 0, "label": 1}'] * 41) + "]}",
    ]  # fmt: skip
    for told in cases:
        answer = await page.ask("POST", "/touch", data=told)
        assert answer.status == 400, told[:80]
        assert (await answer.json())["error"].startswith("Страница прислала")


async def test_pages_are_framed_by_telegram_only_and_run_no_foreign_script(page: Page) -> None:
    for path in ("/editor/", "/editor/static/nothing.js", "/editor/texts/ru"):
        headers = (await page.client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors https://web.telegram.org" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "Set-Cookie" not in headers
    assert (await page.ask("GET")).headers["Cache-Control"] == "no-store"


async def test_a_photo_that_is_over_is_told(page: Page, stand: Stand) -> None:
    photo = await only_photo(stand)
    async with stand.services.database.write() as connection:
        await photos.update(connection, photo.id, state=photos.PhotoState.EXPIRED)
    assert (await page.ask("GET")).status == 404
