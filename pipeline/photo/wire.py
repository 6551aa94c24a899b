"""Messages between the pool and its decoders: JSON with at most one open file.

A picture goes as a file in memory, not through the socket: both ends map the same pages.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import struct
import tempfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from pipeline.values import Pixels

LENGTH: Final = struct.Struct("<I")


def send(connection: socket.socket, message: dict[str, Any], file: int | None = None) -> None:
    """Send a message, and a file by its descriptor, which stays open here. Raises OSError."""
    body = json.dumps(message).encode()
    body = LENGTH.pack(len(body)) + body
    sent = socket.send_fds(connection, [body], [] if file is None else [file])
    connection.sendall(body[sent:])


def receive(connection: socket.socket) -> tuple[dict[str, Any], int | None]:
    """Wait for a message; the caller closes its file. Raises EOFError at the end, OSError."""
    head, files, _, _ = socket.recv_fds(connection, LENGTH.size, 1)
    try:
        while len(head) < LENGTH.size:
            head += _more(connection, LENGTH.size - len(head))
        (length,) = LENGTH.unpack(head)
        body = b""
        while len(body) < length:
            body += _more(connection, length - len(body))
        return json.loads(body), files[0] if files else None
    except BaseException:
        for file in files:
            os.close(file)
        raise


def _more(connection: socket.socket, most: int) -> bytes:
    data = connection.recv(most)
    if not data:
        raise EOFError("the other end has closed")
    return data


def new_file() -> int:
    """Return the descriptor of a file that has no name: it is gone with whoever holds it."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create("photo", os.MFD_CLOEXEC)
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def planes(file: int, shape: tuple[int, int]) -> tuple[Pixels, Pixels]:
    """Map (height, width, 3) and, behind it, (height, width) uint8. Raises ValueError, OSError.

    The first is RGB.
    """
    height, width = shape
    size = height * width
    both = np.frombuffer(mmap.mmap(file, 4 * size), np.uint8)
    return both[: 3 * size].reshape(height, width, 3), both[3 * size :].reshape(height, width)
