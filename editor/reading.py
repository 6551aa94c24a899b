"""What the page sends, checked before anything is done with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pipeline.errors import EditorRequestError

if TYPE_CHECKING:
    from aiohttp import web

    M = TypeVar("M", bound="Sent")

MAX_BODY: Final = 256 * 1024
"""Bytes; a painted mask is the largest thing that a page sends."""
BODY_SECONDS: Final = 30.0
MAX_CLICKS: Final = 40
MAX_PARTS: Final = 50
PAINTED: Final = "painted"
NOW: Final = "now"

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
"""Of the photo's width or height."""
Base = Annotated[str, StringConstraints(pattern=r"^(now|painted|[1-9][0-9]?)$")]
"""What clicks go on from: the photo's mask, what was painted, a candidate by its number."""
Name = Annotated[str, StringConstraints(max_length=64)]


class Sent(BaseModel):
    """JSON of the page's. Fields that a newer page sends are passed over."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")


class Click(Sent):
    """A tap at (``x``, ``y``) on what is to be put in, ``label`` 1, or taken out, 0."""

    x: Share
    y: Share
    label: Literal[0, 1]


class Outline(Sent):
    """How the outline came about: a base, parts toggled in it, a box, all clicks so far.

    Without a base, and with nothing else, it is the photo's own mask.
    """

    base: Base | None = None
    candidate: Base | None = Field(default=None, exclude=True)
    parts: tuple[Annotated[int, Field(ge=1, le=99)], ...] = Field(default=(), max_length=MAX_PARTS)
    box: tuple[Share, Share, Share, Share] | None = None
    clicks: tuple[Click, ...] = Field(default=(), max_length=MAX_CLICKS)

    @property
    def starts_at(self) -> str | None:
        """What the clicks go on from; None where they begin with nothing."""
        asked = self.base or self.candidate
        return NOW if asked is None and self.box is None and not self.clicks else asked


class Touch(Outline):
    """A touch; ``sequence`` is given back with the answer."""

    sequence: int = 0


class Arrangement(Sent):
    """Where the product is put, from where its frame has it.

    ``dx`` and ``dy`` are shares of the finished picture's width and height, ``scale`` times its
    size there, ``turn`` degrees clockwise about its middle; ``mirror`` swaps left and right.
    """

    dx: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] = 0.0
    dy: Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)] = 0.0
    scale: Annotated[float, Field(ge=0.2, le=4, allow_inf_nan=False)] = 1.0
    turn: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] = 0.0
    mirror: bool = False

    @property
    def kept(self) -> dict[str, Any]:
        """Return what the photo's row holds, as fine as a finger is."""
        return {
            name: round(value, 4) if isinstance(value, float) else value
            for name, value in self.model_dump().items()
        }


class State(Outline):
    """All that the page shows: the outline, where the product is, and how it looks.

    What is absent of the look is as the photo has it.
    """

    painted: bool = False
    placement: Arrangement | None = None
    backdrop: Name | None = None
    format: Name | None = None
    shadow: Name | None = None
    margin: Name | None = None


class Preview(State):
    """A state to be drawn, ``width`` pixels wide; the whole picture as it is sent without it."""

    width: Annotated[int, Field(ge=16, le=4096)] | None = None


class Done(State):
    """A state that is to be sent, as a ``copy`` or in the place of what stands in the chat.

    ``name`` is the page's own for it: what is asked for again by the same one, as when the answer
    got lost, is not sent again.
    """

    copied: bool = Field(default=False, alias="copy")
    name: Annotated[str, StringConstraints(min_length=8, max_length=64)] | None = None


async def body(request: web.Request) -> bytes:
    """Read a request's body. Raises EditorRequestError where it does not come in time."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except TimeoutError as error:
        raise EditorRequestError("the body did not come in time") from error


async def read(request: web.Request, kind: type[M]) -> M:
    """Read a request's JSON. Raises EditorRequestError."""
    try:
        return kind.model_validate_json(await body(request))
    except ValidationError as error:
        raise EditorRequestError(f"{error.error_count()} fields are wrong") from error
