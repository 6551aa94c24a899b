"""What is done with a seller's words once they are read, and what is answered to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bot import jobs
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
from bot.intents.asked import ASKED_AT_MOST
from bot.words.replies import Answer, Spot, Under
from bot.words.scene_offer import may_paint, offer_words
from bot.words.understood import sentence
from bot.words.wishes import Target, bring_back, change
from pipeline.captions.fact_changes import listed
from storage import albums, awaited, backdrops, edits, photos

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.edits import Edit
    from storage.sellers import Seller

_UNDOABLE: Final = (Change, ForAll, AddFacts, RemoveFact)
_SAID_AGAIN_AT_MOST: Final = 200
"""Characters of a seller's words that are said again."""


async def do_or_ask(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    spot: Spot,
    target: Target,
    read: Understood,
) -> list[Answer]:
    """Do what was read, and ask what is unclear; there is always an answer."""
    language = seller.language
    if Undo() in read.intents:
        last = await edits.last(connection, seller.id, spot.chat)
        back = last is not None and await bring_back(services, connection, last)
        return [Answer(services.texts(language, "undone" if back else "undo-nothing"))]
    answers = []
    if read.intents:
        answers.append(await act(services, connection, seller, spot, target, read))
    if read.unclear:
        number = await keep(connection, seller, spot, target, words=read.unclear)
        text = services.texts(language, "words-unclear", said=read.unclear[:_SAID_AGAIN_AT_MOST])
        answers.append(Answer(text, number, Under.PLACE))
    if not answers:
        key = "words-question" if read.is_question else "words-talk"
        answers.append(Answer(services.texts(language, key)))
    return answers


async def act(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    spot: Spot,
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
    if WrongCutOut() in read.intents:
        alone = len(target.photos) == 1
        parts.append(services.texts(language, "did-wrong" if alone else "did-wrong-which"))
    under = None
    unknown = next((one for one in read.intents if isinstance(one, UnknownBackdrop)), None)
    undoable = any(isinstance(one, _UNDOABLE) for one in read.intents)
    if undoable:
        under = Under.UNDO
    if unknown is not None:
        parts.append(services.texts(language, "words-no-backdrop", said=unknown.said))
        if target.photos:
            parts.append(offer_words(services, seller, unknown.said, target.photos))
        under = Under.BACKDROPS
    number = 0
    if under is not None:
        kept = before if undoable else None
        said = "" if unknown is None else unknown.said
        number = await keep(connection, seller, spot, target, words=said, before=kept)
    return Answer("\n".join(filter(None, parts)), number, under)


async def put_to_model(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    spot: Spot,
    target: Target,
    words: str,
) -> None:
    """Have a model asked what words mean; a job says and does it."""
    number = await keep(connection, seller, spot, target, words=words)
    await services.jobs.submit(connection, jobs.read_words(seller.id, number, spot))


async def hear_under(
    services: Services,
    connection: AsyncConnection,
    seller: Seller,
    target: Target,
    words: str,
) -> None:
    """Do what words under a photo or an album ask for; a job says what was understood.

    Nothing is said of what the photo's own message tells: its background, and facts.
    """
    first = target.photos[0]
    spot = Spot(first.chat_id, first.message_id, first.thread_id)
    read = services.grammar.read(words, await backdrops.of_seller(connection, seller.id))
    intents = tuple(one for one in read.intents if not isinstance(one, Undo | WrongCutOut))
    read = replace(read, intents=intents)
    if read.unclear and may_read(services, seller):
        await put_to_model(services, connection, seller, spot, target, read.unclear)
        read = replace(read, unclear="")
    if _goes_without_saying(read):
        await change(services, connection, seller, target, read)
        read = replace(read, intents=())
    if not read.intents and not read.unclear:
        return
    for answer in await do_or_ask(services, connection, seller, spot, target, read):
        await services.jobs.submit(connection, jobs.answer(seller.id, spot, answer))


def _goes_without_saying(read: Understood) -> bool:
    """Tell whether there are nothing but facts, or nothing but a background."""
    if all(isinstance(one, AddFacts) for one in read.intents):
        return True
    return len(read.intents) == 1 and read.backdrop is not None


def may_read(services: Services, seller: Seller) -> bool:
    """Tell whether a model may be asked what a seller's words mean."""
    return bool(services.questions) and seller.outside


def is_in_doubt(services: Services, seller: Seller, read: Understood, words: str) -> bool:
    """Tell whether a model is to be asked: where the grammar found nothing, or no more than facts.

    Price, size and the like it knows; other words it takes for facts because it knows no better.
    """
    return may_read(services, seller) and is_unplaced(read, words)


def is_unplaced(read: Understood, words: str) -> bool:
    """Tell whether the grammar found nothing in words that it knows."""
    if len(words) > ASKED_AT_MOST or read.is_talk:
        return False
    unplaced = all(isinstance(one, AddFacts | UnknownBackdrop) for one in read.intents)
    return unplaced and not listed(read.facts) and any(map(str.isalnum, words))


async def keep(
    connection: AsyncConnection,
    seller: Seller,
    spot: Spot,
    target: Target,
    *,
    words: str = "",
    before: dict[str, object] | None = None,
) -> int:
    """Keep words, or what was before them, for a tap."""
    return await edits.add(
        connection,
        seller_id=seller.id,
        chat_id=spot.chat,
        photos=[photo.id for photo in target.photos],
        album=None if target.album is None else target.album.id,
        words=words,
        before=before,
    )


async def target_of(connection: AsyncConnection, kept: Edit) -> Target:
    """Find what kept words are about, as far as it can still be used."""
    found = [await photos.get(connection, number) for number in kept.photos]
    usable = (one for one in found if one is not None and one.seller_id == kept.seller_id)
    album = None if kept.album is None else await albums.get(connection, kept.album)
    return Target(tuple(one for one in usable if not one.state.is_over), album)


async def buttons_under(
    services: Services, connection: AsyncConnection, seller: Seller, answer: Answer
) -> InlineKeyboardMarkup | None:
    """Build the buttons under an answer."""
    match answer.under:
        case Under.UNDO:
            return services.keyboards.undo(seller.language, answer.edit)
        case Under.PLACE:
            return services.keyboards.place(seller.language, answer.edit)
        case Under.BACKDROPS:
            kept = await edits.of_seller(connection, answer.edit, seller.id)
            owns = await backdrops.of_seller(connection, seller.id)
            target = Target() if kept is None else await target_of(connection, kept)
            places = offer(services, seller.language, target, owns)
            if kept is None or not target.photos or not kept.words:
                return places
            return with_scene(services, seller, kept.id, places)
        case None:
            return None


def with_scene(
    services: Services, seller: Seller, edit_id: int, places: InlineKeyboardMarkup | None
) -> InlineKeyboardMarkup | None:
    """Offer to draw what kept words say, below backgrounds, where that can be done."""
    if not may_paint(services, seller):
        return places
    return services.panels.scene.offer(seller.language, edit_id, places)


def offer(
    services: Services, language: str, target: Target, owns: Sequence[OwnBackdrop]
) -> InlineKeyboardMarkup | None:
    """Offer backgrounds for what words are about."""
    if target.album is not None:
        return services.panels.album.places(language, target.album, owns, delivered=None)
    if len(target.photos) == 1:
        return services.panels.photo.offer(language, target.photos[0], owns)
    return None
