"""Answers that public trackers of servers and clients tell of, built anew; the lab cites each."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pipeline.captions import Request
from pipeline.errors import CaptionError
from tests.conftest import ROOT
from tests.contract.openai import PICTURE, SWEATER
from tests.contract.test_caption_oddities import DONE, GOOD, HALVES, LAST, body, data, event

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.openai import Makers
    from tests.stands.completions import Service

LAB = ROOT / "docs" / "lab" / "trackers.md"
TITLE = SWEATER["title"]
PAGE = (
    "<!DOCTYPE html><html><head><title>shop.example | 502: Bad gateway</title></head><body>"
    + "<div>Ray ID</div>" * 400
)
"""What a gateway shows to people."""


def chunk(content: str, **more: Any) -> dict[str, Any]:
    """An event with nothing but what it cannot do without."""
    return {"object": "chat.completion.chunk", "choices": [{"delta": {"content": content}}], **more}


def nulls(content: str) -> dict[str, Any]:
    delta = {"role": None, "content": content, "tool_calls": None}
    choice = {
        "index": 0,
        "delta": delta,
        "logprobs": None,
        "finish_reason": "",
        "matched_stop": None,
    }
    return {"id": "b", "object": "chat.completion.chunk", "choices": [choice], "usage": None}


ZEROS = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
NULLS = dict.fromkeys(ZEROS)
STREAMS: dict[str, str] = {
    "openai/openai-python#2722": f"retry: 3000\n\n{data(*HALVES, LAST)}{DONE}",
    "openai/openai-python#3833": f"{data(HALVES[0])}id: 5\n\n{data(HALVES[1], LAST)}{DONE}",
    "caozhiyuan/copilot-api#88": f'event: ping\ndata: ""\n\n{data(*HALVES, LAST)}{DONE}',
    "ollama/ollama#4446": data(*HALVES, *[event({"content": " \n"})] * 400),
    "vllm-project/vllm#16182": data(
        *(event({"reasoning_content": one}) for one in (GOOD[:90], GOOD[90:])), LAST) + DONE,
    "vllm-project/vllm#50948": data(
        *(event({"reasoning": one, "content": None}) for one in (GOOD[:9], GOOD[9:])), LAST),
    "mudler/LocalAI#1194": data(
        {"choices": [{"delta": {"role": "assistant"}}], "usage": ZEROS},
        *(chunk(one, usage=ZEROS) for one in (GOOD[:50], GOOD[50:]))) + DONE,
    "openai/openai-node#1292": data(*HALVES) + DONE,
    "vercel/ai#2763": data(
        event({"content": ""}) | {"usage": {"prompt_tokens": 11, "total_tokens": 11}},
        *HALVES, LAST) + DONE,
    "BerriAI/litellm#33054": data(
        *HALVES, LAST | {"usage": ZEROS | {"prompt_tokens_details": {"cached_tokens": 4}}},
        {"choices": [], "usage": ZEROS | {"prompt_tokens_details": None}}) + DONE,
    "livekit/agents#6596": data(*HALVES, LAST, {"choices": [], "usage": NULLS}) + DONE,
    "Mintplex-Labs/anything-llm#5112": data(*HALVES, LAST, {"usage": ZEROS, "cost": 0}) + DONE,
    "sgl-project/sglang#3912": data(*map(nulls, (GOOD[:30], GOOD[30:])), LAST) + DONE,
}  # fmt: skip
WHOLE: dict[str, Any] = {
    "openai/openai-python#857": body(
        GOOD + ("\n" + 23 * " ") * 900, {"finish_reason": "length"}
    ),
    "openai/openai-node#1185": body(GOOD.replace(', "title"', "," + "\n" * 4000 + '"title"')),
    "ollama/ollama#2577": body(GOOD + "\n" * 9000),
    "vllm-project/vllm#15618": {
        "choices": [{"message": {"role": "assistant", "reasoning_content": GOOD}}]
    },
    "mudler/LocalAI#788": {
        "object": "chat.completion",
        "choices": [{"message": {"role": "assistant", "content": GOOD}}],
    },
    "googleapis/python-genai#637": body(f"ny\n```json\n{GOOD}\n```"),
    "AdityaPatil22/SenGuard#69": body(
        f"Сначала кратко:\n```text\nсвитер\n```\nА вот ответ:\n```json\n{GOOD}\n```"
    ),
    "openai/openai-openapi#20": body(choice={"finish_reason": None}),
}  # fmt: skip
HUGE: dict[str, str] = {
    # JSON that Python writes no other way: numbers of no sense, a name twice.
    "openai/openai-agents-python#1179": json.dumps(body(usage=NULLS)),
    "a number beyond any": json.dumps(body()).replace("2000", "9" * 400, 1),
    "infinity": json.dumps(body()).replace("2000", "1e999", 1),
    "no number": json.dumps(body()).replace("2000", "NaN", 1),
    "less than nothing": json.dumps(body()).replace("2000", "-5", 1),
    "a name twice": json.dumps(body()).replace('"usage"', '"usage": null, "usage"', 1),
    "a name twice in the listing": json.dumps(body(GOOD.replace("{", '{"title": "?", ', 1))),
    "bytes behind the answer": json.dumps(body()) + "\r\n0\r\n\r\n",
    "a prefix against scripts": ")]}',\n" + json.dumps(body()),
}  # fmt: skip
BAD: dict[str, tuple[int, str, str]] = {
    # status, content type, body: said in one line, without the page
    "SWE-agent/mini-swe-agent#902": (
        200, "application/json", '{"error": {"message": "flagged", "code": 502}}'),
    "langchain-ai/langchainjs#11418": (200, "application/json", '{"id": "x", "object": "y"}'),
    "UKGovernmentBEIS/inspect_ai#3687": (200, "application/json", '"upstream connect error"'),
    "esi/esi-issues#902": (502, "text/html", PAGE),
    "smallmain/vscode-unify-chat-provider#59": (200, "text/html", PAGE),
    "NousResearch/hermes-agent#111887": (200, "text/event-stream", "data:\n\n"),
    "an empty body": (200, "application/json", ""),
    "null": (200, "application/json", "null"),
    "a number": (200, "application/json", "7"),
    "no choices": (200, "application/json", '{"choices": []}'),
    "choices that are none": (200, "application/json", '{"choices": "none"}'),
    "a file": (200, "application/octet-stream", "\x00" * 500),
    "an empty stream": (200, "text/event-stream", ""),
    "the end alone": (200, "text/event-stream", DONE),
}  # fmt: skip


def _ignore(_: object) -> None:
    """See a text grow, so that it is streamed."""


def sends(text: str, kind: str, status: int = 200) -> Callable[[web.Request], Any]:
    async def respond(_: web.Request) -> web.Response:
        return web.Response(body=text.encode(), content_type=kind, status=status)

    return respond


async def failing(
    service: Service, describer_at: Makers, rows: dict[str, str], kind: str, watch: Any
) -> dict[str, str]:
    """Ask for each row, and return those that are no listing, with the reason."""
    describer, wrong = describer_at(service.url), {}
    for name, text in rows.items():
        service.answers[:] = [sends(text, kind)]
        service.bodies.clear()
        try:
            caption = await describer.describe(Request(PICTURE), watch)
        except CaptionError as error:
            wrong[name] = repr(error)
        else:
            if (caption.listing.title, len(service.bodies)) != (TITLE, 1):
                wrong[name] = f"{caption.listing.title!r} after {len(service.bodies)}"
    return wrong


async def test_streams_of_the_trackers(service: Service, describer_at: Makers) -> None:
    kind = "text/event-stream"
    assert await failing(service, describer_at, STREAMS, kind, _ignore) == {}


async def test_answers_of_the_trackers(service: Service, describer_at: Makers) -> None:
    rows = {name: json.dumps(sent, ensure_ascii=False) for name, sent in WHOLE.items()}
    kind = "application/json"
    assert await failing(service, describer_at, rows | HUGE, kind, None) == {}


async def test_what_is_no_answer_is_said_in_a_line(service: Service, describer_at: Makers) -> None:
    for name, (status, kind, text) in BAD.items():
        for watch in (None, _ignore):
            service.answers[:] = [sends(text, kind, status)]
            try:
                await describer_at(service.url).describe(Request(PICTURE), watch)
            except CaptionError as error:
                told = str(error)
            else:
                told = "nothing was said"
            assert told.splitlines()[0] == told, name
            assert 10 < len(told) < 400, (name, told)
            assert "<" not in told, (name, told)
            assert told != "nothing was said", name


def test_the_lab_cites_them() -> None:
    told = LAB.read_text("utf-8")
    rows = [name for name in (*STREAMS, *WHOLE, *HUGE, *BAD) if "#" in name]
    assert len(rows) >= 26
    assert [name for name in rows if f"[{name}](" not in told] == []
