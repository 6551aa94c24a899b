"""What was learnt of servers and their models, kept for the next caption and the next start."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from pydantic import TypeAdapter, ValidationError

from pipeline.captions.servers.capabilities import Capabilities  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

KEPT_AT_MOST: Final = 64
"""Servers with a model each; the one asked longest ago is forgotten first."""
KEPT_SECONDS: Final = 30 * 86_400.0
"""A server may be updated: after this long it is asked for all anew."""
GUESSED_SECONDS: Final = 86_400.0
"""... and after this long where it named no reason, and may just have had a bad moment."""
_READ_AT_MOST: Final = 200_000


@dataclass(frozen=True, slots=True)
class _Entry:
    until: float
    capabilities: Capabilities


_FILE: Final = TypeAdapter(dict[str, _Entry])


class Learnt:
    """Capabilities by server and model, in ``path`` if one is given and its folder is there.

    A file that cannot be read or written costs no more than to learn once again.
    """

    def __init__(self, path: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict(self._read())

    def get(self, server: str, model: str) -> Capabilities | None:
        """Return what is known; None where nothing is, or it is too long ago."""
        entry = self._entries.get(_key(server, model))
        if entry is None or not 0 < entry.until - self._clock() <= KEPT_SECONDS:
            return None
        self._entries.move_to_end(_key(server, model))
        return entry.capabilities

    async def keep(
        self, server: str, model: str, takes: Capabilities, seconds: float = KEPT_SECONDS
    ) -> None:
        """Keep what was learnt, for so long."""
        self._entries[_key(server, model)] = _Entry(self._clock() + seconds, takes)
        self._entries.move_to_end(_key(server, model))
        while len(self._entries) > KEPT_AT_MOST:
            self._entries.popitem(last=False)
        if self._path is not None:
            await asyncio.to_thread(self._write, self._path, _FILE.dump_json(dict(self._entries)))

    def _read(self) -> dict[str, _Entry]:
        if self._path is None or not self._path.is_file():
            return {}
        try:
            with self._path.open("rb") as file:
                return _FILE.validate_json(file.read(_READ_AT_MOST))
        except (OSError, ValidationError) as error:
            log.warning("what was learnt of caption servers cannot be read", reason=repr(error))
            return {}

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.is_dir():
            return
        try:
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except OSError as error:
            log.warning("what was learnt of caption servers is not kept", reason=repr(error))


def _key(server: str, model: str) -> str:
    return f"{model} at {server}"
