"""The handlers: each writes what must not be lost in one transaction, then returns."""

from __future__ import annotations

from aiogram import F, Router

from bot.handlers import commands, pictures, taps


def router() -> Router:
    """Build the private chat's router; what no handler takes gets a helpful sentence."""
    private = Router(name="private")
    private.message.filter(F.chat.type == "private")
    # A router asks its own handlers before its children: the last resort is the last child.
    last_resort = Router(name="last-resort")
    last_resort.message.register(commands.unsupported)
    private.include_routers(commands.router(), pictures.router(), taps.router(), last_resort)
    return private
