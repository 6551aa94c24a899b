"""The handlers: each writes what must not be lost in one transaction, then returns."""

from __future__ import annotations

from aiogram import F, Router

from bot.handlers import commands, pictures, taps


def router() -> Router:
    """Build the private chat's router; what no handler takes gets a helpful sentence."""
    private = Router(name="private")
    private.message.filter(F.chat.type == "private")
    private.include_routers(commands.router(), pictures.router(), taps.router())
    private.message.register(commands.unsupported)
    return private
