"""A caption server that answers without an end, in one of many ways; it speaks bare TCP."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

PIECE = b"x" * 65_536
OK = b"HTTP/1.1 200 OK\r\n"
JSON = b"Content-Type: application/json\r\n"
EVENTS = b"Content-Type: text/event-stream\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
EVENT = b"data: " + json.dumps(
    {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
     "choices": [{"index": 0, "delta": {"role": "assistant", "content": "."}}]}
).encode() + b"\n\n"  # fmt: skip
BOMB = gzip.compress(b" " * 200_000_000)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _forever(head: bytes, piece: bytes) -> Iterator[bytes]:
    yield head
    while True:
        yield piece


WAYS = {
    "body": (OK + JSON + CHUNKED, _chunk(PIECE)),
    "body by length": (OK + JSON + b"Content-Length: 99999999999\r\n\r\n", PIECE),
    "crumbs": (OK + JSON + CHUNKED, _chunk(b" ") * 10_000),
    "events": (OK + EVENTS + CHUNKED, _chunk(EVENT * 300)),
    "empty events": (OK + EVENTS + CHUNKED, _chunk(b"data: {}\n\n" * 6000)),
    "comments": (OK + EVENTS + CHUNKED, _chunk(b":\n" * 30_000)),
    "one line": (OK + EVENTS + CHUNKED, _chunk(b"data: " + PIECE)),
    "headers": (OK, b"X-Header: " + b"x" * 100 + b"\r\n"),
    "one header": (OK + b"X-Header: ", PIECE),
    "error": (b"HTTP/1.1 500 Oh\r\n" + JSON + CHUNKED, _chunk(PIECE)),
    "refusal": (b"HTTP/1.1 400 No\r\n" + JSON + CHUNKED, _chunk(PIECE)),
    "no access": (b"HTTP/1.1 401 No\r\n" + JSON + CHUNKED, _chunk(PIECE)),
    "gzip": (OK + JSON + b"Content-Encoding: gzip\r\n" + CHUNKED, _chunk(BOMB)),
    "gzip events": (OK + EVENTS + b"Content-Encoding: gzip\r\n" + CHUNKED, _chunk(BOMB)),
    "redirect": (b"HTTP/1.1 307 Go\r\nLocation: /v1/chat/completions\r\n" + CHUNKED, _chunk(PIECE)),
}
"""How an answer begins, and what then comes for ever."""


class Hostile:
    """The server: ``sent`` counts bytes that the other side took, or its kernel for it.

    A path that has `safe` in it is answered well, so that a client gets as far as it can.
    """

    def __init__(self, way: str) -> None:
        self._way = way
        self.sent = 0
        self.calls = 0
        self.url = ""
        self.auth_url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                             if line.startswith(b"content-length:")), 0)  # fmt: skip
                await reader.readexactly(size)
                path = head.split(b" ")[1]
                if path.endswith(b"/completions"):
                    self.calls += 1
                    for piece in _forever(*WAYS[self._way]):
                        writer.write(piece)
                        await writer.drain()
                        self.sent += len(piece)
                body = json.dumps(
                    {"access_token": "token", "expires_at": int((time.time() + 1800) * 1000)}
                    if path.endswith(b"/oauth")
                    else {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1,
                          "filename": "x.jpg", "purpose": "general", "access_policy": "private",
                          "deleted": True}
                ).encode()  # fmt: skip
                writer.write(OK + JSON + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the other side has had enough, or the test is over
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Hostile]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url, self.auth_url = f"http://127.0.0.1:{port}/v1", f"http://127.0.0.1:{port}/oauth"
        try:
            yield self
        finally:
            server.close()
