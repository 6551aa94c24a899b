"""The executor: who waits for the model, and in what order."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from pipeline.closing import Closing
from pipeline.errors import ModelError, OverloadedError
from pipeline.model.jobs import Job, settle

if TYPE_CHECKING:
    from collections.abc import Callable

    from pipeline.model.hosts import Host, Work

M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R")

NEWEST_WEIGHT = 0.3
"""Weight of the newest measurement in a running mean."""


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the model is: what waits, of how many places, and how long it would take.

    ``seconds`` is when work that comes now may hope to begin, by how long the latest took.
    """

    waiting: int
    capacity: int
    seconds: float


class Executor(Closing, Generic[M]):
    """Hands work to one or more hosts of a model, each on its own thread, and gives futures.

    At most ``capacity`` jobs wait. Urgent ones go first, otherwise in the order of their coming.
    Jobs of the same work run together, up to the work's limit; where jobs come faster than every
    ``linger`` seconds, a run that is not full waits that long for more. Use it as a context
    manager, or call ``start`` and ``close``; it starts once. Coroutines await
    ``asyncio.wrap_future(executor.submit(...))``; cancelling them cancels a job that waits.
    ``watch`` is told of every run: its work's name, over how many photos, how many seconds.
    """

    def __init__(
        self,
        *hosts: Host[M],
        capacity: int = 64,
        linger: float = 0.0,
        watch: Callable[[str, int, float], None] | None = None,
    ) -> None:
        self._capacity, self._linger, self._watch = capacity, linger, watch
        self._urgent = deque[Job[M, Any, Any]]()
        self._patient = deque[Job[M, Any, Any]]()
        self._changed = threading.Condition()
        self._open = False
        self._began: dict[int, float] = {}
        self._came, self._gap, self._took = time.monotonic(), float("inf"), 0.0
        self._hosts = [(host, Future[None]()) for host in hosts]
        # Daemons: work that hangs must not keep the process from ending.
        self._threads = [
            threading.Thread(target=self._own, args=(host, ready), name="model", daemon=True)
            for host, ready in self._hosts
        ]

    def start(self) -> None:
        """Start all hosts and return when they are ready. Re-raises what one of them raised."""
        self._open = True
        for thread in self._threads:
            thread.start()
        try:
            for _, ready in self._hosts:
                ready.result()
        except BaseException:
            self.close()
            raise

    def submit(
        self,
        work: Work[M, T, R],
        item: T,
        *,
        urgent: bool = False,
        deadline: float | None = None,
    ) -> Future[R]:
        """Queue ``item`` for ``work``; the future gets its result or its exception.

        ``urgent`` is for a person who waits; it goes before batch work. Work that has
        not begun ``deadline`` seconds from now is not begun: its future fails with ModelError. A
        future cancelled while it waits leaves the queue at once. Raises OverloadedError when the
        queue is full, ModelError when the executor is not running.
        """
        now = time.monotonic()
        job = Job(work, item, None if deadline is None else now + deadline)
        with self._changed:
            if not self._open:
                raise ModelError("the model is not running")
            if self.waiting >= self._capacity:
                raise OverloadedError(f"{self._capacity} jobs wait for the model already")
            gap, self._came = now - self._came, now
            self._gap = gap if self._gap == float("inf") else _mean(self._gap, gap)
            (self._urgent if urgent else self._patient).append(job)
            self._changed.notify_all()
        job.future.add_done_callback(self._forget_cancelled)
        return job.future

    @property
    def waiting(self) -> int:
        """The number of jobs that have not begun."""
        return len(self._urgent) + len(self._patient)

    @property
    def load(self) -> Load:
        """How many jobs wait, and for how long."""
        waiting = self.waiting
        return Load(waiting, self._capacity, waiting * self._took / max(1, len(self._hosts)))

    @property
    def busy_seconds(self) -> float:
        """Seconds for which every host has been at its present work; 0 where one is idle."""
        began = list(self._began.values())
        if len(began) < len(self._hosts):
            return 0.0
        return time.monotonic() - max(began, default=time.monotonic())

    def close(self, timeout: float | None = None) -> None:
        """Cancel what waits, let what runs finish, end the hosts. May be called again.

        Raises ModelError when what runs takes longer than ``timeout`` seconds.
        """
        with self._changed:
            self._open = False
            cancelled = [*self._urgent, *self._patient]
            self._urgent.clear()
            self._patient.clear()
            self._changed.notify_all()
        for job in cancelled:
            job.future.cancel()
            job.future.set_running_or_notify_cancel()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(timeout)
        if any(thread.is_alive() for thread in self._threads):
            raise ModelError(f"the model's last work did not end within {timeout} s")

    def __enter__(self) -> Self:
        self.start()
        return self

    def _own(self, host: Host[M], ready: Future[None]) -> None:
        """Start a host and run its jobs until the executor is closed: what each thread does."""
        try:
            host.start()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever called start
            ready.set_exception(error)
            return
        ready.set_result(None)
        while jobs := self._next():
            begun = self._began[id(host)] = time.monotonic()
            settle(host, [job for job in jobs if job.begins()])
            del self._began[id(host)]
            took = time.monotonic() - begun
            self._took = _mean(self._took, took / len(jobs))
            if self._watch is not None:
                self._watch(jobs[0].work.name, len(jobs), took)
            # While it waits, the thread must not keep the last work and the pictures in it.
            del jobs
        host.close()

    def _next(self) -> list[Job[M, Any, Any]]:
        """Wait for jobs that can run together; none when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.waiting or not self._open)
            if not self.waiting:
                return []
            work = (self._urgent or self._patient)[0].work
            if self._gap < self._linger:
                self._changed.wait_for(
                    lambda: not self._open or self._ripe(work), timeout=self._linger
                )
            taken: list[Job[M, Any, Any]] = []
            for lane in (self._urgent, self._patient):
                alike = [job for job in lane if job.work is work][: work.most - len(taken)]
                for job in alike:
                    lane.remove(job)
                taken += alike
            # While this thread lingered another may have taken them.
            return taken if taken or not self._open else self._next()

    def _ripe(self, work: Work[M, Any, Any]) -> bool:
        alike = sum(job.work is work for lane in (self._urgent, self._patient) for job in lane)
        return not 0 < alike < work.most

    def _forget_cancelled(self, future: Future[Any]) -> None:
        """Free a cancelled job's place, and tell those who ``wait`` for its future.

        Whoever takes a job out of its lane owes the future that word, and nobody else may give it.
        """
        if not future.cancelled():
            return
        with self._changed:
            found = [
                (lane, job)
                for lane in (self._urgent, self._patient)
                for job in lane
                if job.future is future
            ]
            for lane, job in found:
                lane.remove(job)
        if found:
            future.set_running_or_notify_cancel()


def _mean(old: float, new: float) -> float:
    return old + NEWEST_WEIGHT * (new - old)
