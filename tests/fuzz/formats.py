"""Mutants of every format through the real decoders: what comes of them is counted."""

from __future__ import annotations

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import PhotoError
from pipeline.photo.pool import WALL_SECONDS, WORKERS, Decoders
from tests.fuzz.mutate import mutant

if TYPE_CHECKING:
    from collections.abc import Iterable

SLACK = 20.0
"""Seconds on top of a file's own limit: a process is started anew on a busy machine."""


@dataclass
class Found:
    """How the files ended: counts by outcome, and the seeds of what must not happen."""

    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: int = 0
    outside: list[str] = field(default_factory=list)
    longest: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether every file ended as a photo or as an error of the tree, in time."""
        return not self.outside and self.longest < WALL_SECONDS + SLACK


def run(seeds: Iterable[int]) -> Found:
    """Decode a mutant of each seed; a decoder that dies of one is counted, not an error."""
    found = Found()
    with Decoders() as decoders, ThreadPoolExecutor(WORKERS) as threads:
        for outcome, seconds in threads.map(lambda seed: _one(decoders, seed), seeds):
            name, _, words = outcome.partition(": ")
            found.outcomes[name] += 1
            found.crashes += "the process that decodes ended" in words
            found.longest = max(found.longest, seconds)
            if name.startswith("outside"):
                found.outside.append(outcome)
    return found


def _one(decoders: Decoders, seed: int) -> tuple[str, float]:
    form, data = mutant(random.Random(seed))
    began = time.monotonic()
    try:
        photo = decoders.decode(data)
    except PhotoError as error:
        outcome = f"{type(error).__name__}: {error}"
    except Exception as error:  # noqa: BLE001 - the very thing that is looked for
        outcome = f"outside, seed {seed}, {form}: {error!r}"
    else:
        height, width = photo.pixels.shape[:2]
        outcome = "photo" if photo.size == (width, height) else f"outside, seed {seed}: {width}"
    return outcome, time.monotonic() - began
