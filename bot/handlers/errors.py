"""Unexpected exceptions of handlers: logged under an id, which the seller is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog
from aiogram.dispatcher.event.bases import SkipHandler
from sqlalchemy.exc import SQLAlchemyError

from bot.telegram.delivery import reply_to
from bot.texts import language_of
from pipeline.errors import StorageUnavailableError, VitrinaError
from storage import operations, sellers
from storage.database import is_passing

if TYPE_CHECKING:
    from aiogram.types import ErrorEvent, User

    from bot.services import Services

DATABASE_SECONDS = 2.0

log = structlog.get_logger(__name__)


async def handle_error(event: ErrorEvent, services: Services) -> None:
    """Log an exception of any handler and answer the update that it broke."""
    update, error = event.update, event.exception
    if is_passing(error) or isinstance(error, StorageUnavailableError):
        # Not confirmed: a webhook's update comes again.
        raise SkipHandler from error
    error_id = f"U{update.update_id}"
    query, message = update.callback_query, update.message or update.edited_message
    at = query or message
    log.error(
        "update failed",
        error_id=error_id,
        update=update.update_id,
        seller=at.from_user.id if at is not None and at.from_user is not None else None,
        kind=update.event_type,
        exc_info=error,
    )
    await _note(services, error_id, at.from_user if at is not None else None, event)
    if query is not None:
        language = await _language(services, query.from_user)
        text = services.texts(language, "error-update-short", error_id=error_id)
        services.tasks.spawn(query.answer(text, show_alert=True), "error")
    elif message is not None:
        language = await _language(services, message.from_user)
        text = services.texts(language, "error-update", error_id=error_id)
        reply = reply_to(message.message_id)
        services.tasks.spawn(message.answer(text, reply_parameters=reply), "error")


async def _note(services: Services, error_id: str, user: User | None, event: ErrorEvent) -> None:
    """Keep the reason, for an operator who is asked about the id; the log has it in any case."""
    seller_id = None if user is None else user.id
    kind = event.update.event_type
    try:
        async with asyncio.timeout(DATABASE_SECONDS), services.database.write() as connection:
            await operations.note(connection, error_id, seller_id, kind, event.exception)
    except (VitrinaError, SQLAlchemyError, TimeoutError) as trouble:
        log.warning("the failure is not kept", error_id=error_id, reason=str(trouble))


async def _language(services: Services, user: User | None) -> str:
    """Return the seller's language; their phone's where the database is what broke."""
    if user is None:
        return language_of(None)
    try:
        async with asyncio.timeout(DATABASE_SECONDS), services.database.read() as connection:
            return (await sellers.get(connection, user.id)).language
    except (VitrinaError, SQLAlchemyError, TimeoutError):
        return language_of(user.language_code)
