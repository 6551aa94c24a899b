"""Decode the variants of a drawn scene, keep them, and put the product on each to choose from."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from bot import jobs, payloads
from bot.steps.delete_unreferenced import delete_unreferenced
from bot.steps.paint import fail
from pipeline.errors import PhotoError, SceneServiceError
from pipeline.pictures import Viewpoint
from storage import edits, photos, scenes
from storage.photos import PhotoState
from storage.scenes import SceneState, variants

if TYPE_CHECKING:
    from bot.services import WorkerContext
    from pipeline.backdrops import Backdrop
    from pipeline.values import CutOut
    from storage.jobs import Job
    from storage.scenes import Scene

log = structlog.get_logger(__name__)


async def draw_scene(context: WorkerContext, job: Job) -> None:
    """Keep what can be decoded; what cannot is left out."""
    asked = payloads.DrawScene.of(job)
    async with context.database.read() as connection:
        scene = await scenes.get(connection, asked.scene)
    if scene is None or scene.state is not SceneState.DRAWING:
        return
    drawn = [one for file in asked.files if (one := await _opened(context, scene, file))]
    if not drawn:
        async with context.database.write() as connection:
            await fail(context, connection, scene, SceneServiceError("no picture can be opened"))
        return
    cut = await _product(context, scene)
    encoded = [await asyncio.to_thread(context.studio.scene_file, one) for one in drawn]
    sheet = await asyncio.to_thread(context.previews.draw_on, cut, drawn)
    files = [await context.files.put(data) for data in encoded]
    columns = {
        **variants(files, [len(data) for data in encoded]),
        "sheet_file": await context.files.put(sheet),
        "state": SceneState.PAINTED.value,
    }
    async with context.database.write() as connection:
        if await scenes.get(connection, scene.id) is not None:
            await scenes.update(connection, scene.id, **columns)
            await context.jobs.submit(connection, jobs.show_scene(scene.seller_id, scene.id))
    await delete_unreferenced(context, *asked.files, *files, columns["sheet_file"], done=job)


async def _opened(context: WorkerContext, scene: Scene, file: str) -> Backdrop | None:
    """Decode a variant, in a process that may be killed; None where it is no picture."""
    data = await context.files.get(file)
    open_ = context.studio.painted_backdrop
    try:
        return await asyncio.to_thread(lambda: open_(data, above=scene.view == Viewpoint.ABOVE))
    except PhotoError as error:
        log.warning("a drawn picture cannot be opened", scene=scene.id, reason=repr(error))
        return None


async def _product(context: WorkerContext, scene: Scene) -> CutOut | None:
    """Return the cut-out of the first photo that the words were about, if it can be had."""
    async with context.database.read() as connection:
        edit = await edits.of_seller(connection, scene.edit_id, scene.seller_id)
        found = [await photos.get(connection, number) for number in edit.photos] if edit else []
    ready = [
        photo
        for photo in found
        if photo is not None
        and photo.seller_id == scene.seller_id
        and photo.state is PhotoState.READY
    ]
    return await context.cut_outs.get(ready[0]) if ready else None
