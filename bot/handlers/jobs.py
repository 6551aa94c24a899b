"""The operator's commands on jobs and users: /jobs, /job, /ban, /unban, in the private chat."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog
from aiogram import F, Router
from aiogram.filters import Command

from bot.give_up import give_up
from bot.handlers.answer import say
from bot.handlers.operator import Operator
from bot.handlers.sender import sender
from bot.handlers.where import Where
from storage import bans, operations
from storage.operations import Failure, JobState

if TYPE_CHECKING:
    from aiogram.filters import CommandObject
    from aiogram.types import Message

    from bot.services import Services

SHOWN = 15
"""Jobs of a list, waiting and failed each: they fit into one message."""
SHOWN_OF_ERROR = 100
SHOWN_OF_REASON = 800
DIGITS = 18
"""Digits of a user's number at most; Telegram has no longer ones."""

log = structlog.get_logger(__name__)


def router() -> Router:
    """Build the router; for others these commands do not exist."""
    found = Router(name="jobs")
    private = Where(F.chat.type == "private")
    found.message.register(list_jobs, Command("jobs"), Operator(), private)
    found.message.register(one_job, Command("job"), Operator(), private)
    found.message.register(ban, Command("ban", "unban"), Operator(), private)
    return found


async def list_jobs(message: Message, services: Services) -> None:
    """List what failed last, and what has waited longest."""
    operator = await sender(message, services)
    async with services.database.read() as connection:
        found = await operations.listing(connection, SHOWN)
    log.info("operator", operator=operator.id, action="jobs")
    lines = "\n".join(map(line, found))
    text = services.texts(operator.language, "jobs", lines=lines or "—")
    say(message, services, text)


async def one_job(message: Message, command: CommandObject, services: Services) -> None:
    """Tell what an id stands for; retry or drop a job."""
    operator = await sender(message, services)
    error_id, action, *_ = [*(command.args or "").lower().split(), "", ""]
    if not error_id or action not in {"", "retry", "drop"}:
        say(message, services, services.texts(operator.language, "job-how"))
        return
    async with services.database.write() as connection:
        found = await operations.find(connection, error_id)
        key = "job-gone" if found is None else "job"
        if isinstance(found, JobState) and action == "retry":
            done = await operations.retry(connection, services.jobs, found.id)
            key = "job-retried" if done else "job-not-failed"
        elif isinstance(found, JobState) and action == "drop":
            job = await operations.drop(connection, found.id)
            if job is not None:
                await give_up(connection, services.jobs, job, None)
            key = "job-dropped" if job is not None else "job-over"
    seller = found.seller_id if isinstance(found, JobState) else None
    log.info(
        "operator",
        operator=operator.id,
        action=action or "job",
        error_id=error_id,
        target=seller,
        outcome=key,
    )
    about = "" if found is None else describe(found)
    say(message, services, services.texts(operator.language, key, id=error_id, about=about))


async def ban(message: Message, command: CommandObject, services: Services) -> None:
    """Shut a user out, or let them in again."""
    operator = await sender(message, services)
    number = (command.args or "").strip()
    if not number.isdecimal() or len(number) > DIGITS:
        say(message, services, services.texts(operator.language, "ban-how"))
        return
    user_id = int(number)
    if user_id in services.rules.operators:
        say(message, services, services.texts(operator.language, "ban-operator"))
        return
    async with services.database.write() as connection:
        if command.command == "ban":
            await bans.ban(connection, user_id)
            key = "banned"
        else:
            key = "unbanned" if await bans.unban(connection, user_id) else "not-banned"
    services.bans.forget()
    log.info("operator", operator=operator.id, action=command.command, target=user_id, outcome=key)
    say(message, services, services.texts(operator.language, key, number=number))


def line(job: JobState) -> str:
    """Write a job in a line."""
    reason = f": {job.last_error[:SHOWN_OF_ERROR]}" if job.last_error else ""
    return f"{job.error_id} {job.kind}, {job.state}, ×{job.attempts}{reason}"


def describe(found: JobState | Failure) -> str:
    """Write all about a job or a broken update."""
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(found.created_at))
    if isinstance(found, Failure):
        return f"{found.id} {found.kind}, {moment} UTC\n{found.reason}"
    head = f"{line(found)}\n{moment} UTC, seller {found.seller_id}, deaths {found.deaths}"
    return f"{head}\n{(found.last_error or '')[:SHOWN_OF_REASON]}".strip()
