"""The executor: one thread owns the model; everyone else hands it work and gets a future."""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from pipeline.errors import ModelError, OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

M = TypeVar("M")
T = TypeVar("T")


class Executor(Generic[M]):
    """Runs functions of a model of type ``M``, one after the other, on the thread that loaded it.

    ``load`` makes the model and warms it up; it runs on that thread. At most ``capacity`` jobs
    wait. Urgent jobs go first, otherwise in the order of their coming. Use it as a context
    manager, or call ``start`` and ``close``; it starts once. Coroutines await
    ``asyncio.wrap_future(executor.submit(...))``; cancelling them cancels a job that waits.
    ``watch`` is told of every run: over how many photos, and how many seconds.
    """

    def __init__(
        self,
        load: Callable[[], M],
        *,
        capacity: int = 64,
        watch: Callable[[int, float], None] | None = None,
    ) -> None:
        self._load = load
        self._watch = watch
        self._capacity = capacity
        self._urgent = deque[_Job[M, Any]]()
        self._patient = deque[_Job[M, Any]]()
        self._changed = threading.Condition()
        self._open = False
        # A daemon: work that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._own_model, name="model", daemon=True)
        self._ready = Future[None]()

    def start(self) -> None:
        """Start the thread and return when the model is ready. Re-raises what ``load`` raised."""
        self._open = True
        self._thread.start()
        try:
            self._ready.result()
        except BaseException:
            self.close()
            raise

    def submit(
        self, work: Callable[[M], T], *, urgent: bool = False, deadline: float | None = None
    ) -> Future[T]:
        """Queue ``work``, which gets the model; the future gets its result or its exception.

        ``urgent`` is for a person who waits, in contrast to a prefetch. Work that has not begun
        ``deadline`` seconds from now is not begun: its future fails with ModelError. A future
        cancelled while it waits leaves the queue at once. Raises OverloadedError when the queue
        is full, ModelError when the executor is not running.
        """
        job = _Job(work, None if deadline is None else time.monotonic() + deadline)
        with self._changed:
            if not self._open:
                raise ModelError("the model is not running")
            if self.waiting >= self._capacity:
                raise OverloadedError(f"{self._capacity} jobs wait for the model already")
            (self._urgent if urgent else self._patient).append(job)
            self._changed.notify_all()
        job.future.add_done_callback(self._forget_cancelled)
        return job.future

    @property
    def waiting(self) -> int:
        """The number of jobs that have not begun."""
        return len(self._urgent) + len(self._patient)

    def close(self, timeout: float | None = None) -> None:
        """Cancel what waits, let what runs finish, end the thread. May be called again.

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
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if self._thread.is_alive():
            raise ModelError(f"the model's last work did not end within {timeout} s")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _own_model(self) -> None:
        """Load the model and work until closed: the thread's life."""
        try:
            model = self._load()
        except BaseException as error:  # noqa: BLE001 - handed on to whoever called start
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        while (job := self._next()) is not None:
            began = time.perf_counter()
            job.run(model)
            if self._watch is not None:
                self._watch(1, time.perf_counter() - began)
            # While it waits, the thread must not keep the last work and the pictures in it.
            del job

    def _next(self) -> _Job[M, Any] | None:
        """Wait for a job; None when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self.waiting or not self._open)
            if not self.waiting:
                return None
            return (self._urgent or self._patient).popleft()

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


@dataclass(eq=False, slots=True)
class _Job(Generic[M, T]):
    """Work that waits; ``deadline`` is on the monotonic clock."""

    work: Callable[[M], T]
    deadline: float | None
    future: Future[T] = field(default_factory=Future)

    def run(self, model: M) -> None:
        """Do the work unless it was cancelled or comes too late."""
        if not self.future.set_running_or_notify_cancel():
            return
        if self.deadline is not None and time.monotonic() >= self.deadline:
            self.future.set_exception(ModelError("the work's turn came after its deadline"))
            return
        try:
            result = self.work(model)
        except BaseException as error:  # noqa: BLE001 - handed on to whoever waits
            self.future.set_exception(error)
            # The error's traceback refers to this frame. Without this the two would keep each
            # other, and the pictures in the work's frames, until the cycle collector comes.
            del self
        else:
            self.future.set_result(result)
