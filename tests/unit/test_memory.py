"""Freed arrays do not stay in the process."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
from vitrina.memory import give_back, resident
{limit}
np.ones(30 << 20, np.uint8)
before = resident()
photos, kept = [], []
for _ in range(8):
    photos.append(np.ones(16 << 20, np.uint8))
    kept.append(np.ones(100_000, np.uint8))
photos.clear()
print(resident() - before)
"""


def grown(limit: str) -> float:
    """Run a process that frees 128 MB between small arrays, and return what it still holds."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(limit=limit)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ran.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library's business")
def test_what_a_large_photo_took_is_given_back() -> None:
    assert grown("give_back()") < 16e6
