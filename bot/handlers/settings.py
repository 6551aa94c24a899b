"""/settings and its buttons: one message, edited in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Router
from aiogram.filters import Command

from bot.handlers.answer import edit, say, toast
from bot.handlers.sender import seller_of, sender
from bot.keyboards.callbacks import OpenSettings, Preference, SetPreference
from bot.keyboards.preferences import NO, SWITCHES
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
    settings.callback_query.register(set_preference, SetPreference.filter())
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
            values = services.preferences.values(what, code)
            await sellers.update(connection, seller.id, **values)
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
