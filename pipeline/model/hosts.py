"""Where a model lives: in this process, or in one of its own that may die and be started again."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from pipeline.errors import ModelDiedError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.connection import Connection

M = TypeVar("M")
T = TypeVar("T")
R = TypeVar("R")

LOAD_SECONDS = 600.0
"""How long a process may load its model; a first compilation for a GPU takes minutes."""
RUN_SECONDS = 120.0
"""How long one run may take before its process counts as hung."""
END_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Work(Generic[M, T, R]):
    """A kind of request to a model of type ``M``.

    ``run`` gets the model and 1 to ``most`` items, and returns one result for each. It is a
    function of a module, so that another process knows it by its name.
    """

    run: Callable[[M, Sequence[T]], Sequence[R]]
    most: int = 1

    @property
    def name(self) -> str:
        """The name under which its runs are measured."""
        return self.run.__name__.strip("_")


class Host(Protocol[M]):
    """One model and the place where it runs. Used by one thread at a time."""

    def start(self) -> None:
        """Load the model, warm it up and return when it is ready. May be called again."""
        ...

    def run(self, work: Work[M, T, R], items: Sequence[T], *, spare: bool = False) -> Sequence[R]:
        """Do the work, by the spare model where ``spare``. Raises what the work raises.

        Raises ModelDiedError where the model is gone; ``start`` brings it back.
        """
        ...

    def close(self) -> None:
        """Let the model go. May be called again."""
        ...


class InProcessHost(Generic[M]):
    """A model in this process. ``spare`` makes the one for what does not fit on the GPU."""

    def __init__(self, load: Callable[[], M], spare: Callable[[], M] | None = None) -> None:
        self._load, self._load_spare = load, spare
        self._model: M | None = None
        self._spare: M | None = None

    def start(self) -> None:
        """Load the model."""
        self._model = self._load()

    def run(self, work: Work[M, T, R], items: Sequence[T], *, spare: bool = False) -> Sequence[R]:
        """Do the work. Raises ModelError where a spare model is asked for and there is none."""
        if spare and self._spare is None:
            if self._load_spare is None:
                raise ModelError("there is not enough memory for even one picture")
            self._spare = self._load_spare()
        model = self._spare if spare else self._model
        if model is None:
            raise ModelError("the model is not loaded")
        return work.run(model, items)

    def close(self) -> None:
        """Let the models go."""
        self._model = self._spare = None


class SubprocessHost(Generic[M]):
    """A model in a process of its own: it may crash or hang, and takes nothing else along.

    ``load`` and ``spare`` are sent there: functions of modules, or partials of them.
    """

    def __init__(
        self,
        load: Callable[[], M],
        spare: Callable[[], M] | None = None,
        *,
        patience: float = RUN_SECONDS,
    ) -> None:
        self._loads = load, spare
        self._patience = patience
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection[Any, Any] | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start a process and wait until its model is ready. Raises what loading it raised."""
        self.close()
        # Forked children would inherit locks that ONNX Runtime's and OpenCV's threads hold.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, *self._loads), name="model", daemon=True
        )
        self._process.start()
        theirs.close()
        self._answer(LOAD_SECONDS)

    def run(self, work: Work[M, T, R], items: Sequence[T], *, spare: bool = False) -> Sequence[R]:
        """Send the work there and wait for the results."""
        if self._connection is None:
            raise ModelDiedError("the model's process is not running")
        try:
            self._connection.send((work, items, spare))
        except OSError as error:
            raise self._died() from error
        results: Sequence[R] = self._answer(self._patience)
        return results

    def close(self) -> None:
        """End the process: it finishes when its connection closes, or is killed."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.join(END_SECONDS)
            if self._process.is_alive():
                self._process.kill()
                self._process.join()
            self._process.close()
        self._process = self._connection = None

    def _answer(self, patience: float) -> Any:
        if self._connection is None:
            raise ModelDiedError("the model's process is not running")
        try:
            there = self._connection.poll(patience)
            fine, answer = self._connection.recv() if there else (False, None)
        except (OSError, EOFError) as error:
            raise self._died() from error
        if fine:
            return answer
        if answer is None:
            raise self._died(f"has not answered for {patience:.0f} s")
        raise answer

    def _died(self, how: str | None = None) -> ModelDiedError:
        """Kill what is left of the process and say how it ended."""
        process = self._process
        if process is not None:
            if how is not None:
                process.kill()
            process.join(END_SECONDS)
            how = how or f"ended with status {process.exitcode}"
        self.close()
        return ModelDiedError(f"the model's process {how}")


def _serve(
    connection: Connection[Any, Any],
    load: Callable[[], M],
    spare: Callable[[], M] | None,
) -> None:
    """Load a model and answer requests until the other end closes."""
    # Ctrl+C reaches the whole group; the parent ends this process when it is done with it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    host = InProcessHost(load, spare)
    with contextlib.suppress(EOFError, OSError):
        try:
            host.start()
        except Exception as error:  # noqa: BLE001 - handed on to whoever started this
            connection.send((False, error))
            return
        connection.send((True, None))
        while True:
            _answer_one(host, connection)


def _answer_one(host: InProcessHost[Any], connection: Connection[Any, Any]) -> None:
    """Wait for work and do it. A function, so that nothing of it is kept while waiting."""
    work, items, spare = connection.recv()
    try:
        answer: tuple[bool, object] = True, host.run(work, items, spare=spare)
    except Exception as error:  # noqa: BLE001 - handed on to whoever waits
        answer = False, error
    connection.send(answer)
