"""The dispatcher: the middlewares around the handlers, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Dispatcher

from bot.handlers import router
from bot.handlers.errors import handle_error
from bot.middlewares.access import AccessMiddleware
from bot.middlewares.acknowledge import AcknowledgeMiddleware
from bot.middlewares.groups import MentionFilter
from bot.middlewares.rate_limit import RateLimitMiddleware
from bot.telegram.migration import MigrationNotices

if TYPE_CHECKING:
    from bot.services import Services


def dispatcher(services: Services, *, retry: bool = True) -> Dispatcher:
    """Build the dispatcher that polling and tests feed."""
    built = Dispatcher(services=services, disable_fsm=True)
    built.update.outer_middleware(
        AcknowledgeMiddleware(services.database.gate.prioritized, retry=retry)
    )
    mentions = MentionFilter()
    built.update.outer_middleware(AccessMiddleware())
    built.message.outer_middleware(MigrationNotices())
    built.message.outer_middleware(mentions)
    built.edited_message.outer_middleware(mentions)
    rate_limit = RateLimitMiddleware(services.rules)
    bounded = (built.message, built.edited_message, built.callback_query, built.my_chat_member)
    for observer in bounded:
        observer.outer_middleware(rate_limit)
    built.errors.register(handle_error)
    built.include_router(router())
    return built
