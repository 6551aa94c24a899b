"""The events of a stream, read from its bytes; what is no event is passed over."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

_DATA: Final = b"data:"
_DONE: Final = b"[DONE]"
_TURN: Final = 200
"""Lines that are read before others have a turn."""


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    """Give the JSON objects of server-sent events, or of lines that are objects themselves.

    Comments, names of events and what is no JSON are left out. An event may have several lines of
    data, may end with the stream, and ``[DONE]`` ends all.
    """
    reader = Reader()
    count = 0
    async for chunk in chunks:
        for line in reader.lines(chunk):
            if (count := count + 1) % _TURN == 0:
                await asyncio.sleep(0)
            if (event := reader.take(line)) is not None:
                yield event
            if reader.is_done:
                return
    for line in (*reader.lines(b"\n"), b""):
        if (event := reader.take(line)) is not None:
            yield event


def events_of(body: bytes) -> Iterator[dict[str, Any]]:
    """Give the events of a whole body."""
    reader = Reader()
    for line in (*reader.lines(body + b"\n"), b""):
        if (event := reader.take(line)) is not None:
            yield event


class Reader:
    """Cuts bytes into lines and puts events together."""

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        self._data: list[bytes] = []
        self.is_done = False

    def lines(self, chunk: bytes) -> Iterator[bytes]:
        """Give the lines that are whole; the rest waits for the next chunk."""
        *whole, rest = chunk.split(b"\n")
        for line in whole:
            yield (b"".join((*self._rest, line)) if self._rest else line).rstrip(b"\r")
            self._rest.clear()
        if rest:
            self._rest.append(rest)

    def take(self, line: bytes) -> dict[str, Any] | None:
        """Take a line; give the event that it ends."""
        line = line.removeprefix(b"\xef\xbb\xbf")
        if line.startswith(_DATA):
            data = line[len(_DATA) :].strip()
            if data == _DONE:
                self.is_done = True
                return None
            # Most servers end each event's one line of data with the object's own end.
            if not self._data and (event := _parsed(data)) is not None:
                return event
            if data:
                self._data.append(data)
            return None
        if line.startswith(b"{"):
            return _parsed(line)
        if not line and self._data:
            joined = b"\n".join(self._data)
            self._data.clear()
            return _parsed(joined)
        return None


def _parsed(data: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(data.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
