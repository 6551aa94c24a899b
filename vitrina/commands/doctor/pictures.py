"""Whether the picture provider takes its key and knows its model."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from pipeline.errors import SceneError
from pipeline.pictures.painter import COUNT
from vitrina.commands.doctor.finding import Finding, bad, ok, warn
from vitrina.painters import painter

if TYPE_CHECKING:
    from vitrina.settings import Settings

ANSWER_SECONDS = 8.0


async def pictures(settings: Settings) -> Finding:
    """Ask for the model's own page: that costs nothing."""
    asked = painter(settings)
    if asked is None:
        return ok("off: no picture provider is set up (docs/backgrounds.md)")
    where = f"{asked.model} at {asked.server}"
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await asked.look_up()
    except TimeoutError:
        return bad(f"{asked.server} does not answer within {ANSWER_SECONDS:.0f} seconds")
    except LookupError:
        return warn(f"{asked.server} does not list {asked.model}: is PICTURE_MODEL right?")
    except SceneError as error:
        return bad(f"{where}: {error}")
    finally:
        await asked.aclose()
    return ok(f"{where}, {asked.size}, ${COUNT * asked.price:.2f} for {COUNT} variants")
