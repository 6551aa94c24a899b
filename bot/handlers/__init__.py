"""The handlers: each writes what must not be lost in one transaction, then returns."""

from __future__ import annotations

from aiogram import Router

from bot.handlers import (
    account,
    albums,
    brand,
    cards,
    check,
    claims,
    commands,
    edit_mask,
    facts,
    group,
    jobs,
    operator,
    other,
    own,
    packs,
    pictures,
    scenes,
    settings,
    taps,
    words,
)


def router() -> Router:
    """Build the router; what no handler takes gets a helpful sentence."""
    root = Router(name="chat")
    # The order counts: the last resort is the last child.
    root.include_routers(
        group.router(),
        commands.router(),
        check.router(),
        settings.router(),
        account.router(),
        operator.router(),
        jobs.router(),
        own.router(),
        brand.router(),
        claims.router(),
        facts.router(),
        scenes.router(),
        words.router(),
        pictures.router(),
        taps.router(),
        packs.router(),
        cards.router(),
        edit_mask.router(),
        albums.router(),
        other.router(),
    )
    return root
