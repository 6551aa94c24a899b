"""Operators, in the chat and by `vitrina admin` beside the running bot: jobs, errors, bans."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
import structlog.testing
from aiogram.filters import Command
from typer.testing import CliRunner

from bot import handlers
from bot.handlers.operator import Operator
from pipeline.errors import StorageError
from storage import bans, operations
from storage.bans import BanList
from storage.database import Database
from storage.jobs import Job, JobKind, JobPool
from storage.operations import JobState
from storage.photos import PhotoState
from storage.postgres_jobs import PostgresJobs
from storage.tables import jobs, photos
from tests.stands.bot import Person, open_stand
from vitrina.commands import admin
from vitrina.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from tests.stands.bot import Stand
    from tests.stands.postgres import Cluster

OPERATOR, SELLER = 71000, 72000
ACTIONS = {
    "ban": (str(SELLER), "ban"),
    "unban": (str(SELLER), "unban"),
    "job": ("J1", "job"),
    "jobs": ("", "jobs"),
    "stats": ("", "stats"),
    "quota": (f"{SELLER} 7", "set-quota"),
    "broadcast": ("News", "broadcast"),
}
"""What operators can say, the words behind it, and what the log calls it."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot's folder is the command line's; nothing else from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setattr(admin, "set_up_logging", lambda _settings: None)


def people(stand: Stand) -> tuple[Person, Person]:
    """An operator and a seller; the bot is told who operates it."""
    rules = replace(stand.services.rules, operators=frozenset({OPERATOR}))
    object.__setattr__(stand.services, "rules", rules)
    return Person(stand, OPERATOR, "en"), Person(stand, SELLER, "en")


async def command(*words: str) -> tuple[int, str]:
    """Run `vitrina admin` in a thread of its own: it has its own loop and connections."""
    result = await asyncio.to_thread(CliRunner().invoke, admin.app, list(words))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


async def failed_cut_out(stand: Stand, seller: Person, monkeypatch: pytest.MonkeyPatch) -> JobState:
    """Have a photo's cutting out fail for good, once."""
    with monkeypatch.context() as patched:

        async def broken(_data: bytes) -> None:
            raise StorageError("the file is gone")

        patched.setattr(stand.services.files, "get", broken)
        await seller.photo()
        await stand.settle()
    async with stand.services.database.read() as connection:
        found = await operations.listing(connection, 10)
    return next(one for one in found if one.kind == "cut-out")


async def test_a_failed_job_is_listed_found_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stand(tmp_path) as stand:
        operator, seller = people(stand)
        failed = await failed_cut_out(stand, seller, monkeypatch)
        assert failed.state == "failed"
        assert failed.error_id in seller.last.text, "the seller was told this id"
        await operator.say("/jobs")
        assert f"{failed.error_id} cut-out, failed" in operator.last.text
        await operator.say(f"/job {failed.error_id}")
        assert "the file is gone" in operator.last.text
        status, told = await command("job", failed.error_id)
        assert status == 0
        assert "the file is gone" in told
        await operator.say(f"/job {failed.error_id} retry")
        assert "Queued again" in operator.last.text
        await stand.settle()
        async with stand.services.database.read() as connection:
            again = await operations.find(connection, failed.error_id)
            state = await connection.scalar(sa.select(photos.c.state))
        assert isinstance(again, JobState)
        assert again.state == "done"
        assert state == PhotoState.READY.value
        await operator.say(f"/job {failed.error_id} retry")
        assert "Only a job that has failed" in operator.last.text


async def test_the_command_line_works_beside_the_running_bot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stand(tmp_path) as stand:
        _, seller = people(stand)
        failed = await failed_cut_out(stand, seller, monkeypatch)
        status, told = await command("job", str(failed.id), "--retry")
        assert status == 0, told
        stand.services.database.queued.set()  # half a minute later, for those who cannot wait
        await stand.settle()
        status, told = await command("jobs")
        assert status == 0
        assert failed.error_id not in told
        assert (await command("job", "J999999"))[0] == 1


async def test_a_dropped_job_s_seller_is_told(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        operator, seller = people(stand)
        await seller.say("/start")
        async with stand.services.database.write() as connection:
            job = Job(JobKind.RENDER, SELLER, {"photo": 0})
            job_id = await stand.services.jobs.submit(connection, job)
            await connection.execute(
                sa.update(jobs).where(jobs.c.id == job_id).values(not_before=4e9, payload={})
            )
        await operator.say(f"/job J{job_id} drop")
        assert "Dropped" in operator.last.text
        await stand.settle()
        assert f"J{job_id}" in seller.last.text
        await operator.say(f"/job J{job_id} drop")
        assert "ended already" in operator.last.text


async def test_an_update_that_broke_is_found_by_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_stand(tmp_path) as stand:
        operator, seller = people(stand)
        with monkeypatch.context() as patched:
            patched.setattr("bot.handlers.commands.sender", None)
            await seller.say("/start", update_id=4321)
        assert "U4321" in seller.last.text
        await operator.say("/job U4321")
        assert "TypeError" in operator.last.text


@pytest.mark.parametrize("by", ["chat", "command line"])
async def test_a_ban_holds_at_once_and_until_it_is_lifted(
    tmp_path: Path, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "command line":  # another process: seen within two seconds
        monkeypatch.setattr(bans, "KEPT_SECONDS", 0.0)
    async with open_stand(tmp_path) as stand:
        operator, seller = people(stand)

        async def act(what: str, number: int) -> str:
            if by == "chat":
                await operator.say(f"/{what} {number}")
                return operator.last.text
            return (await command(what, str(number)))[1]

        await seller.say("/start")
        before = len(seller.shown)
        await act("ban", SELLER)
        await seller.say("/start")
        await seller.photo()
        await stand.settle()
        assert len(seller.shown) == before, "no answer"
        async with stand.services.database.write() as connection:
            await connection.execute(sa.delete(photos))
        assert await BanList(stand.services.database).has(SELLER)
        assert str(SELLER) in await act("unban", SELLER)
        await seller.say("/start")
        assert len(seller.shown) == before + 1


async def test_only_operators_and_not_against_each_other(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        operator, seller = people(stand)
        await operator.say(f"/ban {OPERATOR}")
        assert "operator" in operator.last.text
        await seller.say(f"/ban {OPERATOR}")
        await seller.say("/jobs")
        assert not await BanList(stand.services.database).has(OPERATOR)


async def test_every_action_is_logged_without_numbers(tmp_path: Path) -> None:
    async with open_stand(tmp_path) as stand:
        operator, seller = people(stand)
        await seller.say("/start")
        with structlog.testing.capture_logs() as lines:
            for command, (words, _) in ACTIONS.items():
                await operator.say(f"/{command} {words}")
            send = operator.last.data("Send")
            for _ in range(2):
                await operator.press(send, operator.last.id)
        told: list[dict[str, Any]] = [dict(one) for one in lines if one["event"] == "operator"]
        expected = [action for _, action in ACTIONS.values()]
        assert [one["action"] for one in told] == [*expected, "send-broadcast", "send-broadcast"]
        assert {one["operator"] for one in told} == {OPERATOR}
        assert [one["outcome"] for one in told[-2:]] == ["broadcast-begun", "broadcast-gone"]
        for one in told:  # a hash by the time it is written: test_settings.py
            assert one.get("target", SELLER) == SELLER or one["action"] == "job"


def test_the_actions_are_all_there_are() -> None:
    registered = [
        flag.callback.commands
        for router in (handlers.operator.router(), handlers.jobs.router())
        for handler in router.message.handlers
        if any(isinstance(one.callback, Operator) for one in handler.filters or ())
        for flag in handler.filters or ()
        if isinstance(flag.callback, Command)
    ]
    assert {str(name) for names in registered for name in names} == set(ACTIONS)


async def test_a_job_is_tried_again_on_postgresql(postgres: Cluster) -> None:
    """By a process that only submits, as the command line is; another one runs it."""
    url = postgres.new_database()
    running, beside = Database(postgres.folder, url), Database(postgres.folder, url)
    await running.open()
    await beside.open_beside()
    done = asyncio.Event()

    class Works:
        async def run(self, job: Job) -> None:
            del job
            done.set()

        async def give_up(self, job: Job, error: BaseException | None) -> None:
            """Nobody waits."""

    pools = [JobPool("show", frozenset({JobKind.NOTICE}), 1)]
    engine = PostgresJobs(running, pools)
    async with beside.write() as connection:
        submitter = PostgresJobs(beside, ())
        job_id = await submitter.submit(connection, Job(JobKind.NOTICE, SELLER))
        assert await operations.drop(connection, job_id) is not None
    async with beside.write() as connection:
        assert await operations.retry(connection, submitter, job_id)
        assert not await operations.retry(connection, submitter, job_id)
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(engine.run(Works()))
        await done.wait()
        await engine.aclose(seconds=5)
    await running.aclose()
    await beside.aclose()
