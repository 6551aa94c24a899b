"""The pipeline put together from the settings: weights, models, presets, caption writer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.backdrops import Backdrops
from pipeline.embeddings import Embeddings
from pipeline.errors import WeightsError
from pipeline.executor import Executor
from pipeline.foreground import Head, open_way
from pipeline.sam.onnx import OnnxSam
from pipeline.studio import Models, Studio
from pipeline.weights import Manifest, Store
from vitrina.settings import HOME, Model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pipeline.foreground import Way
    from pipeline.sam import Sam
    from pipeline.sam.torch import ModelType
    from pipeline.weights import Network
    from vitrina.settings import Settings

HEAD = "foreground-head"
TORCH_TYPES: Final[dict[Model, ModelType]] = {
    Model.VIT_B: "vit_b",
    Model.VIT_L: "vit_l",
    Model.VIT_H: "vit_h",
}


def weights_store(settings: Settings) -> Store:
    """Name the weights that the settings point at."""
    return Store(settings.weights_dir, Manifest.load(HOME / "weights" / "manifest.toml"))


def load_sam(settings: Settings) -> Sam:
    """Load the configured SAM. Raises WeightsError where its files are not there."""
    store = weights_store(settings)
    if settings.model is Model.MOBILE_SAM:
        encoder, decoder = (store.path(w.name) for w in store.manifest.for_model(settings.model))
        return OnnxSam(
            encoder, decoder, name=settings.model, device=settings.device, threads=settings.threads
        )
    from pipeline.sam.torch import TorchSam, load_official

    (checkpoint,) = (store.path(w.name) for w in store.manifest.for_model(settings.model))
    model = load_official(checkpoint, TORCH_TYPES[settings.model])
    return TorchSam(model, name=settings.model, device=settings.device)


def load_models(settings: Settings) -> Models:
    """Load SAM and the foreground head, and run both once so that the first photo is not slow."""
    sam = load_sam(settings)
    head = Head(weights_store(settings).path(HEAD), threads=settings.threads)
    models = Models(sam, head, load_way(settings, settings.foreground, head))
    head(sam.encode(np.full((64, 64, 3), 127, np.uint8)))
    return models


def load_way(settings: Settings, name: str, head: Head | None = None) -> Way:
    """Load the way to find the product called ``name``: "head", "u2net", "head+u2net", ...

    "u2net=FILE" takes a network's file from elsewhere than the folder of weights. Raises
    WeightsError where a network is not known, or its file not there.
    """
    store = weights_store(settings)

    def network(part: str) -> tuple[Path, Network]:
        name, _, file = part.partition("=")
        weight = store.manifest.entry(name)
        if weight.network is None:
            raise WeightsError(f"{name} is no saliency network")
        return Path(file) if file else store.path(name), weight.network

    return open_way(
        name,
        lambda: head or Head(store.path(HEAD), threads=settings.threads),
        network,
    )


@asynccontextmanager
async def open_studio(
    settings: Settings,
    *,
    keep: Path | None = None,
    watch: Callable[[int, float], None] | None = None,
) -> AsyncIterator[Studio]:
    """Run the pipeline: the model is loaded on its own thread, ready when the block begins.

    Embeddings are kept in the folder ``keep`` too; without it, in memory alone. ``watch`` is told
    of every run of the model.
    """
    executor = Executor(lambda: load_models(settings), watch=watch)
    backdrops = await asyncio.to_thread(Backdrops, settings.backgrounds_dir)
    await asyncio.to_thread(executor.start)
    try:
        yield Studio(executor, backdrops, Embeddings(keep and keep / settings.model))
    finally:
        await asyncio.to_thread(executor.close)
