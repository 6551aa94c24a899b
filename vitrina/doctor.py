"""`vitrina doctor`: whether this installation is whole, what it runs on, how fast it is."""

from __future__ import annotations

import asyncio
import shutil
import time
from typing import TYPE_CHECKING

import numpy as np
import onnxruntime as ort
from rich.console import Console

from pipeline.backdrops import Backdrops
from pipeline.errors import VitrinaError
from pipeline.sam import Prompt
from pipeline.sam.session import PROVIDERS
from pipeline.weights import State
from vitrina.cores import cores, share
from vitrina.describers import providers, unpriced
from vitrina.settings import CaptionProvider
from vitrina.studio import HEAD, load_models, weights_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from vitrina.settings import Settings

MINIMUM_FREE = 1_000_000_000
"""Bytes that the data folder's disk should have left."""


async def run(settings: Settings) -> bool:
    """Print one line per check; return whether all that is needed is in order."""
    console = Console()
    whole = True
    for name, check in (
        ("bot token", _token),
        ("captions", _captions),
        ("weights", _weights),
        ("backgrounds", _backgrounds),
        ("disk", _disk),
        ("model", _model),
    ):
        try:
            fine, found = await asyncio.to_thread(check, settings)
        except VitrinaError as error:
            fine, found = False, str(error)
        whole &= fine
        console.print(f"{'ok ' if fine else 'BAD'}  {name}: {found}", highlight=False)
    return whole


def _token(settings: Settings) -> tuple[bool, str]:
    if settings.bot_token is None:
        return True, "BOT_TOKEN is not set: `vitrina bot` will not start, `vitrina process` will"
    return True, f"set, for {settings.telegram_api_url}"


def _captions(settings: Settings) -> tuple[bool, str]:
    chain = providers(settings)
    if not chain:
        return True, "off: no provider is set up (docs/captions.md)"
    models = {
        CaptionProvider.OPENAI: (
            f"{settings.caption_model} at {settings.openai_base_url or 'api.openai.com'}"
        ),
        CaptionProvider.COMPATIBLE: (
            f"{settings.compatible_model} at {settings.compatible_base_url}"
        ),
        CaptionProvider.GIGACHAT: settings.gigachat_model,
        CaptionProvider.BLIP: f"BLIP in {settings.blip_dir}",
    }
    told = ", then ".join(models[provider] for provider in chain)
    limited = {settings.caption_budget_seller, settings.caption_budget_overall} != {None}
    if limited and (unknown := unpriced(settings)):
        told += f"; no price for {', '.join(unknown)}: the budgets do not see what it costs"
    return True, told


def _weights(settings: Settings) -> tuple[bool, str]:
    store = weights_store(settings)
    needed = [*(w.name for w in store.manifest.for_model(settings.model)), HEAD]
    lacking = [f"{name} is {state}" for name in needed if (state := store.state(name)) != State.OK]
    if lacking:
        return False, "; ".join(lacking) + " (run `vitrina weights fetch`)"
    return True, f"{', '.join(needed)} verified in {store.folder}"


def _backgrounds(settings: Settings) -> tuple[bool, str]:
    backdrops = Backdrops(settings.backgrounds_dir)
    for name in backdrops.names:
        backdrops.load(name)
    return True, ", ".join(backdrops.names)


def _disk(settings: Settings) -> tuple[bool, str]:
    place = settings.data_dir.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    return free > MINIMUM_FREE, f"{free / 1e9:.1f} GB free for {settings.data_dir}"


def _model(settings: Settings) -> tuple[bool, str]:
    models = load_models(settings)
    picture = np.full((768, 1024, 3), 127, np.uint8)
    encode = _seconds(lambda: models.sam.encode(picture))
    embedding = models.sam.encode(picture)
    head = _seconds(lambda: models.head(embedding))
    prompts = [Prompt(points=((512.0, 384.0, True),))] * 8
    decode = _seconds(lambda: models.sam.decode(embedding, prompts)) / len(prompts)
    providers = ", ".join(
        kind for kind in PROVIDERS if PROVIDERS[kind] in ort.get_available_providers()
    )
    where = f"{settings.model_processes} processes" if settings.model_processes else "this process"
    threads = share(settings.threads, settings.model_processes)
    return True, (
        f"{models.sam.name} on {models.sam.device} in {where}, {threads} threads of {cores()} "
        f"cores; encodes in {encode:.2f} s, answers a prompt in {decode:.3f} s, foreground head in "
        f"{head:.3f} s; ONNX Runtime {ort.__version__} has {providers}"
    )


def _seconds(call: Callable[[], object], times: int = 3) -> float:
    """Return the fastest of a few runs."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best
