"""The way of an update: what stands around the handlers, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Dispatcher

from bot.handlers import router

if TYPE_CHECKING:
    from bot.services import Services


def dispatcher(services: Services) -> Dispatcher:
    """Build the dispatcher that polling and tests feed."""
    built = Dispatcher(services=services)
    built.include_router(router())
    return built
