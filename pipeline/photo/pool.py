"""Strangers' files are decoded in processes that are kept warm, bounded, and may be killed.

A decoder in C can hang, crash or take gigabytes by a small file, and a thread cannot be ended. So
each file goes to a process of its own (``worker``) with a limit of computing time and of memory;
one over a limit is refused by a sentence, and its process replaced.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import structlog

from pipeline import errors
from pipeline.closing import Closing
from pipeline.errors import DamagedPhotoError, ModelError, OverloadedError, PhotoTooHeavyError
from pipeline.memory_budget import MemoryBudget
from pipeline.photo import wire
from pipeline.photo.decode import as_photo
from pipeline.photo.formats import LIMITS, Limits
from pipeline.photo.reading import Decoded

if TYPE_CHECKING:
    from pipeline.values import Photo

WORKERS = 2
"""One for each place of the lane that cuts out: 40 MB each while idle."""
COMPUTING_SECONDS = 5
"""What a file may take of a core; 64 megapixels of HEIC take 2.6, of PNG with alpha 3.4."""
WALL_SECONDS = 15.0
"""Seconds of the clock for a file: the machine may be busy, or the file make a decoder sleep."""
START_SECONDS = 60.0
MEMORY = 640 * 1024 * 1024
"""Bytes that a file may take in its process, on top of the program's own."""
TURN_SECONDS = 60.0
"""How long a file may wait for a process."""

ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    # What a large photo took goes back to the system at once.
    "MALLOC_MMAP_THRESHOLD_": str(4 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
}
"""All that a decoder knows of its surroundings: no token, no key, no address."""


class Decoders(Closing):
    """Processes that decode; any thread may ask. Use it as a context manager, or call ``close``.

    They start with the first file, or by ``start``. ``budget`` is asked for memory before a
    file is decoded; ``seconds`` is of computing, ``wall`` of the clock.
    """

    def __init__(
        self,
        budget: MemoryBudget | None = None,
        *,
        workers: int = WORKERS,
        seconds: int = COMPUTING_SECONDS,
        wall: float = WALL_SECONDS,
        memory: int = MEMORY,
    ) -> None:
        self.budget = budget or MemoryBudget()
        self._workers = [_Worker(seconds, wall, memory) for _ in range(workers)]
        # The one that worked last is the warmest.
        self._idle = queue.LifoQueue[_Worker]()
        for worker in self._workers:
            self._idle.put(worker)

    def start(self) -> None:
        """Start all processes, and do not wait for them."""
        for worker in self._workers:
            worker.start()

    def decode(self, data: bytes, limits: Limits = LIMITS) -> Photo:
        """Decode a file as `pipeline.photo.decode` does, in another process.

        Raises what that raises, PhotoTooHeavyError also for what takes too long; OverloadedError
        where no process became free in time; MemoryError where the system ended the process;
        ModelError after ``close``.
        """
        try:
            worker = self._idle.get(timeout=TURN_SECONDS)
        except queue.Empty:
            raise OverloadedError("all processes that decode are busy") from None
        try:
            return worker.decode(data, limits, self.budget)
        finally:
            self._idle.put(worker)

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [worker.pid for worker in self._workers if worker.pid]

    def close(self) -> None:
        """End the processes, also in the middle of a file. May be called again."""
        for worker in self._workers:
            worker.close()


class _Worker:
    """One process, started when it is needed. One thread at a time decodes by it."""

    def __init__(self, seconds: int, wall: float, memory: int) -> None:
        self._seconds, self._wall, self._memory = seconds, wall, memory
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: socket.socket | None = None
        self._is_ready = False
        self._is_closed = False

    @property
    def pid(self) -> int:
        """The process, 0 while there is none."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else 0

    def start(self) -> None:
        """Start the process unless it runs. Raises ModelError after ``close``."""
        with self._lock:
            if self._is_closed:
                raise ModelError("the processes that decode are closed")
            if self.pid:
                return
            self._let_go()
            ours, theirs = socket.socketpair()
            with theirs:
                handle = theirs.fileno()
                self._process = subprocess.Popen(  # noqa: S603 - ourselves
                    [
                        *(sys.executable, "-I", "-m", "pipeline.photo.worker"),
                        *(str(handle), str(self._memory)),
                    ],
                    pass_fds=[handle],
                    env=ENVIRONMENT,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            self._connection, self._is_ready = ours, False

    def decode(self, data: bytes, limits: Limits, budget: MemoryBudget) -> Photo:
        """Have a file decoded. Raises as `Decoders.decode`."""
        self.start()
        try:
            told = self._ask(data, limits)
            if "bytes" not in told:
                raise _error(told)
            with budget.reserve(told["bytes"]):
                decoded = self._answer()
        except (OSError, EOFError, ValueError) as error:
            raise self._ended(error) from error
        except OverloadedError:
            self._kill()
            raise
        for note in decoded.notes:
            structlog.get_logger(__name__).info("photo-note", note=note)
        return as_photo(decoded)

    def _ask(self, data: bytes, limits: Limits) -> dict[str, Any]:
        """Send a file; return what its header says of the memory that it takes, or an error."""
        connection = self._connection
        if connection is None:
            raise EOFError("closed")
        if not self._is_ready:
            connection.settimeout(START_SECONDS)
            wire.receive(connection)
            self._is_ready = True
        connection.settimeout(self._wall)
        file = wire.new_file()
        try:
            with os.fdopen(os.dup(file), "wb") as target:
                target.write(data)
            os.lseek(file, 0, os.SEEK_SET)
            order = {"seconds": self._seconds, "limits": asdict(limits)}
            wire.send(connection, order, file)
        finally:
            os.close(file)
        told, _ = wire.receive(connection)
        return told

    def _answer(self) -> Decoded:
        connection = self._connection
        if connection is None:
            raise EOFError("closed")
        wire.send(connection, {})
        told, file = wire.receive(connection)
        if file is None:
            raise _error(told)
        try:
            pixels, alpha = wire.planes(file, tuple(told["shape"]))
        finally:
            os.close(file)
        return Decoded(pixels, alpha if told["alpha"] else None, tuple(told["notes"]))

    def _ended(self, error: Exception) -> Exception:
        """Kill what is left of the process, and return what its end says of the file."""
        process, hung = self._process, isinstance(error, TimeoutError)
        self._kill(at_once=hung)
        if self._is_closed or process is None:
            return ModelError("the processes that decode are closed")
        if hung:
            return PhotoTooHeavyError(f"not decoded within {self._wall:.0f} s")
        status = process.returncode
        if status == -signal.SIGXCPU:
            return PhotoTooHeavyError(f"not decoded within {self._seconds} s of computing")
        if status == -signal.SIGKILL:
            return MemoryError("a process that decodes was killed")
        return DamagedPhotoError(f"the process that decodes ended with {status}: {error!r}")

    def _kill(self, *, at_once: bool = True) -> None:
        with self._lock:
            self._let_go(at_once=at_once)

    def close(self) -> None:
        """End the process for good; whoever waits for it is told. May be called again."""
        self._is_closed = True
        process = self._process
        if process is not None:
            process.kill()
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._kill()

    def _let_go(self, *, at_once: bool = True) -> None:
        """Reap the process; one that has closed its end is given a moment to end by itself."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is None:
            return
        if not at_once:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)
        process.kill()
        process.wait()


def _error(told: dict[str, Any]) -> errors.PhotoError:
    """Make the error of the tree that a decoder names. Raises ValueError for another."""
    kinds = {kind.__name__: kind for kind in errors.PhotoError.__subclasses__()}
    try:
        return kinds[told["error"]](str(told["message"]), **told["details"])
    except KeyError as error:
        raise ValueError(f"a decoder says {told!r}") from error
