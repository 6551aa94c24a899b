"""The describer and an OpenAI-compatible server: no listing, a refusal, what is never sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from llmock.scenarios import Reply

from pipeline.captions import Request
from pipeline.errors import CaptionError, CaptionRefusedError, CaptionServiceError, SettingsError
from tests.contract.openai import KEY, PICTURE, SWEATER, answer, openai_describer
from tests.stands.completions import completion

if TYPE_CHECKING:
    from llmock.pytest_plugin import LLMock

    from tests.contract.openai import Makers
    from tests.stands.completions import Service


@pytest.mark.parametrize("content", ["", "{", "[]", '{"title": 1}', "A fine sweater.", "null"])
async def test_a_malformed_listing_twice_is_an_error(
    service: Service,
    describer_at: Makers,
    content: str,
) -> None:
    service.says(completion(content))

    with pytest.raises(CaptionServiceError, match="none of them a listing"):
        await describer_at(service.url).describe(Request(PICTURE))

    assert len(service.bodies) == 2


async def test_a_malformed_listing_once_is_mended(llmock: LLMock, describer_at: Makers) -> None:
    llmock.reply(answer()[:100]).reply(answer())

    caption = await describer_at(None).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]


async def test_a_cut_off_answer_is_asked_for_again(llmock: LLMock, describer_at: Makers) -> None:
    llmock.add(Reply(answer()[:200], finish_reason="length")).reply(answer())

    caption = await describer_at(None).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]
    assert "cut off" in llmock.last_request.body["messages"][3]["content"]


@pytest.mark.parametrize("field", ["title", "description"])
async def test_an_empty_field_twice_is_an_error(
    service: Service,
    describer_at: Makers,
    field: str,
) -> None:
    empty = SWEATER | {field: "", "seen": SWEATER["seen"] | {"product": ""}}
    service.says(completion(json.dumps(empty)))

    with pytest.raises(CaptionServiceError, match="no title or no description"):
        await describer_at(service.url).describe(Request(PICTURE))


async def test_the_wrong_language_twice_is_an_error(
    service: Service,
    describer_at: Makers,
) -> None:
    service.says(completion(answer()))

    with pytest.raises(CaptionServiceError, match="not written in English"):
        await describer_at(service.url).describe(Request(PICTURE, "en"))


async def test_a_refusal(service: Service, describer_at: Makers) -> None:
    service.says(completion(None, refusal="I can't help with that."))

    with pytest.raises(CaptionRefusedError):
        await describer_at(service.url).describe(Request(PICTURE))

    assert len(service.bodies) == 1


@pytest.mark.parametrize(
    "content",
    [
        "I'm sorry, but I can't assist with that request.",
        "I’m unable to describe people in images.",
        "Извините, я не могу помочь с описанием этого изображения.",
        "<think>The user wants {a caption} of underwear.</think>К сожалению, не могу.",
    ],
)
async def test_a_refusal_in_words(service: Service, describer_at: Makers, content: str) -> None:
    """Asked once more, since many models think better of it; then the next provider's turn."""
    service.says(completion(content))

    with pytest.raises(CaptionRefusedError):
        await describer_at(service.url).describe(Request(PICTURE))

    assert len(service.bodies) == 2


async def test_a_refusal_in_words_that_is_taken_back(
    service: Service, describer_at: Makers
) -> None:
    service.says(completion("Sorry, I cannot.")).says(completion(answer()))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]


async def test_the_content_filter(llmock: LLMock, describer_at: Makers) -> None:
    llmock.add(Reply("", finish_reason="content_filter"))

    with pytest.raises(CaptionRefusedError):
        await describer_at(None).describe(Request(PICTURE))


async def test_a_blocked_picture(llmock: LLMock, describer_at: Makers) -> None:
    llmock.fail(400, code="content_policy_violation")

    with pytest.raises(CaptionRefusedError):
        await describer_at(None).describe(Request(PICTURE))


@pytest.mark.parametrize("key", ["", "  ", "ключ", "sk-\nx"])
def test_a_key_that_cannot_be_sent(key: str) -> None:
    with pytest.raises(SettingsError):
        openai_describer(key)


def test_an_address_that_is_none() -> None:
    with pytest.raises(SettingsError):
        openai_describer(KEY, "localhost:11434")


async def test_a_key_with_a_line_end_is_cleaned(service: Service) -> None:
    service.says(completion(answer()))
    describer = openai_describer(f" {KEY}\n", service.url)

    await describer.describe(Request(PICTURE))
    await describer.aclose()

    assert service.headers[0]["Authorization"] == f"Bearer {KEY}"


async def test_every_error_has_words_for_the_seller(llmock: LLMock, describer_at: Makers) -> None:
    llmock.fail(500)

    with pytest.raises(CaptionError) as caught:
        await describer_at(None).describe(Request(PICTURE))

    assert caught.value.text_key == "caption-unavailable"
