"""A network of queues on machines whose cores are shared: a photo's sample path through it.

A stage has places on each machine of its kind, and serves first come, first served wherever one is
free. While the stages that run on a machine want more cores than it has, all of them are slowed
alike: processor sharing, Kleinrock, Queueing Systems vol. 2 (1976), chapter 4.4.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Stage:
    """What a photo goes through on a machine of the kind ``where``, at one of ``places``.

    It takes ``seconds`` where nothing else runs, give or take a share of ``spread``, and keeps
    ``cores`` busy meanwhile; with none it only waits for somebody else. A photo that has come to
    the stages that are ``beside`` is back already.
    """

    name: str
    where: str
    places: int
    seconds: float
    cores: float = 1.0
    spread: float = 0.3
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Machines:
    """How many of a kind there are, with how many cores each."""

    count: int
    cores: float


def waits(
    arrivals: Sequence[float],
    stages: Sequence[Stage],
    machines: Mapping[str, Machines],
    chance: random.Random,
) -> list[float]:
    """Return for each arrival (ascending seconds) how long it takes to be back."""
    return _Network(stages, machines, chance).run(arrivals)


def poisson(rate: float, count: int, chance: random.Random) -> list[float]:
    """Draw ``count`` arrivals of ``rate`` a second."""
    moments, now = [], 0.0
    for _ in range(count):
        now += chance.expovariate(rate)
        moments.append(now)
    return moments


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that ``share`` of all are not above."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


@dataclass(eq=False, slots=True)
class _Machine:
    """What runs on one machine: the seconds that each photo's stage still needs at full speed."""

    cores: float
    now: float = 0.0
    busy: float = 0.0
    left: dict[tuple[int, int], float] = field(default_factory=dict)
    changes: int = 0

    @property
    def speed(self) -> float:
        return min(1.0, self.cores / self.busy) if self.busy > 0 else 1.0

    def change(self, now: float, task: tuple[int, int], cores: float, seconds: float = 0.0) -> None:
        """Bring the books up to ``now``; begin a task, or end it where there is no more to do."""
        done = (now - self.now) * self.speed
        self.left = {key: left - done for key, left in self.left.items()}
        self.now = now
        self.changes += 1
        if seconds:
            self.left[task] = seconds
            self.busy += cores
        else:
            del self.left[task]
            self.busy = self.busy - cores if self.left else 0.0

    def next(self) -> tuple[float, tuple[int, int]]:
        """Return when the next task ends if nothing changes, and which."""
        task = min(self.left, key=self.left.__getitem__)
        return self.now + max(0.0, self.left[task]) / self.speed, task


class _Network:
    def __init__(
        self, stages: Sequence[Stage], machines: Mapping[str, Machines], chance: random.Random
    ) -> None:
        self._stages, self._chance = stages, chance
        made = {
            kind: [_Machine(given.cores) for _ in range(given.count)]
            for kind, given in machines.items()
        }
        self._free = [made[stage.where] * stage.places for stage in stages]
        self._queues: list[deque[int]] = [deque() for _ in stages]
        self._events: list[tuple[float, int, _Machine, tuple[int, int], int]] = []
        self._number = 0

    def run(self, arrivals: Sequence[float]) -> list[float]:
        back = list(arrivals)
        coming = deque(enumerate(arrivals))
        while coming or self._events:
            if coming and (not self._events or coming[0][1] <= self._events[0][0]):
                photo, now = coming.popleft()
                self._arrive(now, photo, 0, back)
                continue
            now, _, machine, task, changes = heapq.heappop(self._events)
            photo, place = task
            stage = self._stages[place]
            if stage.cores:
                if changes != machine.changes:
                    continue
                machine.change(now, task, stage.cores)
                self._expect(machine)
            self._free[place].append(machine)
            self._serve(now, place)
            self._arrive(now, photo, place + 1, back)
        return [done - came for done, came in zip(back, arrivals, strict=True)]

    def _arrive(self, now: float, photo: int, place: int, back: list[float]) -> None:
        if place == len(self._stages):
            if not self._stages[-1].beside:
                back[photo] = now
            return
        stage = self._stages[place]
        if stage.beside and not self._stages[place - 1].beside:
            back[photo] = now
        self._queues[place].append(photo)
        self._serve(now, place)

    def _serve(self, now: float, place: int) -> None:
        """Begin with who waits at a stage while there is a free place."""
        stage, free, queue = self._stages[place], self._free[place], self._queues[place]
        while queue and free:
            task = queue.popleft(), place
            drawn = self._chance.randrange(len(free))
            free[drawn], free[-1] = free[-1], free[drawn]
            machine = free.pop()
            seconds = stage.seconds * self._chance.uniform(1 - stage.spread, 1 + stage.spread)
            if stage.cores:
                machine.change(now, task, stage.cores, seconds)
                self._expect(machine)
            else:
                self._push(now + seconds, machine, task)

    def _expect(self, machine: _Machine) -> None:
        if machine.left:
            self._push(*_at(machine))

    def _push(self, moment: float, machine: _Machine, task: tuple[int, int]) -> None:
        self._number += 1
        heapq.heappush(self._events, (moment, self._number, machine, task, machine.changes))


def _at(machine: _Machine) -> tuple[float, _Machine, tuple[int, int]]:
    moment, task = machine.next()
    return moment, machine, task
