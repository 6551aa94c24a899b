"""A caption server of our own, for what llmock cannot say, and describers that are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.contract.openai import Makers
from tests.stands.completions import Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", service.handle)
    async with TestServer(app) as server:
        service.url = str(server.make_url("/v1"))
        yield service
        service.closing.set()


@pytest_asyncio.fixture
async def describer_at() -> AsyncIterator[Makers]:
    makers = Makers()
    yield makers
    for describer in makers.made:
        await describer.aclose()
