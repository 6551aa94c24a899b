"""A process that decodes strangers' files, one at a time: see ``pool``.

It holds no secret, knows no network, and may die of any file. Its memory is bounded once, its
time for each file; it ends when the other end of its socket closes.
"""

from __future__ import annotations

import math
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import PhotoError
from pipeline.photo import wire
from pipeline.photo.formats import Limits, bound_threads
from pipeline.photo.reading import opening, reading

if TYPE_CHECKING:
    from pipeline.values import Pixels


def main() -> None:
    """Serve on the socket of the command line's first number; memory, in bytes, is the second."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # They reach the whole group, or the whole service; the parent ends this process.
        signal.signal(number, signal.SIG_IGN)
    bound_threads()
    _bound_memory(int(sys.argv[2]))
    connection = socket.socket(fileno=int(sys.argv[1]))
    try:
        wire.send(connection, {})
        while True:
            _decode_one(connection)
    except (EOFError, ConnectionError):
        return


def _bound_memory(more: int) -> None:
    """Let the process map at most ``more`` bytes than it has mapped by now."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + more
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _bound_time(seconds: float) -> None:
    """End the process by SIGXCPU when it computes for more than ``seconds`` from now."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def _decode_one(connection: socket.socket) -> None:
    """Read a file's header, say what decoding takes, wait for leave, decode, send the picture."""
    order, file = wire.receive(connection)
    if file is None:
        raise EOFError("an order without a file")
    _bound_time(order["seconds"])
    limits = Limits(**order["limits"])
    target = wire.new_file()
    shape = (0, 0)

    def allocate(wanted: tuple[int, int]) -> tuple[Pixels, Pixels]:
        nonlocal shape
        shape = wanted
        os.ftruncate(target, 4 * wanted[0] * wanted[1])
        return wire.planes(target, wanted)

    try:
        with os.fdopen(file, "rb") as source:
            opened = opening(source.read(), limits)
        wire.send(connection, {"bytes": opened.bytes})
        wire.receive(connection)
        decoded = reading(opened, limits, allocate)
        message = {"shape": shape, "alpha": decoded.alpha is not None, "notes": decoded.notes}
        wire.send(connection, message, target)
    except PhotoError as error:
        name = type(error).__name__
        wire.send(
            connection, {"error": name, "message": str(error)[:1000], "details": error.details}
        )
    finally:
        os.close(target)


if __name__ == "__main__":
    main()
