"""The real program with a stub in place of the model: it knows poison, and takes its time.

CHAOS_MODEL_SECONDS is how long a picture takes. A picture of pure magenta kills the process.
CHAOS_RUNS is a file to note each run of the model in, and whether it was the other seller's.
While the file CHAOS_FULL exists, the disk is full: a file's write fails half-way. The file
CHAOS_CLOCK says how many seconds the wall clock is wrong; the monotonic one goes on.

Importing takes seconds, and chaos starts a process hundreds of times: a parent imports once and
forks each process on demand. It reads orders from its input, a JSON line each, and tells pids and
exit statuses on its output.
"""

from __future__ import annotations

import errno
import json
import os
import select
import signal
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, cast

import vitrina.commands.serve
import vitrina.studio
from pipeline.foreground.strategies import HeadSaliency, SamSegmenter
from pipeline.inference import Models
from tests.stands.model import Echo, middle
from vitrina.cli import main

if TYPE_CHECKING:
    from pipeline.foreground import Head
    from pipeline.sam import Embedding
    from pipeline.values import Pixels
    from vitrina.settings import Settings


class Stub(Echo):
    """Encodes nothing, slowly."""

    def encode(self, pixels: Pixels) -> Embedding:
        red, green, blue = (int(value) for value in pixels[0, 0])
        if red > 230 and green < 25 and blue > 230:
            os.kill(os.getpid(), signal.SIGKILL)
        began = time.monotonic()
        time.sleep(float(os.environ.get("CHAOS_MODEL_SECONDS", "0.02")))
        if "CHAOS_RUNS" in os.environ:
            run = {"began": began, "ended": time.monotonic(), "other": blue > red}
            with Path(os.environ["CHAOS_RUNS"]).open("a") as runs:
                runs.write(json.dumps(run) + "\n")
        return super().encode(pixels)


def load_stub(settings: Settings, *, number: int = 0) -> Models:
    _ = settings, number
    head = cast("Head", middle)
    return Models(Stub(), head, SamSegmenter(HeadSaliency(head)))


def fill_disk(flag: Path) -> None:
    """Have `os.fsync` say that there is no room while ``flag`` exists."""
    sync = os.fsync

    def full(handle: Any) -> None:
        if flag.exists():
            os.truncate(handle, os.fstat(handle).st_size // 2)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        sync(handle)

    os.fsync = full  # type: ignore[assignment]  # a disk that is full


def bend_clock(file: Path) -> None:
    """Have `time.time` be wrong by what ``file`` says."""
    right = time.time
    time.time = lambda: right() + float(file.read_text() or 0)


def run(order: dict[str, Any]) -> NoReturn:
    """Be the program in a process of its own."""
    os.environ.update(order["environment"])
    for stream in (sys.stdin.fileno(), sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(os.open(order["log"], os.O_RDWR | os.O_CREAT | os.O_APPEND), stream)
    if "CHAOS_FULL" in os.environ:
        fill_disk(Path(os.environ["CHAOS_FULL"]))
    if "CHAOS_CLOCK" in os.environ:
        bend_clock(Path(os.environ["CHAOS_CLOCK"]))
    sys.argv = ["vitrina", order["command"]]
    status = 0
    try:
        main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 the parent must not go on in the child
        traceback.print_exc()
        status = 70
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def serve() -> None:
    """Fork on demand until the input ends; tell who has ended."""
    while True:
        ready, _, _ = select.select([sys.stdin], [], [], 0.02)
        if ready:
            line = sys.stdin.readline()
            if not line:
                return
            pid = os.fork()
            if pid == 0:
                run(json.loads(line))
            print(json.dumps({"started": pid}), flush=True)  # noqa: T201 - its parent reads it
        with suppress(ChildProcessError):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                end = os.waitstatus_to_exitcode(status)
                print(json.dumps({"ended": pid, "status": end}), flush=True)  # noqa: T201 - its parent reads it


if __name__ == "__main__":
    vitrina.studio.load_models = load_stub
    serve()
