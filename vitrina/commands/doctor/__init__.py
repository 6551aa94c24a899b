"""`vitrina doctor`: tries all that the bot needs, and says what to do where it does not work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr
from rich.console import Console
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from pipeline.errors import VitrinaError
from vitrina.commands.doctor.captions import captions, check_provider
from vitrina.commands.doctor.editor import editor
from vitrina.commands.doctor.finding import Finding, Grade, bad
from vitrina.commands.doctor.machine import disk, folder, memory
from vitrina.commands.doctor.markets import markets
from vitrina.commands.doctor.model import backgrounds, model, weights
from vitrina.commands.doctor.pictures import pictures
from vitrina.commands.doctor.storage import bucket, database
from vitrina.commands.doctor.telegram import token, webhook
from vitrina.describers import providers
from vitrina.logging import SECRETS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from vitrina.settings import Settings

    Check = Callable[[Settings], Awaitable[Finding]]

CHECK_SECONDS = 20.0
MODEL_SECONDS = 600.0
"""A large model is loaded and compiled for minutes."""
SLOW: Final = frozenset({"model"})
CHECKS: Final[tuple[tuple[str, Check], ...]] = (
    ("bot token", token),
    ("webhook", webhook),
    ("editor", editor),
    ("database", database),
    ("file store", bucket),
    ("data folder", folder),
    ("disk", disk),
    ("memory", memory),
    ("captions", captions),
    ("pictures", pictures),
    ("markets", markets),
    ("weights", weights),
    ("backgrounds", backgrounds),
    ("model", model),
)


async def run(settings: Settings) -> bool:
    """Make all checks side by side, print a line for each; return whether none is BAD."""
    console = Console(soft_wrap=True)
    hidden = secrets_of(settings)
    checks = [(name, asyncio.create_task(_made(name, check(settings)))) for name, check in CHECKS]
    try:
        chain = providers(settings)
    except VitrinaError:  # "captions" tells of it
        chain = ()
    checks += [
        (f"captions: {one}", asyncio.create_task(_made(one, check_provider(settings, one))))
        for one in chain
    ]
    whole = True
    for name, task in checks:
        finding = await task
        whole &= finding.grade is not Grade.BAD
        text = " ".join(blot(finding.text, hidden).split())
        console.print(f"{finding.grade:<4} {name}: {text}", highlight=False, markup=False)
    return whole


async def _made(name: str, check: Awaitable[Finding]) -> Finding:
    """Make one check within its time; what it raises is what it has found."""
    seconds = MODEL_SECONDS if name in SLOW else CHECK_SECONDS
    try:
        return await asyncio.wait_for(check, seconds)
    except TimeoutError:
        return bad(f"no answer within {seconds:.0f} seconds")
    except VitrinaError as error:
        return bad(str(error))
    except OSError as error:  # such as a folder of the service's user
        return bad(f"{error}; is the path right, and yours? If not, run this as the bot's user")


def secrets_of(settings: Settings) -> list[str]:
    """Return all that must not be printed, the database's password among it."""
    found = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    if settings.database_url is not None:
        try:
            password = make_url(settings.database_url.get_secret_value()).password
        except ArgumentError:
            password = None
        found += [str(password)] if password else []
    return [one for one in found if one]


def blot(text: str, hidden: list[str]) -> str:
    """Take secrets out of a text that a library or a server has made."""
    for secret in hidden:
        text = text.replace(secret, "[secret]")
    return SECRETS.sub("[secret]", text)
