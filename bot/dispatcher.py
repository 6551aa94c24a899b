"""The way of an update: what stands around the handlers, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Dispatcher

from bot.handlers import router
from bot.handlers.errors import broken
from bot.middlewares.access import Access
from bot.middlewares.acknowledge import Accepting
from bot.middlewares.groups import Manners
from bot.middlewares.rate_limit import Flood
from bot.telegram.migration import MigrationNotices

if TYPE_CHECKING:
    from bot.services import Services


def dispatcher(services: Services, *, patient: bool = True) -> Dispatcher:
    """Build the dispatcher that polling and tests feed."""
    built = Dispatcher(services=services, disable_fsm=True)
    built.update.outer_middleware(Accepting(services.database.turns.urgently, patient=patient))
    manners = Manners()
    built.update.outer_middleware(Access())
    built.message.outer_middleware(MigrationNotices())
    built.message.outer_middleware(manners)
    built.edited_message.outer_middleware(manners)
    flood = Flood(services.rules)
    bounded = (built.message, built.edited_message, built.callback_query, built.my_chat_member)
    for observer in bounded:
        observer.outer_middleware(flood)
    built.errors.register(broken)
    built.include_router(router())
    return built
