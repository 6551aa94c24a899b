"""Words: what they ask of a photo, a background's title that was asked for, /caption."""

from __future__ import annotations

import time
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
    Change,
    ForAll,
    RemoveFact,
    Understood,
    Undo,
    UnknownBackdrop,
    WrongCutOut,
)
from bot.keyboards.callbacks import Place, PlaceWords, UndoEdit
from bot.wish_words import sentence
from bot.wishes import Target, bring_back, change, of_album_too
from storage import albums, awaited, backdrops, edits, photos, updates
from storage.awaited import AwaitedKind

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.photos import PhotoRecord
    from storage.sellers import Seller

BOUND_SECONDS: Final = 10 * 60.0
"""For so long after a photo, words that answer nothing else are about it."""
_UNDOABLE: Final = (Change, ForAll, AddFacts, RemoveFact)
Answer = tuple[str, "InlineKeyboardMarkup | None"]


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
    answer: Answer | None = None
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
                answer = await _do(
                    message, services, connection, seller, Target((photo,), captioned=True), read
                )
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
        answers = await _heard(message, services, connection, seller)
    for text, keyboard in answers:
        say(message, services, text, keyboard, reply=True)


async def _heard(
    message: Message, services: Services, connection: AsyncConnection, seller: Seller
) -> list[Answer]:
    text, language = message.text or "", seller.language
    if message.reply_to_message is None and await _rename(connection, seller, text):
        return [(services.texts(language, "own-renamed"), None)]
    target, over = await _target(message, connection, seller)
    owns = await backdrops.of_seller(connection, seller.id)
    read = services.grammar.read(text, owns)
    if over:
        return [(services.texts(language, "photo-forgotten"), None)]
    if not target.photos and not any(isinstance(one, ForAll) for one in read.intents):
        return [
            (
                services.texts(language, await _without_photo(message, connection, seller, read)),
                None,
            )
        ]
    if Undo() in read.intents:
        last = await edits.last(connection, seller.id, message.chat.id)
        back = last is not None and await bring_back(services, connection, last)
        return [(services.texts(language, "undone" if back else "undo-nothing"), None)]
    answers = []
    if read.intents:
        answers.append(await _do(message, services, connection, seller, target, read))
    if read.unclear:
        answers.append(await _ask(message, services, connection, seller, target, read.unclear))
    if not answers:
        key = "words-question" if read.is_question else "words-talk"
        answers.append((services.texts(language, key), None))
    return answers


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


async def _do(
    message: Message,
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    read: Understood,
) -> Answer:
    """Do what was read; the answer says it, and offers to take it back."""
    language = seller.language
    owns = await backdrops.of_seller(connection, seller.id)
    before = await change(services, connection, seller, target, read)
    if target.photos:
        await awaited.forget(connection, seller.id)
    parts = [sentence(services, seller, read, owns)]
    unknown = next((one for one in read.intents if isinstance(one, UnknownBackdrop)), None)
    if WrongCutOut() in read.intents:
        alone = len(target.photos) == 1
        parts.append(services.texts(language, "did-wrong" if alone else "did-wrong-which"))
    keyboard = None
    undoable = [one for one in read.intents if isinstance(one, _UNDOABLE)]
    if undoable:
        number = await _keep(connection, message, seller, target, before=before)
        keyboard = services.keyboards.undo(language, number)
    if unknown is not None:
        parts.append(services.texts(language, "words-no-backdrop", said=unknown.said))
        keyboard = _offer(services, language, target, owns)
    return "\n".join(filter(None, parts)), keyboard


async def _ask(
    message: Message,
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    words: str,
) -> Answer:
    """Ask what words are about; they are kept until that is said."""
    number = await _keep(connection, message, seller, target, words=words)
    text = services.texts(seller.language, "words-unclear", said=words[:200])
    return text, services.keyboards.place(seller.language, number)


async def _keep(
    connection: AsyncConnection,
    message: Message,
    seller: Seller,
    target: Target,
    *,
    words: str = "",
    before: dict[str, object] | None = None,
) -> int:
    return await edits.add(
        connection,
        seller_id=seller.id,
        chat_id=message.chat.id,
        photos=[photo.id for photo in target.photos],
        album=None if target.album is None else target.album.id,
        words=words,
        before=before,
    )


def _offer(
    services: Services, language: str, target: Target, owns: list[OwnBackdrop]
) -> InlineKeyboardMarkup | None:
    if target.album is not None:
        return services.panels.album.places(language, target.album, owns, delivered=None)
    if len(target.photos) == 1:
        return services.panels.photo.offer(language, target.photos[0], owns)
    return None


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
            found = [await photos.get(connection, number) for number in kept.photos]
            usable = (one for one in found if one is not None and one.seller_id == seller.id)
            album = None if kept.album is None else await albums.get(connection, kept.album)
            target = Target(tuple(one for one in usable if not one.state.is_over), album)
        if kept is None or not target.photos:
            text = services.texts(language, "photo-forgotten")
        elif callback_data.what is Place.CAPTION:
            read = Understood((AddFacts(kept.words),))
            owns = await backdrops.of_seller(connection, seller.id)
            before = await change(services, connection, seller, target, read)
            number = await edits.add(
                connection,
                seller_id=seller.id,
                chat_id=kept.chat_id,
                photos=kept.photos,
                album=kept.album,
                words="",
                before=before,
            )
            text = sentence(services, seller, read, owns)
            keyboard = services.keyboards.undo(language, number)
        elif callback_data.what is Place.BACKDROP:
            text = services.texts(language, "words-choose-backdrop")
            keyboard = _offer(
                services, language, target, await backdrops.of_seller(connection, seller.id)
            )
        else:
            text = services.texts(language, "words-left-alone")
    services.tasks.spawn(query.answer(), "tap")
    edit(query, services, text, keyboard)
