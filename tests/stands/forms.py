"""Posted forms, read without a temporary file that a broken-off request would leave open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import BodyPartReader

if TYPE_CHECKING:
    from aiohttp import web


@dataclass(frozen=True)
class File:
    name: str
    data: bytes


@dataclass
class Form:
    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)


async def read_form(request: web.Request) -> Form:
    """Read a form of either kind.

    `Request.post()` puts each file of a multipart form into a `SpooledTemporaryFile`, and leaves it
    open where the client dies in mid-upload.
    """
    if not request.content_type.startswith("multipart/"):
        return Form({name: str(value) for name, value in (await request.post()).items()})
    form = Form()
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        assert part.name is not None
        data = bytes(await part.read(decode=True))
        if part.filename is None:
            form.fields[part.name] = data.decode()
        else:
            form.files[part.name] = File(part.filename, data)
    return form
