"""Freed arrays do not stay in the process."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import asyncio
import numpy as np
from vitrina.memory import give_back, resident, trimming
{limit}
np.ones(30 << 20, np.uint8)
before = resident()
photos, kept = [], []
for _ in range(128 // {size}):
    photos.append(np.ones({size} << 20, np.uint8))
    kept.append(np.ones(100_000, np.uint8))
photos.clear()
{then}
print(resident() - before)
"""
TRIMMED = """
async def run():
    async with trimming(0.01):
        while resident() - before > 20e6:
            await asyncio.sleep(0.01)
asyncio.run(asyncio.wait_for(run(), 20))
"""


def grown(limit: str, *, size: int = 16, then: str = "") -> float:
    """Run a process that frees 128 MB between small arrays, and return what it still holds.

    ``size`` is of each large array, in MB.
    """
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(limit=limit, size=size, then=then)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ran.stdout)


glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library's business")


@glibc
def test_what_a_large_photo_took_is_given_back() -> None:
    assert grown("give_back()") < 16e6


@glibc
def test_holes_in_the_heap_are_given_back_time_and_again() -> None:
    """A cut-out of an ordinary photo is below the size from which an array is mapped by itself."""
    assert grown("give_back()", size=4) > 100e6
    assert grown("give_back()", size=4, then=TRIMMED) < 20e6
