"""Whether this machine has what the settings ask for: a folder, room on its disk, memory."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from storage.files import RESERVE
from vitrina.commands.doctor.finding import Finding, bad, ok, warn
from vitrina.settings import Model

if TYPE_CHECKING:
    from vitrina.settings import Settings

LITTLE_FREE = 1_000_000_000
"""Bytes on the disk from which on somebody should look."""
CGROUP = Path("/sys/fs/cgroup/memory.max")
MEMINFO = Path("/proc/meminfo")
NEEDED: Final = {
    Model.MOBILE_SAM: 1.6e9,
    Model.VIT_B: 3e9,
    Model.VIT_L: 5e9,
    Model.VIT_H: 6e9,
}
"""Bytes that a process with the model takes at most, whatever a seller sends; ViT-B and L by
their size between the two that were measured."""
ANOTHER: Final = {
    Model.MOBILE_SAM: 0.4e9,
    Model.VIT_B: 1.5e9,
    Model.VIT_L: 3e9,
    Model.VIT_H: 4.5e9,
}
"""Bytes that each process of the model takes beyond the first."""


async def folder(settings: Settings) -> Finding:
    """Write a file where the bot's data goes."""
    return await asyncio.to_thread(_folder, settings.data_dir)


def _folder(place: Path) -> Finding:
    there = _nearest(place)
    try:
        with tempfile.TemporaryFile(dir=there) as file:
            file.write(b"vitrina doctor")
    except OSError as error:
        user = f"user {os.getuid()}"
        return bad(f"{place} cannot be written to: {error.strerror}; give it to {user} (chown)")
    return ok(f"{place}, writable" if there == place.absolute() else f"{place}, made at the start")


async def disk(settings: Settings) -> Finding:
    """Tell how much room is left for photos."""
    free = shutil.disk_usage(_nearest(settings.data_dir)).free
    told = f"{free / 1e9:.1f} GB free for {settings.data_dir}"
    if settings.files_url is None and free < RESERVE:
        return bad(f"{told}: the bot takes no photos below {RESERVE / 1e9:.1f} GB")
    if free < LITTLE_FREE:
        return warn(f"{told}: make room, or lower RETENTION_DAYS and DISK_QUOTA_GB")
    return ok(told)


async def memory(settings: Settings) -> Finding:
    """Hold the machine's memory, or the container's, against what the model takes."""
    return judge_memory(settings, limit=_limit(), available=_meminfo("MemAvailable"))


def judge_memory(settings: Settings, *, limit: float, available: float) -> Finding:
    """Judge ``limit`` bytes in all, of which ``available`` are free now."""
    more = max(0, settings.model_processes - 1)
    needed = NEEDED[settings.model] + more * ANOTHER[settings.model]
    told = f"{limit / 1e9:.1f} GB, {settings.model} needs up to {needed / 1e9:.1f} GB"
    advice = "give it more, or choose a smaller MODEL or fewer MODEL_PROCESSES"
    if limit < needed:
        return bad(f"{told}: {advice}")
    if available < needed:
        return warn(f"{told}, and only {available / 1e9:.1f} GB are free now: {advice}")
    return ok(told)


def _limit() -> float:
    """Return the bytes that this process may have: the machine's, or a container's share."""
    total = _meminfo("MemTotal")
    with suppress(OSError, ValueError):  # "max" where there is no limit
        return min(total, float(CGROUP.read_text()))
    return total


def _meminfo(name: str) -> float:
    try:
        for line in MEMINFO.read_text().splitlines():
            key, _, rest = line.partition(":")
            if key == name:
                return float(rest.split()[0]) * 1024
    except OSError:  # no Linux
        return float("inf")
    return float("inf")


def _nearest(place: Path) -> Path:
    """Return the folder, or the nearest above it that is there."""
    place = place.absolute()
    while not place.exists():
        place = place.parent
    return place
