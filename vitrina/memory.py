"""How much memory the process takes, and what the C library may keep of what was freed."""

from __future__ import annotations

import ctypes
import platform
import resource
from typing import Final

TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
"""What glibc's ``malloc.h`` calls M_TRIM_THRESHOLD and so on."""
LIMITS: Final = {ARENA_MAX: 2, MMAP_THRESHOLD: 8 << 20, TRIM_THRESHOLD: 64 << 20}
"""Arenas; bytes from which an array is mapped by itself; free bytes an arena may end with.

Arrays of a megabyte mapped by themselves would leave 0.1 GB less, but the clearing of fresh pages
would cost a seventh of a photo's time.
"""


def give_back() -> None:
    """Have freed arrays of photos return to the system, in the whole process from now on.

    Left alone, glibc gives every thread an arena of its own, and after the first large photo keeps
    arrays of up to 32 MB in them: memory grows for as long as photos meet new threads in new
    orders. Does nothing where the C library is another.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        for parameter, value in LIMITS.items():
            library.mallopt(parameter, value)


def resident() -> float:
    """Return the process's resident memory in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - no file on a disk
        return float(file.read().split()[1]) * resource.getpagesize()
