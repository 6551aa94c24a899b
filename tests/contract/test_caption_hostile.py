"""Caption servers that answer without an end: what is read of them, and what that takes."""

from __future__ import annotations

import asyncio
import os
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.captions import Listing, Price, Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.bounded import READ_AT_MOST
from pipeline.captions.servers.provider_gigachat import GigaChatModel
from pipeline.captions.servers.provider_openai import OpenAIModel
from pipeline.errors import CaptionError, CaptionServiceError
from tests.contract.caption_servers import CREDENTIALS
from tests.stands.completions import completion
from tests.stands.hostile import WAYS, Hostile

if TYPE_CHECKING:
    from pipeline.captions.chat import ChatModel
    from tests.stands.completions import Service

KERNEL = 12_000_000
"""Bytes that lie in the sockets' buffers on loopback, sent and never read."""
MEMORY = 40_000_000
PRICE = Price(Decimal(2), Decimal(1), Decimal(10))


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def model_of(provider: str, server: Hostile, retries: int = 1) -> ChatModel:
    if provider == "openai":
        return OpenAIModel("sk-test-0123456789", server.url, retries=retries)
    return GigaChatModel(
        CREDENTIALS, base_url=server.url, auth_url=server.auth_url,
        retries=retries, retry_backoff_factor=0.01,
    )  # fmt: skip


@pytest.mark.parametrize("watch", [None, lambda _: None], ids=["whole", "streamed"])
@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("provider", ["openai", "gigachat"])
async def test_no_more_than_a_megabyte_is_read(provider: str, way: str, watch: Any) -> None:
    async with Hostile(way).running() as server:
        describer = ChatDescriber(model_of(provider, server), timeout=25)
        before, most = resident(), 0
        task = asyncio.create_task(describer.describe(Request(b"picture"), watch))
        while not task.done():
            await asyncio.wait({task}, timeout=0.02)
            most = max(most, resident() - before)
        error = task.exception()
        await describer.aclose()

    assert isinstance(error, CaptionError)
    assert len(repr(error)) < 1000
    assert "No caption within" not in str(error), "it ended by itself"
    assert server.sent < READ_AT_MOST + KERNEL * max(server.calls, 1)
    assert most < MEMORY


@pytest.mark.no_cover  # a tracer would be timed with the reading
@pytest.mark.parametrize("way", ["crumbs", "empty events", "comments"])
async def test_others_have_their_turn_meanwhile(way: str) -> None:
    """The loop's thread works for some 20 ms at a stretch at most, by its own clock."""
    tries = [await _longest_stretch(way) for _ in range(3)]
    assert min(tries) < 0.05, tries


async def _longest_stretch(way: str) -> float:
    """Return the second longest stretch: the server runs on the same loop, its clock is coarse."""
    async with Hostile(way).running() as server:
        describer = ChatDescriber(model_of("openai", server, retries=0), timeout=25)
        task = asyncio.create_task(describer.describe(Request(b"picture"), lambda _: None))
        stretches = []
        while not task.done():
            start = time.thread_time()
            await asyncio.sleep(0.001)
            stretches.append(time.thread_time() - start)
        assert task.exception() is not None
        await describer.aclose()
    return sorted(stretches)[-2]


async def test_an_answer_that_cannot_be_used_is_paid(service: Service) -> None:
    body = completion("nothing")
    body["choices"] = []
    body["usage"] = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    service.says(body)
    model = OpenAIModel("sk-test-0123456789", service.url, retries=0, price=PRICE)
    describer = ChatDescriber(model, timeout=25)

    with pytest.raises(CaptionServiceError) as caught:
        await describer.describe(Request(b"picture"))

    await describer.aclose()
    assert [one.cost for one in caught.value.spent] == [Decimal("0.003")]


async def test_a_long_answer_is_cut_and_paid(service: Service) -> None:
    body = completion('{"title": "' + "a. " * 100_000)
    body["usage"] = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    service.says(body)
    model = OpenAIModel("sk-test-0123456789", service.url, retries=0, price=PRICE)
    describer = ChatDescriber(model, timeout=25)
    grown: list[Listing] = []

    with pytest.raises(CaptionServiceError) as caught:
        await describer.describe(Request(b"picture"), grown.append)

    await describer.aclose()
    [spent] = caught.value.spent
    assert (spent.tokens_in, spent.cost) == (2000, Decimal("0.006")), "both questions"
    assert len(service.bodies[-1]["messages"][2]["content"]) <= 20_000
