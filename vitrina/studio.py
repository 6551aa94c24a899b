"""The pipeline put together from the settings: weights, models, presets, caption writer."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from pipeline.backdrops import Backdrops
from pipeline.cards.own import try_out
from pipeline.cards.templates import load_templates
from pipeline.errors import DeviceError, WeightsError
from pipeline.foreground import Head, open_segmenter
from pipeline.foreground.strategies import open_saliency
from pipeline.inference import Models
from pipeline.model.embedding_cache import Embeddings
from pipeline.model.executor import Executor
from pipeline.model.hosts import InProcessHost, SubprocessHost
from pipeline.photo.pool import Decoders
from pipeline.sam import Prompt
from pipeline.sam.onnx import OnnxSam
from pipeline.sam.session import GPUS
from pipeline.studio import Studio
from pipeline.weights import Manifest, Store
from vitrina.commands.variants import Variant, variant_path
from vitrina.cores import share
from vitrina.memory import give_back, trimming
from vitrina.settings import HOME, Model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from pipeline.cards.templates import Templates
    from pipeline.foreground import Segmenter
    from pipeline.foreground.strategies import SaliencyModel
    from pipeline.model.hosts import Host
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


def load_sam(settings: Settings, *, number: int = 0) -> Sam:
    """Load the configured SAM. Raises WeightsError where its files are not there.

    ``number`` counts the model's processes: on GPUs each gets one of its own.
    """
    store = weights_store(settings)
    device, threads = settings.device, share(settings.threads, settings.model_processes)
    if settings.model_processes > 1 and device == "cuda":
        device = f"cuda:{number}"
    if settings.model is Model.MOBILE_SAM:
        encoder, decoder = (store.path(w.name) for w in store.manifest.for_model(settings.model))
        if settings.encoder is not None:
            encoder = variant_path(encoder, Variant(settings.encoder))
        sam: Sam = OnnxSam(encoder, decoder, name=settings.model, device=device, threads=threads)
    else:
        from pipeline.sam.torch import TorchSam, Tuning, load_official

        (checkpoint,) = (store.path(w.name) for w in store.manifest.for_model(settings.model))
        sam = TorchSam(
            load_official(checkpoint, TORCH_TYPES[settings.model]),
            name=settings.model,
            device=device,
            threads=threads,
            tuning=Tuning(settings.precision, settings.compiled, settings.eight_bit),
        )
    if settings.require_gpu and sam.device.partition(":")[0] not in GPUS:
        raise DeviceError(f"a GPU is required, and {sam.name} runs on: {sam.device}")
    return sam


def load_models(settings: Settings, *, number: int = 0) -> Models:
    """Load SAM and the foreground head, and run both once so that the first photo is not slow."""
    give_back()
    sam = load_sam(settings, number=number)
    head = Head(
        weights_store(settings).path(HEAD),
        threads=share(settings.threads, settings.model_processes),
    )
    models = Models(sam, head, load_segmenter(settings, settings.foreground, head))
    embedding = sam.encode(np.full((64, 64, 3), 127, np.uint8))
    head(embedding)
    sam.decode(embedding, [Prompt(points=((32.0, 32.0, True),))])
    return models


def load_spare(settings: Settings) -> Models:
    """Load the same onto the CPU, for what does not fit on the GPU."""
    update = {"device": "cpu", "require_gpu": False}
    return load_models(settings.model_copy(update=update))


def hosts(settings: Settings) -> list[Host[Models]]:
    """Say where the model is to run: in this process, or in some of its own."""
    spare = partial(load_spare, settings)
    if not settings.model_processes:
        return [InProcessHost(partial(load_models, settings), spare)]
    return [
        SubprocessHost(partial(load_models, settings, number=number), spare)
        for number in range(settings.model_processes)
    ]


def load_segmenter(settings: Settings, name: str, head: Head | None = None) -> Segmenter:
    """Load the way to find the product called ``name``: "head", "u2net", "head+u2net", ...

    "u2net=FILE" takes a network's file from elsewhere than the folder of weights. Raises
    WeightsError where a network is not known, or its file not there.
    """
    return open_segmenter(name, lambda: head or load_head(settings), partial(_network, settings))


def load_saliency(settings: Settings, name: str) -> SaliencyModel:
    """Load a model of what the product is, without SAM; names and errors as `load_segmenter`."""
    return open_saliency(name, partial(load_head, settings), partial(_network, settings))


def load_head(settings: Settings) -> Head:
    """Load the foreground head. Raises WeightsError where its file is not there."""
    return Head(weights_store(settings).path(HEAD), threads=settings.threads)


def _network(settings: Settings, part: str) -> tuple[Path, Network]:
    store = weights_store(settings)
    name, _, file = part.partition("=")
    weight = store.manifest.entry(name)
    if weight.network is None:
        raise WeightsError(f"{name} is no saliency network")
    return Path(file) if file else store.path(name), weight.network


def open_templates(settings: Settings) -> Templates:
    """Read the templates of cards, and try the operator's out. Raises CardError."""
    templates = load_templates(settings.card_templates_dir)
    try_out(templates)
    return templates


@asynccontextmanager
async def open_studio(
    settings: Settings,
    *,
    keep: Path | None = None,
    watch: Callable[[str, int, float], None] | None = None,
) -> AsyncIterator[Studio]:
    """Run the pipeline: the model is loaded and warmed up when the block begins.

    Embeddings are kept in the folder ``keep`` too; without it, in memory alone. ``watch`` is told
    of every run of the model.
    """
    give_back()
    executor = Executor(*hosts(settings), linger=settings.batch_wait_ms / 1000, watch=watch)
    backdrops = await asyncio.to_thread(Backdrops, settings.backgrounds_dir)
    templates = await asyncio.to_thread(open_templates, settings)
    decoders = Decoders()
    try:
        await asyncio.to_thread(decoders.start)
        await asyncio.to_thread(executor.start)
        embeddings = Embeddings(keep and keep / f"{settings.model}-{settings.encoder or 'whole'}")
        async with trimming():
            yield Studio(
                executor, backdrops, embeddings, decoders,
                batch=settings.batch, templates=templates,
            )  # fmt: skip
    finally:
        await asyncio.to_thread(decoders.close)
        await asyncio.to_thread(executor.close)
