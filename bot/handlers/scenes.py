"""Scenes by words: asked for, drawn once the price is agreed to, and taken by a tap."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from aiogram import F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.enums import ChatAction
from aiogram.types import Message

from bot import jobs
from bot.handlers.answer import ask_for, own_buttons, say, toast
from bot.handlers.sender import seller_of
from bot.handlers.taps import tapped
from bot.handlers.where import Where
from bot.intents import Change, Understood
from bot.keyboards.callbacks import AskScene, PaintScene, Preference, TakeScene
from bot.telegram.delivery import thread_of
from bot.words.answers import keep, target_of
from bot.words.replies import Spot
from bot.words.scene_offer import may_paint, offer_words
from bot.words.wishes import Target, change
from pipeline.pictures import WORDS_AT_MOST, Viewpoint, prompt_of, scene_key
from storage import awaited, backdrops, edits, photos, scenes, updates
from storage.awaited import AwaitedKind
from storage.backdrops import MAX_OWN_BACKDROPS, MAX_OWN_BYTES, own_ref
from storage.chats import NO_MESSAGE

if TYPE_CHECKING:
    from aiogram.types import CallbackQuery, Update
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services
    from storage.scenes import Scene
    from storage.sellers import Seller

GOING_SECONDS: Final = 600.0
"""After this long nothing comes of a scene any more: it may be asked for again."""


def router() -> Router:
    """Build the router; it goes before that of words, which takes all of them."""
    router = Router(name="scenes")
    router.callback_query.register(ask, AskScene.filter())
    router.callback_query.register(paint, PaintScene.filter())
    router.callback_query.register(take, TakeScene.filter())
    router.message.register(take_words, Where(F.text & ~F.text.startswith("/")))
    return router


async def ask(query: CallbackQuery, callback_data: AskScene, services: Services) -> None:
    """Ask for the words of a scene."""
    async with services.database.write() as connection:
        seller, photo = await tapped(connection, query, callback_data.photo)
        key = _hindrance(services, seller)
        if photo is None:
            key = "photo-forgotten"
        elif key is None:
            await awaited.expect_scene(connection, seller.id, photo.id)
    if photo is None or key is not None:
        toast(query, services, seller, key or "photo-forgotten")
        return
    ask_for(query, services, seller, photo.chat_id, "scene-ask")


async def take_words(message: Message, event_update: Update, services: Services) -> None:
    """Take the words for the scene that was asked for; leave all others alone."""
    if message.from_user is None:
        raise SkipHandler
    async with services.database.write() as connection:
        seller = await seller_of(connection, message.from_user)
        asked = await awaited.expected(connection, seller.id, AwaitedKind.SCENE)
        if asked is None or not await updates.first_time(connection, event_update.update_id):
            raise SkipHandler
        await awaited.forget(connection, seller.id)
        photo = await photos.get(connection, asked.target)
        words = " ".join((message.text or "").split())[:WORDS_AT_MOST]
        text, keyboard = services.texts(seller.language, "photo-forgotten"), None
        if photo is not None and photo.seller_id == seller.id and not photo.state.is_over:
            spot = Spot(message.chat.id, message.message_id, thread_of(message))
            number = await keep(connection, seller, spot, Target((photo,)), words=words)
            text = offer_words(services, seller, words, [photo])
            if text:
                keyboard = services.panels.scene.offer(seller.language, number)
            else:
                text = services.texts(seller.language, _hindrance(services, seller) or "scene-off")
    say(message, services, text, keyboard, reply=True)


async def paint(query: CallbackQuery, callback_data: PaintScene, services: Services) -> None:
    """Have a scene drawn, once however often it is tapped; shown again where it was drawn."""
    view = Viewpoint.ABOVE if callback_data.above else Viewpoint.FRONT
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        kept = await edits.of_seller(connection, callback_data.edit, seller.id)
        painter, key = services.painter, _hindrance(services, seller)
        if kept is None or not kept.words:
            key = "photo-forgotten"
        elif painter is not None and key is None:
            before = await scenes.of_edit(connection, kept.id, seller.id, view)
            is_over = before is None or before.created_at < time.time() - GOING_SECONDS
            if before is not None and before.state.has_variants:
                key = "toast-moment"
                await services.jobs.submit(connection, jobs.show_scene(seller.id, before.id))
            elif not is_over:
                key = "toast-painting-already"
            else:
                key = "toast-painting"
                at = query.message
                number = await scenes.add(
                    connection,
                    kept,
                    view=view,
                    key=scene_key(prompt_of(kept.words, view), painter.model, painter.size),
                    message_id=NO_MESSAGE if at is None else at.message_id,
                    thread_id=thread_of(at) if isinstance(at, Message) else None,
                )
                await services.jobs.submit(connection, jobs.paint(seller.id, number))
    toast(query, services, seller, key or "scene-off")
    if key == "toast-painting" and kept is not None:
        action = services.bot.send_chat_action(kept.chat_id, ChatAction.UPLOAD_PHOTO)
        services.tasks.spawn(action, "action")


async def take(query: CallbackQuery, callback_data: TakeScene, services: Services) -> None:
    """Keep a variant as an own background, and put the product of these words on it."""
    async with services.database.write() as connection:
        seller = await seller_of(connection, query.from_user)
        scene = await scenes.get(connection, callback_data.scene)
        number = callback_data.number
        if scene is None or scene.seller_id != seller.id or number > len(scene.files):
            toast(query, services, seller, "photo-forgotten")
            return
        ref, key, limit = await _kept(connection, scene, number, query)
        if ref is not None:
            edit = await edits.of_seller(connection, scene.edit_id, seller.id)
            target = Target() if edit is None else await target_of(connection, edit)
            if target.photos:
                key = "toast-placing"
                wish = Understood((Change(Preference.BACKDROP, ref),))
                await change(services, connection, seller, target, wish)
            scene = await scenes.get(connection, scene.id) or scene
    toast(query, services, seller, key, **limit)
    marked = services.panels.scene.variants(
        seller.language, scene.id, len(scene.files), scene.taken
    )
    own_buttons(query, services, marked)


async def _kept(
    connection: AsyncConnection, scene: Scene, number: int, query: CallbackQuery
) -> tuple[str | None, str, dict[str, int]]:
    """Return the reference of the own background that a variant is, or becomes, and what to say."""
    known = scene.taken.get(str(number))
    if known is not None and await backdrops.get(connection, known) is not None:
        return own_ref(known), "own-kept-scene", {}
    if await backdrops.count(connection, scene.seller_id) >= MAX_OWN_BACKDROPS:
        return None, "owns-full", {"most": MAX_OWN_BACKDROPS}
    size = scene.sizes[number - 1]
    if await backdrops.bytes_of(connection, scene.seller_id) + size > MAX_OWN_BYTES:
        return None, "owns-too-large", {"limit": MAX_OWN_BYTES // 1024**2}
    at = NO_MESSAGE if query.message is None else query.message.message_id
    kept = await backdrops.add_painted(connection, scene, number, message_id=at)
    await scenes.update(connection, scene.id, taken={**scene.taken, str(number): kept})
    return own_ref(kept), "own-kept-scene", {}


def _hindrance(services: Services, seller: Seller) -> str | None:
    """Name the sentence that says why nothing can be drawn for a seller; None where it can."""
    if may_paint(services, seller):
        return None
    return "scene-off" if services.painter is None else "scene-kept-in"
