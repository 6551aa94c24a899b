"""A chain of describers: where one cannot, the next one is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from pipeline.errors import CaptionError, CaptionRefusedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.captions.spending import Spending
    from pipeline.captions.values import Caption, Describer, Request, Watch

log = structlog.get_logger(__name__)


class Chain:
    """Asks describers in their order until one writes; each bounds its own wait."""

    def __init__(self, describers: Sequence[Describer]) -> None:
        self._describers = tuple(describers)

    async def describe(self, request: Request, watch: Watch | None = None) -> Caption:
        """Return the first caption to be had, with what the failed attempts cost as well.

        Raises the last error; a refusal only where every one refuses, since whoever is down today
        may write tomorrow.
        """
        spent: tuple[Spending, ...] = ()
        told = False
        last = CaptionError("there is no caption provider")
        for describer in self._describers:
            try:
                caption = await describer.describe(request, watch)
            except CaptionError as error:
                spent += error.spent
                if not isinstance(error, CaptionRefusedError) or not told:
                    last, told = error, True
                log.info("a caption provider passes", reason=repr(error))
            else:
                return replace(caption, spent=(*spent, *caption.spent))
        last.spent = spent
        raise last

    async def aclose(self) -> None:
        """Let go of all connections."""
        for describer in self._describers:
            await describer.aclose()
