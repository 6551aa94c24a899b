"""How much memory the process takes, and what the C library may keep of what was freed."""

from __future__ import annotations

import asyncio
import ctypes
import platform
import resource
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""What glibc's ``malloc.h`` calls M_TRIM_THRESHOLD and so on."""
LIMITS: Final = {ARENA_MAX: 2, MMAP_THRESHOLD: 8 << 20, TRIM_THRESHOLD: 64 << 20}
"""Arenas; bytes from which an array is mapped by itself; free bytes an arena may end with.

Arrays of a megabyte mapped by themselves would leave 0.1 GB less, but the clearing of fresh pages
would cost a seventh of a photo's time.
"""
TRIM_SECONDS = 10.0
"""Several photos' time: less often than that pages are given back only to be cleared once more."""


def give_back() -> None:
    """Have freed arrays of photos return to the system, in the whole process from now on.

    Left alone, glibc gives every thread an arena of its own, and after the first large photo keeps
    arrays of up to 32 MB in them: memory grows for as long as photos meet new threads in new
    orders. Does nothing where the C library is another.
    """
    library = _glibc()
    if library is not None:
        for parameter, value in LIMITS.items():
            library.mallopt(parameter, value)


@asynccontextmanager
async def trimming(seconds: float = TRIM_SECONDS) -> AsyncIterator[None]:
    """Return the free pages inside the heap to the system, every ``seconds`` of the block.

    Cut-outs and embeddings that are kept lie among the arrays of photos that are gone. What is in
    use stays the same, and the holes grow in number for hundreds of photos: by itself glibc returns
    only what is free at the heap's end. Does nothing where the C library is another.
    """
    task = asyncio.create_task(_trim_again(seconds), name="trim")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _trim_again(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        await asyncio.to_thread(trim)


def trim() -> None:
    """Return all free pages to the system now: some 10 ms of a core for 0.2 GB."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """Return the C library, None where it is another."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def resident() -> float:
    """Return the process's resident memory in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file on a disk
        return float(file.read().split()[1]) * resource.getpagesize()
