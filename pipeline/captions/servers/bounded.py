"""What a caption server may send: so many bytes for one question, and no more.

The clients of the providers read a body whole and a stream for ever. Here their HTTP clients,
httpx's or httpx2's, get hooks that count what comes, in answers, streams, error pages and
redirects, with all tries of one question together.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx
import httpx2

from pipeline.errors import CaptionServiceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

READ_AT_MOST: Final = 1_000_000
"""Bytes of all bodies that answer one question. A caption takes some ten thousand."""
SECONDS_AT_MOST: Final = 60.0
"""Seconds for one question with all its tries, where the caller sets no deadline."""


@dataclass(slots=True)
class Allowance:
    """What one question may still read."""

    left: int = READ_AT_MOST
    until: float = 0.0
    most: int = READ_AT_MOST
    seconds: float = SECONDS_AT_MOST

    def take(self, size: int) -> None:
        """Note that ``size`` bytes came. Raises CaptionServiceError where it is too much."""
        self.left -= size
        if self.left < 0:
            raise CaptionServiceError(f"The service sent more than {self.most} bytes")
        if time.monotonic() > self.until:
            raise CaptionServiceError(f"The service took over {self.seconds:g} s")


_PIECE: Final = 4096
"""Bytes that are read before others have a turn: they may hold thousands of lines."""
_ZLIB: Final = frozenset({"gzip", "x-gzip", "deflate"})
_ANY_HEADER: Final = 47
"""zlib's number for either header, its own or gzip's."""
_CHUNK_COSTS: Final = 64
"""Bytes that a chunk counts for at least: a million chunks of one byte are work for a minute."""

_allowance: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def question(most: int = READ_AT_MOST, seconds: float = SECONDS_AT_MOST) -> Iterator[Allowance]:
    """Begin a question: what is read inside counts together, up to ``most`` bytes.

    A client that wraps the error which stopped it raises that error anew at the end.
    """
    allowance = Allowance(most, time.monotonic() + seconds, most, seconds)
    token = _allowance.set(allowance)
    try:
        yield allowance
    except CaptionServiceError:
        raise
    except Exception:
        if allowance.left < 0:
            allowance.take(0)
        raise
    finally:
        _allowance.reset(token)


def bound(client: Any) -> None:
    """Add the hooks to an ``AsyncClient`` of httpx or httpx2."""
    client.event_hooks["request"].append(_ask_plainly)
    client.event_hooks["response"].append(_count)


async def _ask_plainly(request: Any) -> None:
    """Ask for a body that is not compressed; gateways may do it all the same."""
    request.headers["accept-encoding"] = "identity"
    if (allowance := _allowance.get()) is not None:
        allowance.take(0)


async def _count(response: Any) -> None:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    is_packed = encoding in _ZLIB
    if is_packed:
        del response.headers["content-encoding"]  # unpacked here, where it is bounded
    elif encoding != "identity":
        raise CaptionServiceError(f"The caption service packs its answer unasked, by {encoding}")
    allowance = _allowance.get() or _of_nobody()
    response.stream = _Counted(response.stream, allowance, is_packed=is_packed)


def _of_nobody() -> Allowance:
    return Allowance(until=time.monotonic() + SECONDS_AT_MOST)


class _Counted(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    """The stream of a body, for either library; each looks whether it is of its own class."""

    def __init__(self, stream: Any, allowance: Allowance, *, is_packed: bool) -> None:
        self._stream = stream
        self._allowance = allowance
        self._unpacker = zlib.decompressobj(_ANY_HEADER) if is_packed else None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._allowance.take(max(len(chunk), _CHUNK_COSTS))
            for piece in self._pieces(chunk):
                yield piece
                await asyncio.sleep(0)

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        if self._unpacker is None:
            for start in range(0, len(chunk), _PIECE):
                yield chunk[start : start + _PIECE]
            return
        while chunk:  # a kilobyte may unpack to a gigabyte: no more than a piece at a time
            try:
                piece = self._unpacker.decompress(chunk, _PIECE)
            except zlib.error:
                raise CaptionServiceError("The caption service's answer is damaged") from None
            chunk = self._unpacker.unconsumed_tail
            self._allowance.take(len(piece))
            yield piece

    async def aclose(self) -> None:
        await self._stream.aclose()
