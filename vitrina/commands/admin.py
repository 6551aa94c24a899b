"""`vitrina admin`: what operators do, on the live database, also while the bot runs."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import structlog
import typer

from pipeline.errors import SettingsError
from vitrina.logging import set_up_logging
from vitrina.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine

    from storage.database import Database
    from storage.jobs import JobEngine
    from storage.operations import Failure, JobState
    from vitrina.settings import Settings

app = typer.Typer(
    help="Ban users, look at jobs and errors, retry and drop; also while the bot runs.",
    no_args_is_help=True,
)
User = Annotated[int, typer.Argument(help="The user's number at Telegram.", min=1, max=10**18)]
SHOWN = 50
T = TypeVar("T")

log = structlog.get_logger(__name__)


@app.command("jobs")
def list_jobs(
    limit: Annotated[int, typer.Option(help="How many, waiting and failed each.", min=1)] = SHOWN,
) -> None:
    """List the jobs that failed last, and those that have waited longest."""
    from storage import operations

    settings = _settings()

    async def run() -> None:
        async with _live(settings) as (database, _), database.read() as connection:
            found = await operations.listing(connection, limit)
        log.info("operator", action="jobs", by="admin")
        for job in found:
            typer.echo(_line(job))

    _run(run())


@app.command()
def job(  # noqa: C901 - each way to end says so
    error_id: Annotated[str, typer.Argument(help="J123 or 123 is a job, U123 a broken update.")],
    *,
    retry: Annotated[bool, typer.Option("--retry", help="Queue a failed job anew.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="End an open job; its seller is told.")] = (
        False
    ),
) -> None:
    """Tell what an error's id stands for; retry or drop the job. Status 1 where there is none."""
    from storage import operations
    from storage.operations import JobState

    if retry and drop:
        raise SettingsError("--retry or --drop, not both")
    settings = _settings()

    async def run() -> bool:
        async with _live(settings) as (database, engine), database.write() as connection:
            found = await operations.find(connection, error_id)
            done = found is not None
            if isinstance(found, JobState) and retry:
                done = await operations.retry(connection, engine, found.id)
            elif isinstance(found, JobState) and drop:
                # aiogram takes seconds to import, and the other commands need no Telegram.
                from bot.give_up import give_up

                dropped = await operations.drop(connection, found.id)
                if dropped is not None:
                    await give_up(connection, engine, dropped, None)
                done = dropped is not None
            elif retry or drop:
                done = False
        target = found.seller_id if isinstance(found, JobState) else None
        action = "retry" if retry else "drop" if drop else "job"
        log.info("operator", action=action, by="admin", error_id=error_id, target=target, done=done)
        if found is None:
            typer.echo(f"nothing is known of {error_id}")
        elif not (retry or drop):
            typer.echo(_line(found))
        elif done:
            typer.echo(f"{error_id} is {'queued again' if retry else 'dropped'}")
        else:
            need = "has failed" if retry else "is open"
            typer.echo(f"{error_id} is no job that {need}: {_line(found)}")
        return done

    if not _run(run()):
        raise typer.Exit(1)


@app.command()
def ban(user: User) -> None:
    """Shut a user out at once, without an answer."""
    from storage import bans

    settings = _settings()
    if user in settings.operators:
        raise SettingsError("an operator cannot be banned: take them out of OPERATORS first")

    async def run() -> None:
        async with _live(settings) as (database, _), database.write() as connection:
            new = await bans.ban(connection, user)
        log.info("operator", action="ban", by="admin", target=user, done=new)
        typer.echo(f"{user} is banned" if new else f"{user} was banned before")

    _run(run())


@app.command()
def unban(user: User) -> None:
    """Let a user in again."""
    from storage import bans

    settings = _settings()

    async def run() -> None:
        async with _live(settings) as (database, _), database.write() as connection:
            was = await bans.unban(connection, user)
        log.info("operator", action="unban", by="admin", target=user, done=was)
        typer.echo(f"{user} is let in again" if was else f"{user} was not banned")

    _run(run())


def _settings() -> Settings:
    settings = read_settings()
    set_up_logging(settings)
    return settings


def _run(work: Coroutine[None, None, T]) -> T:
    return asyncio.run(work)


@asynccontextmanager
async def _live(settings: Settings) -> AsyncIterator[tuple[Database, JobEngine]]:
    """Open the database beside the processes that use it; nothing is migrated."""
    from storage.database import Database
    from storage.postgres_jobs import PostgresJobs
    from storage.sqlite_jobs import SqliteJobs

    url = settings.database_url.get_secret_value() if settings.database_url else None
    database = Database(settings.data_dir, url)
    await database.open_beside()
    try:
        engine = PostgresJobs if database.is_shared else SqliteJobs
        yield database, engine(database, ())
    finally:
        await database.aclose()


def _line(found: JobState | Failure) -> str:
    from storage.operations import Failure

    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found.created_at))
    if isinstance(found, Failure):
        return f"{found.id}  {moment}  {found.kind}  {found.reason}"
    reason = f"  {found.last_error}" if found.last_error else ""
    return (
        f"{found.error_id}  {moment}  {found.kind}  {found.state}  seller {found.seller_id}  "
        f"attempts {found.attempts}  deaths {found.deaths}{reason}"
    )
