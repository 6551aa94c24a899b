"""What a server refuses is left out, once; what was learnt is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pipeline.captions import Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.capabilities import AnswerForm, Capabilities
from pipeline.captions.servers.learnt import KEPT_AT_MOST, KEPT_SECONDS, Learnt
from pipeline.captions.servers.provider_openai import OpenAIModel
from pipeline.errors import CaptionRequestError, CaptionServiceError
from tests.contract.openai import KEY, PICTURE, SWEATER, answer
from tests.contract.recorded_servers import SERVERS
from tests.stands.strict import Rule, StrictServer

if TYPE_CHECKING:
    from pathlib import Path

UNKNOWN = "some-model"
"""Unknown to the catalogue, so that everything has to be learnt."""
MAY_BE_REFUSED = (
    "json_schema", "max_completion_tokens", "stream_options", "detail", "temperature",
    "reasoning_effort", "system", "stream",
)  # fmt: skip


def _ignore(_: object) -> None:
    """See a text grow, so that it is streamed."""


def named_by_openai(name: str) -> Rule:
    place = {
        "json_schema": "response_format",
        "detail": "messages.[1].content.[1].image_url.detail",
        "system": "messages[0].role",
    }.get(name, name)
    message = f"Unsupported parameter: '{place}' is not supported with this model."
    error = {"message": message, "type": "invalid_request_error", "param": place,
             "code": "unsupported_parameter"}  # fmt: skip
    return Rule(name, 400, {"error": error})


def named_by_fastapi(name: str) -> Rule:
    places: dict[str, list[str | int]] = {
        "json_schema": ["response_format", "json_schema"],
        "system": ["messages", 0, "role"],
        "detail": ["messages", 1, "content", 1, "image_url", "detail"],
    }
    place = places.get(name, [name])
    detail = [{"type": "extra_forbidden", "loc": ["body", *place], "input": {"temperature": 1},
               "msg": "Extra inputs are not permitted"}]  # fmt: skip
    return Rule(name, 422, {"detail": detail})


def named_in_words(name: str) -> Rule:
    words = {
        "json_schema": "This model does not support structured outputs",
        "detail": "image_url.detail is an unknown field",
        "system": "System role not supported",
        "stream": "Streaming is not supported by this model",
        "reasoning_effort": "this model does not support thinking",
    }.get(name, f"unknown field {name}")
    return Rule(name, 400, {"error": words})


def named_as_text(name: str) -> Rule:
    rule = named_in_words(name)
    assert isinstance(rule.body, dict)
    return Rule(name, 400, f"Bad Request: {rule.body['error']}")


DIALECTS = {"openai": named_by_openai, "fastapi": named_by_fastapi, "words": named_in_words,
            "text": named_as_text}  # fmt: skip


def model_at(server: StrictServer, model: str = UNKNOWN, **settings: Any) -> OpenAIModel:
    return OpenAIModel(KEY, server.url, model=model, retries=0, **({"temperature": 0.7} | settings))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", MAY_BE_REFUSED)
async def test_what_is_refused_is_left_out_from_then_on(name: str, dialect: str) -> None:
    rule = DIALECTS[dialect](name)
    async with StrictServer(answer(), [rule]) as server:
        # A model that takes an effort, where that is what is refused.
        model = model_at(server, "gpt-5.1" if name == "reasoning_effort" else UNKNOWN)
        if name == "temperature":
            assert model.name == UNKNOWN
        describer = ChatDescriber(model, timeout=60)
        caption = await describer.describe(Request(PICTURE), _ignore)
        first = len(server.asked)
        await describer.describe(Request(PICTURE), _ignore)
        await describer.aclose()

    assert caption.listing.title == SWEATER["title"]
    assert rule.breaks(server.asked[0]), "it was sent at first"
    assert not any(rule.breaks(asked) for asked in server.asked[first:])
    assert len(server.asked) == first + 1, "nothing is tried again"
    kept = set(MAY_BE_REFUSED) - {name, "json_schema", "reasoning_effort"}
    for other in kept - ({"stream_options"} if name == "stream" else set()):
        if not (name == "reasoning_effort" and other == "temperature"):
            assert Rule(other, 0, "").breaks(server.asked[-1]), f"{other} is still sent"


async def test_the_form_steps_down_to_words() -> None:
    rules = [named_by_openai("json_schema"), Rule("json_object", 400, {"error": "no json mode"})]
    async with StrictServer(answer(), rules) as server:
        describer = ChatDescriber(model_at(server), timeout=60)
        await describer.describe(Request(PICTURE))
        await describer.aclose()
    forms = [(asked.get("response_format") or {}).get("type") for asked in server.asked]
    assert forms == ["json_schema", "json_object", None]
    assert "One JSON object" in server.asked[-1]["messages"][0]["content"]


async def test_neither_limit_is_taken() -> None:
    rules = [named_by_openai("max_completion_tokens"), named_by_openai("max_tokens")]
    async with StrictServer(answer(), rules) as server:
        describer = ChatDescriber(model_at(server), timeout=60)
        await describer.describe(Request(PICTURE))
        await describer.aclose()
    assert "max_completion_tokens" in server.asked[0]
    assert "max_tokens" in server.asked[1]
    assert not {"max_tokens", "max_completion_tokens"} & server.asked[-1].keys()


async def test_a_limit_that_is_too_high_for_a_small_context() -> None:
    """vLLM names both parameters, whichever was sent."""
    told = ("'max_tokens' or 'max_completion_tokens' is too large: 3000. This model's maximum "
            "context length is 4096 tokens and your request has 2000 input tokens")  # fmt: skip
    body = {"error": {"message": told, "type": "BadRequestError", "param": "max_tokens"}}
    rules = [Rule("max_tokens", 400, body), Rule("max_completion_tokens", 400, body)]
    async with StrictServer(answer(), rules) as server:
        describer = ChatDescriber(model_at(server), timeout=60)
        assert (await describer.describe(Request(PICTURE))).text
        await describer.aclose()


async def test_all_is_refused_without_a_word() -> None:
    rules = [Rule(name, 400, "") for name in ("json_schema", "detail", "stream_options")]
    async with StrictServer(answer(), rules) as server:
        describer = ChatDescriber(model_at(server), timeout=60)
        await describer.describe(Request(PICTURE), _ignore)
        await describer.describe(Request(PICTURE), _ignore)
        await describer.aclose()
    assert len(server.asked) == 3, "the plainest request, which is then kept"


async def test_a_picture_that_is_disliked_teaches_nothing() -> None:
    rules = [Rule("picture", 400, {"error": {"message": "could not process the file"}})]
    learnt = Learnt()
    async with StrictServer(answer(), rules) as server:
        model = model_at(server, learnt=learnt)
        with pytest.raises(CaptionRequestError, match="could not process"):
            await ChatDescriber(model, timeout=60).describe(Request(PICTURE))
        await model.aclose()
    assert learnt.get(model.server, UNKNOWN) is None


@pytest.mark.parametrize(
    "told",
    [
        "image input is not supported - hint: you may need to provide the mmproj",
        "This model does not support image input",
        "unknown variant `image_url`, expected `text`",
        "No endpoints found that support image input",
        "some-model is not a multimodal model",
    ],
)
@pytest.mark.parametrize("status", [400, 404, 500])
async def test_a_model_that_sees_nothing_is_said_plainly(told: str, status: int) -> None:
    async with StrictServer(answer(), [Rule("picture", status, {"error": {"message": told}})]) as s:
        model = model_at(s)
        with pytest.raises(CaptionServiceError, match="takes no pictures"):
            await ChatDescriber(model, timeout=60).describe(Request(PICTURE))
        await model.aclose()
        assert len(s.asked) == 1


@pytest.mark.parametrize("values", [["none"], ["none", "minimal"], ["none", "minimal", "low"]])
async def test_the_least_effort_that_is_taken(values: list[str]) -> None:
    def no(value: str) -> Rule:
        told = (f"Unsupported value: 'reasoning_effort' does not support '{value}' with this "
                "model. Supported values are: 'low', 'medium', and 'high'.")  # fmt: skip
        error = {"message": told, "param": "reasoning_effort", "code": "unsupported_value"}
        return Rule(f"effort:{value}", 400, {"error": error})

    async with StrictServer(answer(), [no(value) for value in values]) as server:
        describer = ChatDescriber(model_at(server, "gpt-6-luna"), timeout=60)
        await describer.describe(Request(PICTURE))
        await describer.aclose()
    expected = ["none", "minimal", "low", None][len(values)]
    assert server.asked[-1].get("reasoning_effort") == expected
    assert "temperature" not in server.asked[-1], "the catalogue knows that it takes none"


async def test_tokens_that_went_for_thoughts_are_given_once_more() -> None:
    def thinking(content: str, _: str) -> object:
        room = server.asked[-1].get("max_completion_tokens", 0)
        short = room < 10_000
        message = {"role": "assistant", "content": "" if short else content,
                   "reasoning_content": "Let me think. " * 50}  # fmt: skip
        return {"choices": [{"message": message, "finish_reason": "length" if short else "stop"}],
                "usage": {"prompt_tokens": 1000, "completion_tokens": 3000}}  # fmt: skip

    async with StrictServer(answer(), whole=thinking) as server:
        describer = ChatDescriber(model_at(server), timeout=60)
        caption = await describer.describe(Request(PICTURE))
        await describer.describe(Request(PICTURE))
        await describer.aclose()
    assert caption.listing.title == SWEATER["title"]
    assert caption.tokens_out == 6000, "what was thought away is paid as well"
    assert len(server.asked) == 3


@pytest.mark.parametrize("watch", [None, _ignore], ids=["whole", "streamed"])
@pytest.mark.parametrize("name", SERVERS)
async def test_a_real_server(name: str, watch: Any) -> None:
    recorded = SERVERS[name]
    server = StrictServer(
        answer(), list(recorded.rules), whole=recorded.whole, events=recorded.events
    )
    async with server:
        describer = ChatDescriber(model_at(server, recorded.model), timeout=60)
        caption = await describer.describe(Request(PICTURE), watch)
        await describer.aclose()
    assert caption.listing.title == SWEATER["title"]
    assert caption.listing.bullets == tuple(SWEATER["bullets"])
    assert (caption.tokens_in, caption.tokens_out) == (2000, 300)
    for parameter, value in recorded.leaves.items():
        assert server.asked[-1][parameter] == value


@pytest.mark.parametrize("name", SERVERS)
async def test_a_real_server_without_the_model(name: str) -> None:
    recorded = SERVERS[name]
    async with StrictServer(answer(), [*recorded.rules, recorded.no_model]) as server:
        model = model_at(server, "gone")
        with pytest.raises(CaptionServiceError, match="has no model gone"):
            await ChatDescriber(model, timeout=60).describe(Request(PICTURE))
        await model.aclose()


# What is kept


async def test_what_was_learnt_is_there_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    async with StrictServer(answer(), [named_by_openai("json_schema")]) as server:
        for _ in range(2):
            describer = ChatDescriber(model_at(server, learnt=Learnt(file)), timeout=60)
            await describer.describe(Request(PICTURE))
            await describer.aclose()
    assert len(server.asked) == 3
    assert KEY not in file.read_text()


async def test_it_is_bounded_and_grows_old(tmp_path: Path) -> None:
    now = 1000.0
    learnt = Learnt(tmp_path / "servers.json", clock=lambda: now)
    words = Capabilities(form=AnswerForm.WORDS)
    for number in range(KEPT_AT_MOST + 5):
        await learnt.keep("http://server", str(number), words)
    assert learnt.get("http://server", "0") is None
    assert learnt.get("http://server", "68") == words
    again = Learnt(tmp_path / "servers.json", clock=lambda: now)
    assert again.get("http://server", "68") == words
    now += KEPT_SECONDS
    assert again.get("http://server", "68") is None


@pytest.mark.parametrize("damage", [b"", b"{", b'{"a": {"until": "soon"}}', b"\xff\xfe" * 1000])
async def test_a_damaged_file_is_learnt_anew(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "servers.json"
    file.write_bytes(damage)
    learnt = Learnt(file)
    await learnt.keep("http://server", "m", Capabilities())
    assert Learnt(file).get("http://server", "m") == Capabilities()


async def test_no_folder_is_made_for_it(tmp_path: Path) -> None:
    await Learnt(tmp_path / "none" / "servers.json").keep("http://server", "m", Capabilities())
    assert not (tmp_path / "none").exists()
