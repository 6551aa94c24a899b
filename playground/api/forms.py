"""What a call brings: fields and files, from JSON, a query or a form of either kind."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from aiohttp import BodyPartReader, web

from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.errors import Json

MAX_FILE: Final = 50 * 1024 * 1024
"""Bytes of a file that a bot may send."""
MAX_BODY: Final = 10 * MAX_FILE + 1024 * 1024
"""Bytes of a call: an album of the largest files."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a call."""

    name: str
    data: bytes
    field: str


@dataclass
class Form:
    """The parameters of a call."""

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a text, empty where it is not there."""
        return self.fields.get(name, "")

    def integer(self, name: str, default: int | None = None) -> int:
        """Return an integer. Raises RefusedError where it is missing or none."""
        value = self.fields.get(name, "")
        if not value and default is not None:
            return default
        try:
            return int(value)
        except ValueError as error:
            said = f"{name} is empty" if not value else f'parameter "{name}" must be an integer'
            raise RefusedError(said) from error

    def flag(self, name: str) -> bool:
        """Return whether something is wanted."""
        return self.fields.get(name, "").lower() in {"true", "1", "yes"}

    def json(self, name: str) -> Any:
        """Return what a JSON field holds; None where it is not there."""
        if not (value := self.fields.get(name)):
            return None
        try:
            return json.loads(value)
        except ValueError as error:
            raise RefusedError(f"can't parse {name.replace('_', ' ')} JSON object") from error


async def read(request: web.Request) -> Form:
    """Read a call's parameters. Raises RefusedError for files that are too large."""
    form, files = await read_parts(request)
    form.files |= {file.field: file for file in files}
    return form


async def read_parts(request: web.Request) -> tuple[Form, list[Upload]]:
    """Read parameters, and files in their order: several may have one field's name."""
    form = Form(dict(request.query))
    files: list[Upload] = []
    if request.content_type == "application/json":
        body = await request.read()
        try:
            form.fields |= plain(json.loads(body or b"{}"))
        except (ValueError, AttributeError) as error:
            raise RefusedError("can't parse JSON object") from error
    elif request.content_type.startswith("multipart/"):
        # Request.post() leaves temporary files open where the client dies.
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            data = await _bounded(part)
            if part.filename is None:
                form.fields[part.name] = data.decode()
            else:
                files.append(Upload(part.filename, data, part.name))
    elif request.can_read_body:
        form.fields |= {name: str(value) for name, value in (await request.post()).items()}
    return form, files


def plain(fields: Json) -> dict[str, str]:
    """Return the fields of a JSON object as a form would hold them."""
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in fields.items()
        if value is not None
    }


async def _bounded(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(256 * 1024):
        data += chunk
        if len(data) > MAX_FILE:
            raise RefusedError("Request Entity Too Large", 413)
    return bytes(data)
