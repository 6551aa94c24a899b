"""Whether weights and backgrounds are whole, what the model runs on, and how fast it is."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort

from pipeline.backdrops import Backdrops
from pipeline.sam import Prompt
from pipeline.sam.session import PROVIDERS
from pipeline.weights import State
from vitrina.commands.doctor.finding import Finding, bad, ok
from vitrina.cores import cores, share
from vitrina.studio import HEAD, load_models, weights_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitrina.settings import Settings


async def weights(settings: Settings) -> Finding:
    """Hold the files of weights against the manifest."""
    return await asyncio.to_thread(_weights, settings)


async def backgrounds(settings: Settings) -> Finding:
    """Load each preset."""
    return await asyncio.to_thread(_backgrounds, settings)


async def model(settings: Settings) -> Finding:
    """Load the model and measure it."""
    return await asyncio.to_thread(_model, settings)


def _weights(settings: Settings) -> Finding:
    store = weights_store(settings)
    needed = [*(w.name for w in store.manifest.for_model(settings.model)), HEAD]
    lacking = [f"{name} is {state}" for name in needed if (state := store.state(name)) != State.OK]
    if lacking:
        return bad("; ".join(lacking) + " (run `vitrina weights fetch`)")
    return ok(f"{', '.join(needed)} verified in {store.folder}")


def _backgrounds(settings: Settings) -> Finding:
    backdrops = Backdrops(settings.backgrounds_dir)
    for name in backdrops.names:
        _ = backdrops.load(name).surface  # opened too, where it is another picture
    return ok(", ".join(backdrops.names))


def _model(settings: Settings) -> Finding:
    models = load_models(settings)
    picture = np.full((768, 1024, 3), 127, np.uint8)
    encode = _seconds(lambda: models.sam.encode(picture))
    embedding = models.sam.encode(picture)
    head = _seconds(lambda: models.head(embedding))
    prompts = [Prompt(points=((512.0, 384.0, True),))] * 8
    decode = _seconds(lambda: models.sam.decode(embedding, prompts)) / len(prompts)
    found = ", ".join(
        kind for kind in PROVIDERS if PROVIDERS[kind] in ort.get_available_providers()
    )
    where = f"{settings.model_processes} processes" if settings.model_processes else "this process"
    threads = share(settings.threads, settings.model_processes)
    return ok(
        f"{models.sam.name} on {models.sam.device} in {where}, {threads} threads of {cores()} "
        f"cores; encodes in {encode:.2f} s, answers a prompt in {decode:.3f} s, foreground head in "
        f"{head:.3f} s; ONNX Runtime {ort.__version__} has {found}"
    )


def _seconds(call: Callable[[], object], times: int = 3) -> float:
    """Return the fastest of a few runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best
