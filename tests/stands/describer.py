"""A describer without a model: a different caption each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions import Caption, Listing, Request, Seen

if TYPE_CHECKING:
    from collections.abc import Callable


class Scribe:
    """A describer that writes a different caption each time, or raises ``error``."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.error: Exception | None = None

    async def describe(
        self, request: Request, watch: Callable[[Listing], None] | None = None
    ) -> Caption:
        del watch
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        seen = Seen(product="", colour="", material="", details=(), text="")
        listing = Listing(
            seen=seen,
            unknown=(),
            contradictions=(),
            title=f"Caption {len(self.requests)}",
            description="A thing that is red.",
            bullets=(),
            call_to_action="",
            keywords=(),
        )
        return Caption(listing, model="scribe")

    async def aclose(self) -> None:
        """Nothing is held."""
