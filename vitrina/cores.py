"""How many cores this process may use; libraries that start threads are given that number."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import cv2

QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""Where a container's share of the machine stands: microseconds of work in so many."""


def cores(quota: Path = QUOTA) -> int:
    """Count the cores: those the scheduler allows, or fewer where a container is held to less."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with suppress(OSError, ValueError):
        work, period = quota.read_text().split()
        return max(1, min(allowed or 1, round(int(work) / int(period))))
    return allowed or 1


def share(threads: int, hosts: int) -> int:
    """Return the threads of one of so many models, and hold OpenCV to the same number.

    ``threads`` 0 shares out the cores. ONNX Runtime and torch are given the number where they are
    loaded; OpenCV has one pool per process.
    """
    each = threads or max(1, cores() // max(1, hosts))
    cv2.setNumThreads(each)
    return each
