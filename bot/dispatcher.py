"""The way of an update: what stands around the handlers, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Dispatcher

from bot.groups import Manners
from bot.handlers import router
from bot.handlers.errors import broken
from bot.middleware import Accepting

if TYPE_CHECKING:
    from bot.services import Services


def dispatcher(services: Services, *, patient: bool = True) -> Dispatcher:
    """Build the dispatcher that polling and tests feed."""
    built = Dispatcher(services=services)
    built.update.outer_middleware(Accepting(patient=patient))
    manners = Manners()
    built.message.outer_middleware(manners)
    built.edited_message.outer_middleware(manners)
    built.errors.register(broken)
    built.include_router(router())
    return built
