"""Have a picture provider draw a scene of a seller's words, counted before it is paid for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from bot import jobs, payloads
from bot.steps.delete_unreferenced import delete_unreferenced
from pipeline.captions import Spending
from pipeline.errors import (
    CaptionBudgetError,
    SceneBudgetError,
    SceneError,
    SceneInterruptedError,
    SceneKeptInError,
    ScenesOffError,
    StorageUnavailableError,
)
from pipeline.pictures import COUNT, Viewpoint, prompt_of
from storage import costs, scenes, sellers, usage
from storage.scenes import SceneState
from storage.usage import DAY, Used

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.services import Services, StepServices, WorkerContext
    from pipeline.pictures import Painted, Painter
    from storage.jobs import Job
    from storage.scenes import Scene

log = structlog.get_logger(__name__)


async def paint(services: StepServices, job: Job) -> None:
    """Draw it, unless the same was drawn for this seller before.

    What may be billed is counted and written down before the provider is asked. Where the process
    dies while it draws, the seller is told and may ask again: nothing is paid twice unasked.
    """
    if services.files.is_full:
        raise StorageUnavailableError("there is no room for pictures that would be paid for")
    painter = services.painter
    async with services.database.write() as connection:
        scene = await scenes.get(connection, payloads.OfScene.of(job).scene)
        if scene is None or scene.state not in {SceneState.ASKED, SceneState.PAINTING}:
            return
        try:
            if painter is None:
                raise ScenesOffError("no picture provider is set up")
            begun = await _begin(services, connection, scene, painter)
        except SceneError as error:
            await fail(services, connection, scene, error)
            return
    if begun:
        await _paint(services, scene, painter)


async def _begin(
    services: StepServices, connection: AsyncConnection, scene: Scene, painter: Painter
) -> bool:
    """Count a scene before it is drawn; False where there is nothing to draw.

    Raises SceneError where it may not be.
    """
    if scene.state is SceneState.PAINTING:
        raise SceneInterruptedError("the process ended while a scene was drawn")
    seller = await sellers.get(connection, scene.seller_id)  # locked: scenes are counted one by one
    if not seller.outside:
        raise SceneKeptInError("the seller lets nothing go out")
    known = await scenes.of_key(connection, seller.id, scene.key)
    if known is not None:
        await scenes.update(connection, scene.id, state=SceneState.DRAWING.value)
        await services.jobs.submit(connection, jobs.draw_scene(seller.id, scene.id, known.files))
        return False
    cost = COUNT * painter.price
    try:
        await services.budget.check(connection, seller.id, cost)
    except CaptionBudgetError as error:
        raise SceneBudgetError(str(error)) from None
    entry, owner = None, await usage.pseudonym(connection, seller.id)
    limit = services.rules.scenes_a_day
    if limit and seller.id not in services.rules.operators:
        (drawn,) = await usage.counts(connection, owner, Used.SCENE, time.time() - DAY)
        if drawn >= limit:
            raise SceneBudgetError(f"{limit} scenes a day are drawn")
        entry = await usage.note(connection, owner, Used.SCENE)
    await scenes.update(
        connection,
        scene.id,
        state=SceneState.PAINTING.value,
        cost_id=await costs.reserve(connection, seller.id, painter.model, cost),
        usage_id=entry,
    )
    return True


async def _paint(services: StepServices, scene: Scene, painter: Painter | None) -> None:
    assert painter is not None  # noqa: S101 - `_begin` has asked
    prompt = prompt_of(scene.words, Viewpoint(scene.view))
    try:
        painted = await painter.paint(prompt, once=f"vitrina-{scene.key[:16]}-{scene.id}")
    except SceneError as error:
        log.warning("no scene", scene=scene.id, billed=error.billed, reason=repr(error))
        async with services.database.write() as connection:
            now = await _settle(services, connection, scene, painter, error.billed)
            if now is not None:
                await fail(services, connection, now, error)
        return
    await _keep(services, scene, painter, painted)


async def _keep(services: StepServices, scene: Scene, painter: Painter, painted: Painted) -> None:
    """Keep what came, together with the job that goes on from there."""
    files = [await services.files.put(picture) for picture in painted.pictures]
    async with services.database.write() as connection:
        now = await _settle(services, connection, scene, painter, painted.billed)
        if now is not None:
            await scenes.update(connection, scene.id, state=SceneState.DRAWING.value)
            drawn = jobs.draw_scene(scene.seller_id, scene.id, files)
            await services.jobs.submit(connection, drawn)
    if now is None:  # the seller was forgotten meanwhile
        await delete_unreferenced(services, *files)


async def _settle(
    services: StepServices,
    connection: AsyncConnection,
    scene: Scene,
    painter: Painter,
    billed: int,
) -> Scene | None:
    """Write down what it came to; return the scene as it is now, None where it is gone."""
    now = await scenes.get(connection, scene.id)
    cost = billed * painter.price
    if billed:
        services.metrics.spent([Spending(painter.model, cost=cost)])
    if now is None:
        return None  # what was reserved stands under the pseudonym
    if now.cost_id is not None:
        await costs.settle(connection, now.cost_id, cost)
    if now.usage_id is not None and not billed:
        await usage.refund(connection, now.usage_id)
    return now


async def fail(
    services: Services | WorkerContext,
    connection: AsyncConnection,
    scene: Scene,
    error: SceneError,
) -> None:
    """End a scene and have its seller told, under the button that asks for it again."""
    await scenes.update(connection, scene.id, state=SceneState.FAILED.value)
    told = jobs.tell_text(
        scene.seller_id,
        scene.chat_id,
        error.text_key,
        reply=scene.message_id,
        thread=scene.thread_id,
    )
    await services.jobs.submit(connection, told)
