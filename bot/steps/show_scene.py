"""Send the variants of a drawn scene in one message, to choose from by a tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.types import BufferedInputFile

from bot import payloads
from bot.telegram.delivery import FILE_NAME, reply_to
from bot.words.answers import target_of
from bot.words.scene_offer import market_notes
from storage import edits, scenes, sellers
from storage.scenes import SceneState

if TYPE_CHECKING:
    from bot.services import Services
    from storage.jobs import Job


async def show_scene(services: Services, job: Job) -> None:
    """Send it; it can be asked for again as long as the variants are kept."""
    async with services.database.read() as connection:
        scene = await scenes.get(connection, payloads.OfScene.of(job).scene)
        if scene is None or scene.sheet_file is None:
            return
        seller = await sellers.get(connection, scene.seller_id)
        edit = await edits.of_seller(connection, scene.edit_id, seller.id)
        products = () if edit is None else (await target_of(connection, edit)).photos
    picture = await services.files.get(scene.sheet_file)
    words = services.texts(seller.language, "scene-choose", said=scene.words)
    await services.bot.send_photo(
        scene.chat_id,
        BufferedInputFile(picture, FILE_NAME),
        caption="\n".join([words, *market_notes(services, seller, products)]),
        reply_markup=services.panels.scene.variants(
            seller.language, scene.id, len(scene.files), scene.taken
        ),
        message_thread_id=scene.thread_id,
        reply_parameters=reply_to(scene.message_id),
    )
    async with services.database.write() as connection:
        await scenes.update(connection, scene.id, state=SceneState.SHOWN.value)
