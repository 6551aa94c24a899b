"""What a process of its own costs a photo that is decoded. ``python -m benchmarks.decoders``.

Decodes a JPEG in a warm process of the pool and in this one, in turns, and reads every pixel: a
picture comes as pages of a file in memory, mapped when they are read. Prints the medians by the
clock and of the cores, and of the difference between the two of each turn. Exits with 1 where a
photo as Telegram sends it takes longer by more than the bound.
"""

from __future__ import annotations

import sys
import time
from io import BytesIO
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from pipeline.photo.decode import decode
from pipeline.photo.pool import Decoders

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.values import Photo

ROOT = Path(__file__).parents[1]
BOUND = 0.015
"""Seconds."""
SIZES = {(960, 1280): 100, (3000, 4000): 20}
"""Width and height, and how many turns; the first is what Telegram sends."""
CLOCK, CORES = 0, 1


def main() -> int:
    """Print the figures."""
    broken = False
    with Decoders(workers=1) as decoders:
        for size, turns in SIZES.items():
            data = jpeg(size)
            more = compared(decoders, data, turns)
            broken |= size == next(iter(SIZES)) and more > BOUND
    return int(broken)


def compared(decoders: Decoders, data: bytes, turns: int) -> float:
    """Print a size's figures; return by how many seconds the pool takes longer by the clock."""
    ways = {"here": decode, "in the pool": decoders.decode}
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for turn in range(-2, turns):
        for name in sorted(ways, reverse=turn % 2 == 0):
            measured = timed(ways[name], data, decoders)
            if turn >= 0:  # the first two warm up
                took[name].append(measured)
    more: list[float] = [
        median(there[what] - here[what] for here, there in zip(*took.values(), strict=True))
        for what in (CLOCK, CORES)
    ]
    for name, runs in took.items():
        clock, cores = (1000 * median(run[what] for run in runs) for what in (CLOCK, CORES))
        print(f"{len(data):,} bytes {name}: {clock:.1f} ms, {cores:.1f} ms of the cores")
    print(f"the pool takes {1000 * more[CLOCK]:+.1f} ms, {1000 * more[CORES]:+.1f} of the cores")
    return more[CLOCK]


def timed(way: Callable[[bytes], Photo], data: bytes, decoders: Decoders) -> tuple[float, float]:
    """Return the seconds by the clock, and those of this process and the pool's on the cores."""
    clock, cores = time.perf_counter(), computed(decoders)
    way(data).pixels.max()
    return time.perf_counter() - clock, computed(decoders) - cores


def computed(decoders: Decoders) -> float:
    """Return the seconds that this process and the pool's have run: ``/proc``'s schedstat."""
    nanoseconds = sum(
        int((task / "schedstat").read_text().split()[0])
        for pid in decoders.pids
        for task in Path(f"/proc/{pid}/task").iterdir()
    )
    return time.process_time() + nanoseconds / 1e9


def jpeg(size: tuple[int, int]) -> bytes:
    """Make a JPEG of a sample in another size."""
    image = Image.open(ROOT / "samples" / "brown-boots.jpg").convert("RGB")
    buffer = BytesIO()
    ImageOps.fit(image, size).save(buffer, "JPEG", quality=87)
    return buffer.getvalue()


if __name__ == "__main__":
    sys.exit(main())
