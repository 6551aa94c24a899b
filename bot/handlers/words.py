"""Words: what they ask of a photo, a background's title that was asked for, /caption."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aiogram import F, Router
from aiogram.enums import ChatAction
from aiogram.filters import Command, CommandObject

from bot import jobs
from bot.handlers.answer import edit, say, toast
from bot.handlers.sender import seller_of
from bot.handlers.where import Where
from bot.intents import (
    AddFacts,
    ForAll,
    Understood,
)
from bot.keyboards.callbacks import Place, PlaceWords, UndoEdit
from bot.telegram.delivery import thread_of
from bot.words.answers import (
    act,
    buttons_under,
    do_or_ask,
    is_in_doubt,
    is_unplaced,
    may_read,
    offer,
    put_to_model,
    target_of,
    with_scene,
)
from bot.words.replies import Answer, Spot
from bot.words.scene_offer import offer_words
from bot.words.wishes import Target, bring_back, of_album_too
from storage import albums, awaited, backdrops, edits, photos, updates
from storage.awaited import AwaitedKind
from storage.render_key import View

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

BOUND_SECONDS: Final = 10 * 60.0
"""For so long after a photo, words that answer nothing else are about it."""
NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            "1 первый первая первое first one один",
            "2 второй вторая второе second two два",
            "3 третий третья третье third three три",
            "4 четвертый четвёртый четвертая четвёртая четвертое fourth four четыре",
            "5 пятый пятая пятое fifth five пять",
        ),
        1,
    )
    for word in words.split()
}
"""How sellers write which one it is."""


def router() -> Router:
    """Build the router of words that are no command, and of what is tapped under their answers."""
    words = Router(name="words")
    words.message.register(caption, Command("caption"))
    words.message.register(said, Where(F.text & ~F.text.startswith("/")))
    words.callback_query.register(undo, UndoEdit.filter())
    words.callback_query.register(place, PlaceWords.filter())
    return words


async def caption(
    message: Message, event_update: Update, command: CommandObject, services: Services
) -> None:
    """Write a new caption for the product replied to, or for the last one, by what is said."""
    answer: tuple[str, InlineKeyboardMarkup | None] | None = None
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        photo = await _replied_to(message, connection, seller)
        photo = photo or await photos.latest(connection, seller.id, message.chat.id)
        if photo is not None:
            owns = await backdrops.of_seller(connection, seller.id)
            read = services.grammar.read(command.args or "", owns)
            if read.unclear:  # said about the caption, whatever it is
                words = "\n".join(filter(None, (read.facts, read.unclear)))
                others = (one for one in read.intents if not isinstance(one, AddFacts))
                read = Understood((*others, AddFacts(words)))
            if read.intents:
                target = Target((photo,), captioned=True)
                done = await act(services, connection, seller, spot_of(message), target, read)
                answer = done.text, await buttons_under(services, connection, seller, done)
            await services.jobs.submit(
                connection, jobs.describe(seller.id, photo.id, announce=True)
            )
    if photo is None:
        say(message, services, services.texts(seller.language, "caption-nothing"))
        return
    if answer is not None:
        say(message, services, *answer, reply=True)
    action = services.bot.send_chat_action(message.chat.id, ChatAction.TYPING)
    services.tasks.spawn(action, "action")


async def said(message: Message, event_update: Update, services: Services) -> None:
    """Do what the words ask, and say what was understood; each message gets an answer."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        if not await updates.first_time(connection, event_update.update_id):
            return
        answers = [
            (one.text, await buttons_under(services, connection, seller, one))
            for one in await _heard(message, services, connection, seller)
        ]
    for text, keyboard in answers:
        say(message, services, text, keyboard, reply=True)


async def _heard(
    message: Message, services: Services, connection: AsyncConnection, seller: Seller
) -> list[Answer]:
    text, language = message.text or "", seller.language
    if message.reply_to_message is None and await _rename(connection, seller, text):
        return [Answer(services.texts(language, "own-renamed"))]
    target, over = await _target(message, connection, seller)
    owns = await backdrops.of_seller(connection, seller.id)
    read = services.grammar.read(text, owns)
    if over:
        return [Answer(services.texts(language, "photo-forgotten"))]
    if not target.photos and not any(isinstance(one, ForAll) for one in read.intents):
        key = await _without_photo(message, connection, seller, read)
        return [Answer(services.texts(language, key))]
    return await _answers(message, services, connection, seller, target, read)


async def _answers(
    message: Message,
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    read: Understood,
) -> list[Answer]:
    """Do what was read; what was not is put to a model where there is one, else to the seller."""
    spot, words = spot_of(message), message.text or ""
    if (
        answered := await _chosen(services, connection, seller, spot, target, read, words)
    ) is not None:
        return answered
    if target.photos and is_in_doubt(services, seller, read, words):
        await put_to_model(services, connection, seller, spot, target, words)
        typing = services.bot.send_chat_action(message.chat.id, ChatAction.TYPING)
        services.tasks.spawn(typing, "action")
        return []
    if target.photos and read.unclear and may_read(services, seller):
        await put_to_model(services, connection, seller, spot, target, read.unclear)
        read = replace(read, unclear="")
    return await do_or_ask(services, connection, seller, spot, target, read)


async def _chosen(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    spot: Spot,
    target: Target,
    read: Understood,
    words: str,
) -> list[Answer] | None:
    """Take words for the answer to which alternative is the product; None where they are none.

    A number is one; other words are where a model can look what they mean.
    """
    if len(target.photos) != 1:
        return None
    photo = target.photos[0]
    if photo.view is not View.CHOICES or photo.candidates_file is None:
        return None
    number = NUMBERS.get(words.strip(" .,!№#").lower())
    if number is not None and number <= len(photo.numbers or ()):
        await services.jobs.submit(connection, jobs.edit_mask(seller.id, photo.id, pick=number))
        return [Answer(services.texts(seller.language, "choice-understood"))]
    if not (services.chooser and seller.outside) or not is_unplaced(read, words):
        return None
    asked = jobs.mark_candidates(seller.id, photo.id, words=words, reply=spot.message)
    await services.jobs.submit(connection, asked)
    return []


async def _rename(connection: AsyncConnection, seller: Seller, text: str) -> bool:
    """Take the words for a background's title where one is awaited."""
    naming = await awaited.expected(connection, seller.id, AwaitedKind.TITLE)
    if naming is None:
        return False
    await awaited.forget(connection, seller.id)
    own = await backdrops.get(connection, naming.target)
    if own is None or own.seller_id != seller.id:
        return False
    await backdrops.rename(connection, own.id, text)
    return True


async def _without_photo(
    message: Message, connection: AsyncConnection, seller: Seller, read: Understood
) -> str:
    """Choose what to say to words that are about no photo."""
    if read.is_question:
        return "words-question"
    if read.is_talk and not read.intents:
        return "words-talk"
    known = await photos.latest(connection, seller.id, message.chat.id)
    return "other-text" if known is None else "words-which"


async def _target(
    message: Message, connection: AsyncConnection, seller: Seller
) -> tuple[Target, bool]:
    """Find the photos that a message is about, and tell whether it answers one that is over."""
    chat = message.chat.id
    if message.reply_to_message is not None:
        photo = await _replied_to(message, connection, seller)
        if photo is not None:
            return (Target(), True) if photo.state.is_over else (Target((photo,)), False)
        answered = message.reply_to_message.message_id
        album = await albums.by_panel(connection, seller.id, chat, answered)
        if album is not None:
            members = await photos.of_album(connection, album.id)
            usable = tuple(one for one in members if not one.state.is_over)
            return Target(usable, album), not usable
    since = time.time() - BOUND_SECONDS
    photo = await photos.latest(connection, seller.id, chat, since=since)
    if photo is None:
        return Target(), False
    album = None if photo.album_id is None else await albums.get(connection, photo.album_id)
    if album is None:
        return Target((photo,)), False
    members = await photos.of_album(connection, album.id)
    return Target(of_album_too(photo, members), album), False


async def _replied_to(
    message: Message, connection: AsyncConnection, seller: Seller
) -> PhotoRecord | None:
    """Return the photo that a message answers, by any message that is about it.

    A file or a caption that was sent beside it is in no row: the photo is the newest before it.
    """
    replied = message.reply_to_message
    if replied is None:
        return None
    chat, number = message.chat.id, replied.message_id
    photo = await photos.by_message(connection, seller.id, chat, number)
    if photo is not None or await albums.by_panel(connection, seller.id, chat, number):
        return photo
    ours = replied.from_user is not None and replied.from_user.is_bot
    if not ours:
        return None
    photo = await photos.latest(connection, seller.id, chat, before_message=number)
    return None if photo is None or photo.album_id is not None else photo


async def undo(query: CallbackQuery, callback_data: UndoEdit, services: Services) -> None:
    """Bring back what was before the words."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        kept = await edits.of_seller(connection, callback_data.edit, seller.id)
        back = kept is not None and await bring_back(services, connection, kept)
    key = "undone" if back else "undo-nothing"
    toast(query, services, seller, key)
    if back:
        edit(query, services, services.texts(seller.language, key))


async def place(query: CallbackQuery, callback_data: PlaceWords, services: Services) -> None:
    """Do what the seller says that the words are about."""
    keyboard = None
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        language = seller.language
        kept = await edits.of_seller(connection, callback_data.edit, seller.id)
        target = Target()
        if kept is not None:
            target = await target_of(connection, kept)
        if kept is None or not target.photos:
            text = services.texts(language, "photo-forgotten")
        elif callback_data.what is Place.CAPTION:
            read = Understood((AddFacts(kept.words),))
            spot = Spot(kept.chat_id, 0)
            done = await act(services, connection, seller, spot, target, read)
            text, keyboard = done.text, await buttons_under(services, connection, seller, done)
        elif callback_data.what is Place.BACKDROP:
            owns = await backdrops.of_seller(connection, seller.id)
            drawn = offer_words(services, seller, kept.words, target.photos)
            text = services.texts(language, "words-choose-backdrop") + f"\n{drawn}" * bool(drawn)
            places = offer(services, language, target, owns)
            keyboard = with_scene(services, seller, kept.id, places)
        else:
            text = services.texts(language, "words-left-alone")
    services.tasks.spawn(query.answer(), "tap")
    edit(query, services, text, keyboard)


def spot_of(message: Message) -> Spot:
    """Give the place of a message."""
    return Spot(message.chat.id, message.message_id, thread_of(message))
