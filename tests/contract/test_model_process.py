"""The real model in a process of its own, killed in the middle of its work."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pipeline.backdrops import Backdrops
from pipeline.errors import DeviceError
from pipeline.foreground import Clicks
from pipeline.model.embedding_cache import Embeddings
from pipeline.model.executor import Executor
from pipeline.model.hosts import SubprocessHost
from pipeline.photo.pool import Decoders
from pipeline.studio import Studio
from pipeline.values import Photo
from tests.contract.sam_models import ENCODER, picture
from vitrina.settings import HOME, Settings
from vitrina.studio import hosts, load_sam

if TYPE_CHECKING:
    from pipeline.inference import Models

pytestmark = pytest.mark.skipif(not ENCODER.exists(), reason="MobileSAM is not fetched")


@pytest.mark.slow
async def test_a_photo_is_cut_out_although_the_model_is_killed() -> None:
    (host,) = hosts(Settings(model_processes=1, bot_token=None, openai_api_key=None))
    assert isinstance(host, SubprocessHost)
    executor: Executor[Models] = Executor(host)
    await asyncio.to_thread(executor.start)
    decoders = Decoders()
    try:
        studio = Studio(executor, Backdrops(HOME / "backgrounds"), Embeddings(), decoders)
        photo = Photo(picture(400, 300))
        before = host.pid
        embedding = await studio.embed(photo)
        clicks = Clicks(points=((200.0, 150.0, True),))
        touching = asyncio.create_task(studio.refine(embedding, clicks))
        assert before is not None
        os.kill(before, signal.SIGKILL)
        candidate = await touching
        assert host.pid != before
        assert candidate.logits.shape == (256, 256)
        assert np.isfinite(candidate.logits).all()
    finally:
        decoders.close()
        await asyncio.to_thread(executor.close)


def test_a_gpu_that_is_required_is_there_or_nothing_starts() -> None:
    with pytest.raises(DeviceError, match="a GPU is required"):
        load_sam(Settings(require_gpu=True, device="cpu"))
    with pytest.raises(DeviceError, match="TensorrtExecutionProvider"):
        load_sam(Settings(device="tensorrt"))
    with pytest.raises(DeviceError, match="no device is called"):
        load_sam(Settings(device="abacus"))
