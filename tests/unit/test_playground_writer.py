"""The demo writer: the bot's own caption code takes its answers, and it says what it is."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from PIL import Image
from pydantic import SecretStr

from pipeline.captions import Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.render import card_text
from playground.serving import serving
from playground.writer.measured import measure
from playground.writer.server import PATH
from vitrina.describers import ModelContext, compatible_model
from vitrina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest_asyncio.fixture
async def writer(samples: Path) -> AsyncIterator[ChatDescriber]:
    async with serving("1:t", samples, 0) as playground:
        settings = Settings.model_validate(
            {
                "compatible_base_url": playground.url + PATH,
                "compatible_api_key": SecretStr("none"),
                "compatible_model": "demo",
            }
        )
        describer = ChatDescriber(compatible_model(settings, ModelContext()))
        yield describer
        await describer.aclose()


@pytest.fixture
def green() -> bytes:
    """A green thing on white."""
    picture = Image.new("RGB", (300, 300), "white")
    picture.paste((48, 150, 84), (90, 30, 210, 270))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=92)
    return buffer.getvalue()


async def written(writer: ChatDescriber, request: Request) -> str:
    return card_text((await writer.describe(request)).listing, request.rules)


LANGUAGES = [
    ("ru", "футболка, размер 98, 500 рублей", "Демо", "зелёный"),
    ("en", "shirt, size M, $40", "Demo", "green"),
    ("ru", "футболка\nразмер M\n500 рублей", "Демо", "зелёный"),
]


@pytest.mark.parametrize(("language", "words", "mark", "colour"), LANGUAGES)
async def test_a_caption_of_the_sellers_words_and_what_is_measured(
    writer: ChatDescriber, green: bytes, language: str, words: str, mark: str, colour: str
) -> None:
    request = Request(green, language=language, facts=words)
    first = await written(writer, request)
    assert mark in first
    assert colour in first
    name = words.replace("\n", ",").split(",", maxsplit=1)[0]
    assert first.lower().splitlines()[0] == name
    assert "500" in first or "40" in first
    again = await written(writer, replace(request, earlier=(first,)))
    assert mark in again
    assert again != first


async def test_a_price_is_a_sentence_that_can_be_left_out(
    writer: ChatDescriber, green: bytes
) -> None:
    words = "Ботинки, мех внутри, размеры 36-40, 4 990 ₽, было 6 500 ₽. Стирать вручную"
    told = (await writer.describe(Request(green, language="ru", facts=words))).listing.description
    assert told.startswith("Ботинки, мех внутри, размеры 36-40. 4 990 ₽, было 6 500 ₽. Стирать")
    there = Request(green, language="ru", facts=words, market="wildberries")
    without = (await writer.describe(there)).listing.description
    assert "мех внутри" in without
    assert "990" not in without


async def test_without_words_and_without_a_picture(writer: ChatDescriber, green: bytes) -> None:
    assert "Демо" in await written(writer, Request(green))
    assert measure("data:image/jpeg;base64,AAAA").colours == ()
    assert measure("").colours == ()
