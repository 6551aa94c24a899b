"""/settings and its buttons: one message, edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import F, Router
from aiogram.filters import Command

from bot.handlers.answer import edit, is_private, say, toast
from bot.handlers.sender import seller_of, sender
from bot.keyboards.callbacks import (
    OpenMarkets,
    OpenPlaces,
    OpenSettings,
    Preference,
    SetPreference,
    TickMarket,
)
from bot.keyboards.preferences import NO, SWITCHES
from bot.markets.sell_on import MARKETS_AT_MOST, markets_of, sell_on, tick
from pipeline.markets import load_markets
from storage import backdrops, sellers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import CallbackQuery, Message

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.sellers import Seller


def router() -> Router:
    """Build the settings' router."""
    settings = Router(name="settings")
    settings.message.register(show, Command("settings"))
    settings.message.register(background, Command("background"))
    settings.callback_query.register(open_settings, OpenSettings.filter())
    settings.callback_query.register(open_places, OpenPlaces.filter(F.album == 0))
    settings.callback_query.register(set_preference, SetPreference.filter())
    settings.callback_query.register(open_markets, OpenMarkets.filter())
    settings.callback_query.register(tick_market, TickMarket.filter(F.photo == 0))
    return settings


async def show(message: Message, services: Services) -> None:
    """Show what is set, with buttons that change it."""
    seller = await sender(message, services, leave=True)
    async with services.database.read() as connection:
        owns = await backdrops.of_seller(connection, seller.id)
    say(message, services, _text(services, seller, owns), services.settings_menu.keyboard(seller))


async def background(message: Message, services: Services) -> None:
    """Ask for the default backdrop: the settings' message, opened there."""
    seller = await sender(message, services, leave=True)
    async with services.database.read() as connection:
        owns = await backdrops.of_seller(connection, seller.id)
    text = _ask_backdrop(services, seller, owns)
    say(message, services, text, services.keyboards.default_backdrop(seller, owns))


async def open_settings(
    query: CallbackQuery, callback_data: OpenSettings, services: Services
) -> None:
    """Show the settings, or the values of one."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        owns = await backdrops.of_seller(connection, seller.id)
    services.tasks.spawn(query.answer(), "tap")
    _open(query, services, seller, owns, callback_data.what)


async def open_places(query: CallbackQuery, callback_data: OpenPlaces, services: Services) -> None:
    """Show another group's backgrounds where the default one is asked for."""
    group = callback_data.group
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        owns = await backdrops.of_seller(connection, seller.id)
    if not services.names.has_group(group):
        toast(query, services, seller, "toast-unknown")
        return
    services.tasks.spawn(query.answer(), "tap")
    keyboard = services.keyboards.default_backdrop(seller, owns, group)
    edit(query, services, _ask_backdrop(services, seller, owns), keyboard)


async def set_preference(
    query: CallbackQuery, callback_data: SetPreference, services: Services
) -> None:
    """Set a preference and show it in the message that offered it."""
    what, code = callback_data.what, callback_data.value
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        owns = await backdrops.of_seller(connection, seller.id)
        offered = _offered(what, code, services, seller, owns)
        backdrop_first = (
            what is Preference.AUTOMATIC and code != NO and seller.default_backdrop is None
        )
        if offered and not backdrop_first:
            if what is Preference.MARKET:
                await sell_on(services, connection, seller, [code] if code else [])
            else:
                value = services.preferences.value(what, code)
                await sellers.update(connection, seller.id, **{what.value: value})
            seller = await sellers.get(connection, seller.id)
    if not offered:
        toast(query, services, seller, "toast-outdated")
        _open(query, services, seller, owns, None)
    elif backdrop_first:
        toast(query, services, seller, "toast-backdrop-first")
        _open(query, services, seller, owns, Preference.BACKDROP)
    else:
        toast(query, services, seller, "toast-saved")
        _open(query, services, seller, owns, None)


async def open_markets(query: CallbackQuery, services: Services) -> None:
    """Ask where the seller sells, below whatever message bears the button."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
    services.tasks.spawn(query.answer(), "tap")
    if is_private(query):
        what, menu = Preference.MARKET, services.settings_menu
        sending = services.bot.send_message(
            query.from_user.id, menu.ask(seller, what), reply_markup=menu.choices(seller, what)
        )
        services.tasks.spawn(sending, "markets")


async def tick_market(query: CallbackQuery, callback_data: TickMarket, services: Services) -> None:
    """Show the markets to tick in the settings' message, one of them ticked or no more."""
    name = callback_data.market
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        offered = not name or name in load_markets()
        sold = [market.name for market in markets_of(seller)]
        full = name not in sold and len(sold) >= MARKETS_AT_MOST
        if name and offered and not full:
            seller = await tick(services, connection, seller, name)
    if not name:
        services.tasks.spawn(query.answer(), "tap")
    elif not offered:
        toast(query, services, seller, "toast-outdated")
    else:
        toast(query, services, seller, "toast-markets-full" if full else "toast-saved")
    menu = services.settings_menu
    edit(query, services, menu.ask_markets(seller), menu.markets(seller))


def _open(
    query: CallbackQuery,
    services: Services,
    seller: Seller,
    owns: Sequence[OwnBackdrop],
    what: Preference | None,
) -> None:
    menu = services.settings_menu
    if what is None or what in SWITCHES:  # a switch has no menu
        edit(query, services, _text(services, seller, owns), menu.keyboard(seller))
    elif what is Preference.BACKDROP:
        keyboard = services.keyboards.default_backdrop(seller, owns)
        edit(query, services, _ask_backdrop(services, seller, owns), keyboard)
    else:
        edit(query, services, menu.ask(seller, what), menu.choices(seller, what))


def _text(services: Services, seller: Seller, owns: Sequence[OwnBackdrop]) -> str:
    label = services.names.label(seller.language, seller.default_backdrop, owns)
    return services.settings_menu.text(seller, label)


def _ask_backdrop(services: Services, seller: Seller, owns: Sequence[OwnBackdrop]) -> str:
    label = services.names.label(seller.language, seller.default_backdrop, owns)
    return services.texts(seller.language, "background-ask", backdrop=label)


def _offered(
    what: Preference, code: str, services: Services, seller: Seller, owns: Sequence[OwnBackdrop]
) -> bool:
    """Tell whether a button of ours sends this; other clients may send anything."""
    if what is Preference.BACKDROP:
        return code == "" or services.names.offers(code, owns)
    return code in {option.code for option in services.preferences.options(what, seller.language)}
