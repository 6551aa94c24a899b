"""What Prometheus reads: https://prometheus.io/docs/practices/naming/."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pipeline.captions import Spending
    from storage.job_rows import Depth
    from storage.jobs import Job, JobKind

WAITS = (0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 900, 3600)
MODEL_SECONDS = (0.01, 0.03, 0.1, 0.2, 0.5, 1, 2, 5, 10)
BATCHES = (1, 2, 4, 8, 16, 32)


class Metrics:
    """One process's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._running: dict[tuple[int, int], tuple[JobKind, float]] = {}
        self._delivered = Histogram(
            "vitrina_accept_to_delivered_seconds",
            "From the photo's acceptance to its first picture in the chat",
            buckets=WAITS,
            registry=registry,
        )
        self._depth = Gauge(
            "vitrina_queue_depth", "Jobs that have not ended", ["kind"], registry=registry
        )
        self._oldest = Gauge(
            "vitrina_queue_oldest_seconds", "Age of the oldest of them", ["kind"], registry=registry
        )
        self._runs = Counter(
            "vitrina_job_runs", "Runs of jobs by how they ended", ["kind", "end"], registry=registry
        )
        self._seconds = Histogram(
            "vitrina_job_seconds",
            "Seconds of runs that were done, from their start to their last write",
            ["kind"],
            buckets=WAITS,
            registry=registry,
        )
        self._attempts = Histogram(
            "vitrina_job_attempts",
            "Runs that ended jobs took",
            buckets=range(1, 7),
            registry=registry,
        )
        self._reaped = Counter(
            "vitrina_jobs_reaped", "Jobs taken up from dead processes", registry=registry
        )
        self._batch = Histogram(
            "vitrina_model_batch_size",
            "Photos per run of the model, by what it was asked for",
            ["work"],
            buckets=BATCHES,
            registry=registry,
        )
        self._model = Histogram(
            "vitrina_model_seconds",
            "Seconds per run of the model",
            ["work"],
            buckets=MODEL_SECONDS,
            registry=registry,
        )
        self._told_to_wait = Counter(
            "vitrina_telegram_429",
            "Times that Telegram asked to wait",
            ["method"],
            registry=registry,
        )
        self._passed_over = Counter(
            "vitrina_updates_passed_over",
            "Updates that could not be read, and were confirmed all the same",
            registry=registry,
        )
        self._poll_age = Gauge(
            "vitrina_telegram_poll_age_seconds",
            "Since Telegram answered a call that brings updates, or tells of the webhook",
            registry=registry,
        )
        self._poll_errors = Counter(
            "vitrina_telegram_poll_errors",
            "Failures of such calls, by HTTP status, or as network or unreadable",
            ["code"],
            registry=registry,
        )
        self._busy = Gauge(
            "vitrina_workers_busy", "Jobs that run in this process", ["kind"], registry=registry
        )
        self._tokens = Counter(
            "vitrina_caption_tokens", "Tokens of captions", ["model", "way"], registry=registry
        )
        self._cost = Counter(
            "vitrina_caption_cost_dollars", "What captions cost", ["model"], registry=registry
        )

    def delivered(self, accepted_at: float) -> None:
        """Note that a photo's first picture is in the chat; ``accepted_at`` is Unix time."""
        self._delivered.observe(max(0.0, time.time() - accepted_at))

    def job_ended(self, job: Job, end: str) -> None:
        """Note that a run has ended: "done", "again", "failed", or "handed-back"."""
        self._runs.labels(job.kind.value, end).inc()
        if end in {"done", "failed"}:
            self._attempts.observe(job.attempts)

    def job_timed(self, job: Job, seconds: float) -> None:
        """Note how long a run took that was done, from its start to its last write."""
        self._seconds.labels(job.kind.value).observe(seconds)

    def job_reaped(self) -> None:
        """Note that a job was taken up whose process died."""
        self._reaped.inc()

    def model_ran(self, work: str, photos: int, seconds: float) -> None:
        """Note that the model has done some work once over ``photos``."""
        self._batch.labels(work).observe(photos)
        self._model.labels(work).observe(seconds)

    def job_started(self, job: Job) -> None:
        """Note that a run has begun."""
        self._busy.labels(job.kind.value).inc()
        self._running[job.id, job.claim] = (job.kind, time.monotonic())

    def job_stopped(self, job: Job) -> None:
        """Note that a run is over, however it ended."""
        if self._running.pop((job.id, job.claim), None) is not None:
            self._busy.labels(job.kind.value).dec()

    def running(self) -> dict[JobKind, list[float]]:
        """Return for how many seconds each run of a kind has lasted."""
        now = time.monotonic()
        found: dict[JobKind, list[float]] = {}
        for kind, since in self._running.values():
            found.setdefault(kind, []).append(now - since)
        return found

    def poll_age(self, age: Callable[[], float]) -> None:
        """Have ``age`` asked for the seconds since Telegram's last answer."""
        self._poll_age.set_function(age)

    def poll_failed(self, code: str) -> None:
        """Note that a call that brings updates failed."""
        self._poll_errors.labels(code).inc()

    def told_to_wait(self, method: str) -> None:
        """Note that Telegram answered 429 to ``method``."""
        self._told_to_wait.labels(method).inc()

    def passed_over(self) -> None:
        """Note that an update could not be read."""
        self._passed_over.inc()

    def spent(self, spendings: Iterable[Spending]) -> None:
        """Note what captions took, also those that came to nothing; a price may be unknown."""
        for spending in spendings:
            self._tokens.labels(spending.model, "in").inc(spending.tokens_in)
            self._tokens.labels(spending.model, "out").inc(spending.tokens_out)
            if spending.cost is not None:
                self._cost.labels(spending.model).inc(float(spending.cost))

    def expose(self, depths: Iterable[Depth]) -> bytes:
        """Return all figures in Prometheus' text format, the queue's as given."""
        self._depth.clear()
        self._oldest.clear()
        for depth in depths:
            self._depth.labels(depth.kind).set(depth.jobs)
            self._oldest.labels(depth.kind).set(max(0.0, time.time() - depth.oldest_at))
        return generate_latest(self._registry)
