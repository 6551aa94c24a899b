"""`vitrina doctor` tries what it vouches for: servers that answer, refuse, or are not there."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from aiogram.types import WebhookInfo
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from pipeline.markets import load_markets
from storage.database import FILE, migrate
from tests.stands.completions import completion
from tests.stands.s3 import S3_ENVIRONMENT, S3Server
from vitrina.commands import doctor
from vitrina.commands.doctor import run, secrets_of
from vitrina.commands.doctor.captions import check_provider
from vitrina.commands.doctor.editor import editor
from vitrina.commands.doctor.finding import Finding, Grade, bad, ok
from vitrina.commands.doctor.machine import disk, folder, judge_memory
from vitrina.commands.doctor.markets import markets
from vitrina.commands.doctor.storage import bucket, database
from vitrina.commands.doctor.telegram import judge, token, webhook
from vitrina.settings import CaptionProvider, Model, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.stands.postgres import Cluster

TOKEN = f"123456:{'a' * 35}"
KEY = "sk-doctor-0123456789abcdef"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the checkout, nothing from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@asynccontextmanager
async def server(**answers: tuple[int, Any]) -> AsyncIterator[tuple[str, list[str]]]:
    """Answer paths that end in a name, with dots for slashes; all others with 404."""
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        for name, (status, body) in answers.items():
            if request.path.endswith(name):
                return web.json_response(body, status=status)
        return web.json_response({"error": {"message": f"no such path; key {KEY}"}}, status=404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as running:
        yield str(running.make_url("")).rstrip("/"), asked


def refusal(code: int, text: str) -> tuple[int, Any]:
    return code, {"ok": False, "error_code": code, "description": text}


ME = {"id": 123456, "is_bot": True, "first_name": "V", "username": "vitrina_bot"}
IDLE = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


async def test_a_token_is_tried() -> None:
    async with server(getMe=(200, {"ok": True, "result": ME})) as (url, _):
        settings = Settings(bot_token=SecretStr(TOKEN), telegram_api_url=url)
        assert await token(settings) == ok(f"@vitrina_bot at {url}")
    for refused in (refusal(401, "Unauthorized"), refusal(404, "Not Found")):
        async with server(getMe=refused) as (url, _):
            settings = Settings(bot_token=SecretStr(TOKEN), telegram_api_url=url)
            found = await token(settings)
            assert found.grade is Grade.BAD
            assert "@BotFather" in found.text
    away = Settings(bot_token=SecretStr(TOKEN), telegram_api_url="http://127.0.0.1:1")
    found = await token(away)
    assert found.grade is Grade.BAD
    assert "does not answer at http://127.0.0.1:1" in found.text
    assert (await token(Settings())).grade is Grade.WARN


async def test_a_malformed_token_is_bad(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", (("bot token", token), ("webhook", webhook)))
    assert not await run(Settings(bot_token=SecretStr("hello")))
    told = capsys.readouterr().out
    assert "BAD  bot token: BOT_TOKEN is no bot token" in told
    assert "hello" not in told


async def test_the_webhook_is_asked_for() -> None:
    async with server(getWebhookInfo=(200, {"ok": True, "result": IDLE})) as (url, _):
        settings = Settings(bot_token=SecretStr(TOKEN), telegram_api_url=url)
        assert (await webhook(settings)).grade is Grade.OK


def test_what_telegram_tells_of_a_webhook_is_judged() -> None:
    def judged(url: str, ours: str | None, *, waiting: int = 0, fails: bool = False) -> Finding:
        info = WebhookInfo(
            url=url,
            has_custom_certificate=False,
            pending_update_count=waiting,
            last_error_date=datetime.now(UTC) if fails else None,
            last_error_message="SSL error" if fails else None,
        )
        return judge(info, ours)

    address = "https://example.org/x"
    assert judged(address, None).grade is Grade.WARN
    assert judged("", address).grade is Grade.OK
    assert judged("https://example.org/y", address).grade is Grade.WARN
    assert judged(address, address).grade is Grade.OK
    assert judged(address, address, fails=True).grade is Grade.WARN
    failing = judged(address, address, waiting=3, fails=True)
    assert failing.grade is Grade.BAD
    assert "SSL error" in failing.text


async def test_sqlite_is_opened(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    assert (await database(settings)).grade is Grade.OK
    migrate(tmp_path / FILE, "0005")
    found = await database(settings)
    assert found.grade is Grade.OK
    assert "migrations are made" in found.text
    migrate(tmp_path / FILE)
    assert "up to date" in (await database(settings)).text
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "newer than this program" in (await database(settings)).text
    (tmp_path / FILE).write_bytes(b"no database at all, but of some length" * 99)
    assert (await database(settings)).grade is Grade.BAD


async def test_postgresql_is_connected_to(postgres: Cluster) -> None:
    url = postgres.new_database()
    found = await database(Settings(database_url=SecretStr(url)))
    assert found.grade is Grade.OK, found
    assert "migrations are made" in found.text
    await asyncio.to_thread(migrate, sa.make_url(url).set(drivername="postgresql+psycopg"))
    assert "up to date" in (await database(Settings(database_url=SecretStr(url)))).text


async def test_a_wrong_password_is_bad_and_not_told(
    postgres: Cluster, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(postgres.url(), autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS guarded")
        connection.execute("CREATE ROLE guarded LOGIN PASSWORD 'right'")
        rules = postgres.folder / "data" / "pg_hba.conf"
        kept = rules.read_text()
        rules.write_text(f"host all guarded 127.0.0.1/32 scram-sha-256\n{kept}")
        connection.execute("SELECT pg_reload_conf()")
        monkeypatch.setattr(doctor, "CHECKS", (("database", database),))
        address = f"guarded:wrong-pass-word@127.0.0.1:{postgres.port}/postgres"
        settings = Settings(database_url=SecretStr(f"postgresql://{address}"))
        assert not await run(settings)
        rules.write_text(kept)
        connection.execute("SELECT pg_reload_conf()")
    told = capsys.readouterr().out
    assert told.startswith("BAD  database: ")
    assert "password authentication failed" in told
    assert "check DATABASE_URL" in told
    assert "wrong-pass-word" not in told


@pytest_asyncio.fixture
async def store(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with S3Server() as running:
        client: Any = boto3.client("s3", endpoint_url=running.url)
        client.create_bucket(Bucket="open")
        yield running.url
        assert client.list_objects_v2(Bucket="open")["KeyCount"] == 0, "nothing is left there"


async def test_a_bucket_is_written_read_and_emptied(store: str) -> None:
    settings = Settings(files_url="s3://open/deep", files_endpoint_url=store)
    assert await bucket(settings) == ok("s3://open/deep: written, read, deleted")
    found = await bucket(settings.model_copy(update={"files_url": "s3://missing"}))
    assert found.grade is Grade.BAD


async def test_a_closed_bucket_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in S3_ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    denied = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"

    async def deny(_request: web.Request) -> web.Response:
        return web.Response(text=denied, status=403, content_type="application/xml")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", deny)
    async with TestServer(app) as running:
        url = str(running.make_url("")).rstrip("/")
        found = await bucket(Settings(files_url="s3://closed", files_endpoint_url=url))
    assert found.grade is Grade.BAD
    assert "AccessDenied" in found.text


@pytest.mark.parametrize(
    ("answers", "grade", "text"),
    [
        ({"gpt-4o": (200, {"id": "gpt-4o", "object": "model"})}, Grade.OK, "gpt-4o at"),
        ({"gpt-4o": (401, {"error": {"message": f"bad {KEY}"}})}, Grade.BAD, "refuses the key"),
        ({"gpt-4o": (429, {"error": {"message": "quota"}})}, Grade.WARN, "429"),
        ({"gpt-4o": (500, {})}, Grade.BAD, "Error code: 500"),
        ({}, Grade.BAD, "has no model gpt-4o, or its address should end in /v1"),
        (  # a server that lists no models
            {"completions": (200, completion('{"invented": []}'))},
            Grade.OK,
            "gpt-4o at",
        ),
    ],
)
async def test_a_caption_provider_is_asked(
    answers: dict[str, tuple[int, Any]], grade: Grade, text: str
) -> None:
    async with server(**answers) as (url, _):
        settings = Settings(openai_api_key=SecretStr(KEY), openai_base_url=f"{url}/v1")
        found = await check_provider(
            settings, CaptionProvider.OPENAI, today=lambda: date(2026, 9, 1)
        )
    assert found.grade is grade
    assert text in found.text
    assert KEY not in found.text


@pytest.mark.parametrize(
    ("names", "grade"), [(("GigaChat-2-Max",), Grade.OK), (("GigaChat-Old",), Grade.BAD)]
)
async def test_gigachat_is_asked_for_its_models(names: tuple[str, ...], grade: Grade) -> None:
    models = [{"id": name, "object": "model", "owned_by": "x"} for name in names]
    answers = {
        "oauth": (200, {"access_token": "t", "expires_at": 99999999999999}),
        "models": (200, {"object": "list", "data": models}),
    }
    async with server(**answers) as (url, _):
        settings = Settings(
            gigachat_credentials=SecretStr("bm90aGluZzpub3RoaW5n"),
            gigachat_base_url=url,
            gigachat_auth_url=f"{url}/oauth",
        )
        found = await check_provider(settings, CaptionProvider.GIGACHAT)
    assert found.grade is grade, found


async def test_the_folder_is_written_to(tmp_path: Path) -> None:
    assert (await folder(Settings(data_dir=tmp_path / "new"))).grade is Grade.OK
    assert os.listdir(tmp_path) == [], "nothing is left there"  # noqa: PTH208 - none waits here
    found = await folder(Settings(data_dir=Path("/proc/sys")))
    assert found.grade is Grade.BAD
    assert "chown" in found.text
    assert (await disk(Settings(data_dir=tmp_path))).grade in {Grade.OK, Grade.WARN}


def test_memory_is_held_against_the_settings() -> None:
    small = Settings()
    assert judge_memory(small, limit=2e9, available=1.9e9).grade is Grade.OK
    assert judge_memory(small, limit=2e9, available=0.5e9).grade is Grade.WARN
    assert judge_memory(small, limit=1e9, available=1e9).grade is Grade.BAD
    large = Settings(model=Model.VIT_H)
    assert judge_memory(large, limit=4e9, available=4e9).grade is Grade.BAD


async def test_checks_go_side_by_side_and_none_hangs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = asyncio.Barrier(2)

    async def together(_settings: Settings) -> Finding:
        await both.wait()
        return ok("[met] them")

    async def hangs(_settings: Settings) -> Finding:
        await asyncio.Event().wait()
        return ok("never")

    async def leaks(_settings: Settings) -> Finding:
        return bad(f"the server says {KEY} is wrong")

    async def closed(_settings: Settings) -> Finding:
        raise PermissionError(13, "Permission denied", "/opt/vitrina/data")

    checks = (("a", together), ("b", together), ("c", hangs), ("d", leaks), ("e", closed))
    monkeypatch.setattr(doctor, "CHECKS", checks)
    monkeypatch.setattr(doctor, "CHECK_SECONDS", 0.5)
    settings = Settings(compatible_api_key=SecretStr(KEY))
    assert not await run(settings)
    assert capsys.readouterr().out.splitlines() == [
        "ok   a: [met] them",
        "ok   b: [met] them",
        "BAD  c: no answer within 0 seconds",
        "BAD  d: the server says [secret] is wrong",
        (
            "BAD  e: [Errno 13] Permission denied: '/opt/vitrina/data'; is the path right, and"
            " yours? If not, run this as the bot's user"
        ),
    ]
    assert KEY in secrets_of(settings)


async def test_the_editor_is_asked_for_where_sellers_would() -> None:
    assert (await editor(Settings())).text.startswith("off")
    async with server(**{"editor/": (200, "Vitrina")}) as (url, asked):
        assert await editor(Settings(editor_url=f"{url}/")) == ok(f"{url}/editor/")
        assert asked == ["/editor/"]
    for answers in ({"editor/": (502, "Vitrina")}, {"editor/": (200, "Welcome to nginx!")}, {}):
        async with server(**answers) as (url, _):
            found = await editor(Settings(editor_url=url))
            assert found.grade is Grade.WARN
            assert "EDITOR_PORT" in found.text
    found = await editor(Settings(editor_url="http://127.0.0.1:1"))
    assert "cannot be reached" in found.text


async def test_markets_rules_grow_old() -> None:
    told = await markets(Settings(), lambda: date(2026, 12, 1))
    assert told.grade is Grade.OK
    assert told.text.startswith(f"{len(load_markets())}, gone through")
    late = await markets(Settings(), lambda: date(2028, 1, 1))
    assert late.grade is Grade.WARN
    assert "wildberries" in late.text
    assert "https://" in late.text
