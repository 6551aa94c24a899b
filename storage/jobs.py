"""Jobs: what was promised to a seller and is not done yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.ext.asyncio import AsyncConnection


class JobKind(StrEnum):
    """The steps that are taken outside the handlers."""

    OFFER = "offer"
    FETCH = "fetch"
    CUT_OUT = "cut-out"
    RENDER = "render"
    SHOW = "show"
    DESCRIBE = "describe"
    SHOW_CAPTION = "show-caption"
    FETCH_BACKDROP = "fetch-backdrop"
    KEEP_BACKDROP = "keep-backdrop"
    TELL = "tell"
    EXPORT = "export"
    ERASE = "erase"
    BROADCAST = "broadcast"
    NOTICE = "notice"
    PROGRESS = "progress"
    GATHER = "gather"
    ALBUM = "album"
    SEGMENT = "segment"
    EDIT_MASK = "mend"
    APPLY_EDIT = "apply-edit"
    MAKE_FILE = "make-file"
    SEND_FILE = "send-file"
    CONFIRM_BACKDROP = "confirm-backdrop"
    SAMPLE = "sample"
    SHOW_LISTING = "show-listing"
    MAKE_PACK = "make-pack"
    SEND_PACK = "send-pack"
    DRAW_CARD = "draw-card"
    SHOW_CARD = "show-card"
    FETCH_LOGO = "fetch-logo"
    KEEP_LOGO = "keep-logo"
    DRAW_BRAND = "draw-brand"
    SHOW_BRAND = "show-brand"
    READ_WORDS = "read-words"
    ANSWER = "answer"
    MARK_CANDIDATES = "mark"
    CHOOSE = "choose"
    PAINT = "paint"
    DRAW_SCENE = "draw-scene"
    SHOW_SCENE = "show-scene"


CHAT_UPDATES = {
    JobKind.OFFER,
    JobKind.SHOW,
    JobKind.SHOW_CAPTION,
    JobKind.SHOW_LISTING,
    JobKind.SHOW_CARD,
    JobKind.TELL,
    JobKind.ALBUM,
}
"""Kinds that change what the chat shows. Those of one photo or album run one after another."""
DRAWINGS = {
    JobKind.RENDER: "drawing",
    JobKind.APPLY_EDIT: "drawing",
    JobKind.DRAW_CARD: "card",
    JobKind.DRAW_BRAND: "brand",
    JobKind.SHOW_BRAND: "brand",
}
"""Kinds that run one after another so that the newest comes last, each with its serial key."""
SERIAL = CHAT_UPDATES | DRAWINGS.keys()
"""Kinds that run one after another for one photo, or one seller."""
COALESCED = {JobKind.RENDER, JobKind.SHOW, JobKind.DRAW_CARD}
"""Kinds that read the photo's row when they run: while one waits, no other is added."""


@dataclass(frozen=True, slots=True)
class Job:
    """One step for one seller. ``payload`` holds JSON values; ``id`` is given when submitted.

    ``claim`` counts the job's starts: with it the engine knows whether a run is the newest.
    ``backlog`` is how many of its kind the seller had open when it came: fewer go first.
    ``deaths`` is how often its process died while it ran.
    """

    kind: JobKind
    seller_id: int
    payload: Mapping[str, Any] = field(default_factory=dict)
    id: int = 0
    attempts: int = 0
    claim: int = 0
    backlog: int = 0
    deaths: int = 0

    @property
    def is_first(self) -> bool:
        """Whether its seller had nothing of its kind open."""
        return self.backlog == 0

    @property
    def may_be_poison(self) -> bool:
        """Whether a process died while it ran; another job of that process may be the cause.

        A process runs one such job at a time, so that a further death is certainly its own.
        """
        return self.deaths > 0

    @property
    def serial_key(self) -> str | None:
        """What the job works on: jobs of the same key run one after another."""
        if self.kind in DRAWINGS:
            return f"{DRAWINGS[self.kind]}:{self.payload.get('photo', self.seller_id)}"
        if self.kind in CHAT_UPDATES:
            for what in ("album", "photo"):  # what is told of an album's photo is the album's
                if what in self.payload:
                    return f"{what}:{self.payload[what]}"
        return None

    def number(self, key: str) -> int:
        """Return an integer of the payload."""
        return int(self.payload[key])


@dataclass(frozen=True, slots=True)
class JobPool:
    """Kinds of jobs of which ``concurrency`` run at a time.

    ``reserved`` more are kept for jobs whose seller has no other of that kind open, so that one
    who sends hundreds of photos does not delay the others.
    """

    name: str
    kinds: frozenset[JobKind]
    concurrency: int
    reserved: int = 0


class RetryLaterError(Exception):
    """Raised by a handler: the job cannot be done now, try it again in ``seconds``.

    ``counts`` tells whether the attempt counts against the job's limit: it does not while another
    service is merely unavailable.
    """

    def __init__(self, seconds: float, reason: str, *, counts: bool = True) -> None:
        """Keep the wait and the ``reason`` for the log."""
        super().__init__(reason)
        self.seconds = seconds
        self.counts = counts


class GiveUpError(Exception):
    """Raised by a handler from what went wrong: trying the job again would not help."""


class Handler(Protocol):
    """What a job engine runs."""

    async def run(self, job: Job) -> None:
        """Do the job. Raises RetryLaterError to run it again later, GiveUpError to fail it."""
        ...

    async def give_up(self, job: Job, error: BaseException | None) -> None:
        """Tell whoever waits that the job failed; ``error`` is None where its process died."""
        ...


class Observer(Protocol):
    """What is told of every run, for the metrics and the health."""

    def job_started(self, job: Job) -> None:
        """Note that a run has begun."""
        ...

    def job_stopped(self, job: Job) -> None:
        """Note that a run is over, however it ended."""
        ...

    def job_ended(self, job: Job, end: str) -> None:
        """Note that a run has ended: "done", "again", "failed", or "handed-back"."""
        ...

    def job_timed(self, job: Job, seconds: float) -> None:
        """Note how long a run took that was done, from its start to its last write."""
        ...

    def job_reaped(self) -> None:
        """Note that a job was taken up whose process died."""
        ...


class JobEngine(Protocol):
    """A durable queue: a submitted job runs at least once, until it ends or its attempts do."""

    async def submit(self, connection: AsyncConnection, job: Job) -> int:
        """Add ``job`` inside the caller's transaction and return its id.

        Where one waits that will do the same, that one's.
        """
        ...

    async def enqueue(self, connection: AsyncConnection, job: Job) -> None:
        """Bring a job whose row is queued to a worker, inside the transaction that queued it."""
        ...

    async def run(self, handler: Handler) -> None:
        """Run jobs until cancelled."""
        ...

    async def aclose(self, *, seconds: float) -> None:
        """Take no more; give what runs ``seconds`` to finish, hand back the rest."""
        ...
