"""Answers as real servers send them: a good one is never thrown away for its envelope.

Each row names where such an answer was seen, in the public trackers of servers and clients.
"""

from __future__ import annotations

import gzip
import json
import zlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from pipeline.captions import Request
from pipeline.errors import CaptionRefusedError, CaptionServiceError
from tests.contract.openai import PICTURE, SWEATER, answer
from tests.stands.completions import completion

if TYPE_CHECKING:
    from tests.contract.openai import Makers
    from tests.stands.completions import Service

GOOD = answer()
ONE_LINE = "Высокий ворот закрывает шею, и шарф можно оставить дома. "


def _ignore(_: object) -> None:
    """See a text grow, so that it is streamed."""


def body(content: Any = GOOD, choice: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """A completion with its message's fields, its choice's and its own changed."""
    made = completion(None) | more
    made["choices"][0] |= choice or {}
    if isinstance(content, dict):
        made["choices"][0]["message"] = {"role": "assistant", **content}
    else:
        made["choices"][0]["message"]["content"] = content
    return made


def raw(**changes: Any) -> str:
    """A listing with other values, nulls among them."""
    return json.dumps(SWEATER | changes, ensure_ascii=False)


TEXTS = {
    "a sentence with a brace behind it": f"{GOOD}\n\nSay so if {{anything}} should change.",
    "a raw line break in a string": GOOD.replace(ONE_LINE, ONE_LINE.strip() + "\n"),
    "a raw tab in a string": GOOD.replace("шею, и", "шею,\tи"),
    "thoughts (DeepSeek-R1, Qwen3)": f"<think>First {{look}}: a cap?</think>\n\n{GOOD}",
    "a draft in the thoughts": f"<think>{answer(title='Черновик')}</think>{GOOD}",
    "thoughts whose beginning the template wrote (vLLM)": f"A {{cap}}, so:\n</think>\n{GOOD}",
    "thoughts of Magistral": f"[THINK]It is {{yellow}}[/THINK]{GOOD}",
    "thoughts of Kimi": f"◁think▷A {{cap}}◁/think▷{GOOD}",
    "channels of gpt-oss": "<|channel|>analysis<|message|>See {it}.<|end|><|start|>assistant"
    f"<|channel|>final<|message|>{GOOD}",
    "a fence (LM Studio, Gemma)": f"```json\n{GOOD}\n```",
    "a fence without its end": f"```json\n{GOOD}",
    "a fence of another kind, and words": f"Вот описание:\n\n```\n{GOOD}\n```\nУдачи! {{}}",
    "a byte order mark": f"\ufeff{GOOD}",
    "a template's last token": f"{GOOD}<|im_end|>",
    "an object in a list": f"[{GOOD}]",
    "an object in an object": json.dumps({"listing": SWEATER}),
    "an object in a list in an object": json.dumps({"result": [SWEATER]}),
    "an object as a string (double encoding)": json.dumps(GOOD),
    "a string in an object": json.dumps({"answer": GOOD}),
    "the schema filled in (small models)": json.dumps({"type": "object", "properties": SWEATER}),
    "the schema itself before the answer": '{"title": {"type": "string"}, "description": '
    f'{{"type": "string"}}}}\n{GOOD}',
    "twice the same (Gemini)": f"{GOOD}\n{GOOD}",
    "a comma before the end of a list": GOOD.replace('плотной манжетой"]', 'плотной манжетой",]'),
    "a comma before the end": GOOD[:-1] + ",}",
    "Python's None": GOOD.replace('"material": ""', '"material": None'),
    "Python's way to write it (str of a dict)": str(SWEATER),
    "no last brace (a stop token ate it)": GOOD[:-1],
    "no last bracket and brace": GOOD[:-2],
    "nulls": raw(unknown=None, contradictions=None, seen=SWEATER["seen"] | {"material": None}),
    "nulls as words": raw(seen=SWEATER["seen"] | {"material": "null", "text": "N/A"}),
    "fields that are not there": json.dumps(
        {key: SWEATER[key] for key in ("title", "description", "bullets")}
    ),
    "names in camel case": GOOD.replace("call_to_action", "callToAction"),
    "names in capitals": GOOD.replace('"title"', '"Title"').replace('"bullets"', '"Bullets"'),
    "a text for a list": raw(bullets="\n".join(SWEATER["bullets"])),
    "a list for a text": raw(description=[SWEATER["description"]]),
    "objects in a list": raw(bullets=[{"text": one} for one in SWEATER["bullets"]]),
    "fields that nobody asked for": raw(price=None, notes={"confidence": 0.9}),
    "half of a pair": GOOD.replace("Горчичный свитер с", "Горчичный свитер\\ud83d с"),
    "forward slashes escaped": GOOD.replace("Косы", "\\u041a\\u043e\\u0441\\u044b"),
}

ENVELOPES: dict[str, Any] = {
    "null usage": body(usage={"prompt_tokens": None, "completion_tokens": None}),
    "no usage (llama-cpp-python streams)": body(usage=None),
    "usage as an empty list": body(usage=[]),
    "counts as floats": body(usage={"prompt_tokens": 2000.0, "completion_tokens": 300.0}),
    "counts as texts": body(usage={"prompt_tokens": "2000", "completion_tokens": "300"}),
    "counts named as in the Responses API": body(usage={"input_tokens": 9, "output_tokens": 3}),
    "null details": body(
        usage={"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": None}
    ),
    "content in parts": body([{"type": "text", "text": GOOD}]),
    "content in pieces of parts": body(
        [{"type": "text", "text": GOOD[:50]}, {"type": "text", "text": GOOD[50:]}]
    ),
    "thoughts as a part (Magistral)": body(
        [{"type": "thinking", "thinking": [{"type": "text", "text": "{"}]},
         {"type": "text", "text": GOOD}]
    ),
    "text as an object with its value": body([{"type": "text", "text": {"value": GOOD}}]),
    "content parsed already": body(dict(SWEATER)| {}) | {
        "choices": [{"index": 0, "finish_reason": "stop",
                     "message": {"role": "assistant", "content": SWEATER}}]
    },
    "the answer among the thoughts (vLLM)": body({"content": None, "reasoning_content": GOOD}),
    "the answer in reasoning (Ollama)": body({"content": "", "reasoning": GOOD}),
    "the answer as a tool's arguments (LiteLLM)": body(
        {"content": None, "tool_calls": [{"id": "1", "type": "function", "function":
                                          {"name": "json_tool_call", "arguments": GOOD}}]},
        {"finish_reason": "tool_calls"},
    ),
    "arguments parsed already (Ollama)": body(
        {"content": "", "tool_calls": [{"function": {"name": "listing", "arguments": SWEATER}}]}
    ),
    "the answer as a function's arguments": body(
        {"content": None, "function_call": {"name": "listing", "arguments": GOOD}}
    ),
    "no reason to end (Ollama)": body(choice={"finish_reason": None}),
    "an empty reason (SGLang)": body(choice={"finish_reason": ""}),
    "a reason of its own (TGI)": body(choice={"finish_reason": "eos_token"}),
    "a reason in capitals (Gemini)": body(choice={"finish_reason": "STOP"}),
    "cut off behind the last brace": body(f"{GOOD}\n\n\n\n", {"finish_reason": "length"}),
    "an empty refusal": body({"content": GOOD, "refusal": ""}),
    "a refusal beside a good answer": body({"content": GOOD, "refusal": "not really"}),
    "a null refusal and annotations (Azure)": body(
        {"content": GOOD, "refusal": None, "annotations": []},
        {"content_filter_results": {"hate": {"filtered": False}}},
    ),
    "a text instead of a message": completion(None) | {"choices": [{"text": GOOD}]},
    "a piece of a stream instead of a message": completion(None)
    | {"choices": [{"delta": {"content": GOOD}, "finish_reason": "stop"}]},
    "a null error beside the answer (OpenRouter)": body(error=None),
    "the whole in a list (Cloudflare)": [body()],
    "several choices": body() | {"choices": body()["choices"] * 2},
    "no id, no model, no object (a gateway)": {"choices": body()["choices"]},
}  # fmt: skip


@pytest.mark.parametrize("said", TEXTS.values(), ids=TEXTS)
async def test_a_text(service: Service, describer_at: Makers, said: str) -> None:
    service.says(body(said))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]
    assert caption.listing.description.split() == SWEATER["description"].split()
    assert caption.listing.bullets == tuple(SWEATER["bullets"])
    assert len(service.bodies) == 1, "it is good as it is"


@pytest.mark.parametrize("sent", ENVELOPES.values(), ids=ENVELOPES)
async def test_an_envelope(service: Service, describer_at: Makers, sent: Any) -> None:
    service.says(sent)

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]
    assert caption.listing.bullets == tuple(SWEATER["bullets"])
    assert len(service.bodies) == 1


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": -1}, "5"])
async def test_what_is_not_told_is_not_free(
    service: Service, describer_at: Makers, usage: object
) -> None:
    service.says(body(usage=usage))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.cost is None


async def test_usage_is_counted_in_any_of_its_shapes(
    service: Service, describer_at: Makers
) -> None:
    usage = {"prompt_tokens": "2000", "completion_tokens": 300.0, "prompt_cache_hit_tokens": 1000}
    service.says(body(usage=usage))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.cost == Decimal("0.00675")


def event(delta: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One event of a stream."""
    choice = {"index": 0, "delta": delta or {}, "finish_reason": more.pop("reason", None)}
    return {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [choice], **more}  # fmt: skip


def data(*events: object, end: str = "\n\n") -> str:
    return "".join(f"data: {json.dumps(one, ensure_ascii=False)}{end}" for one in events)


HALVES = (event({"role": "assistant", "content": GOOD[:90]}), event({"content": GOOD[90:]}))
LAST = event(reason="stop")
DONE = "data: [DONE]\n\n"
STREAMS = {
    "comments between (OpenRouter)": f": PROCESSING\n\n{data(HALVES[0])}: PROCESSING\n\n"
    f"{data(HALVES[1], LAST)}{DONE}",
    "named events and ids": f"event: message\nid: 1\nretry: 3\n{data(*HALVES, LAST)}{DONE}",
    "carriage returns": (data(*HALVES, LAST) + DONE).replace("\n", "\r\n"),
    "single line ends": data(*HALVES, LAST, end="\n"),
    "no space behind the colon": (data(*HALVES, LAST) + DONE).replace("data: ", "data:"),
    "a ping that is no JSON": f"data: ping\n\n{data(*HALVES, LAST)}{DONE}",
    "an empty event": f"data:\n\n{data(HALVES[0])}data: {{}}\n\n{data(HALVES[1], LAST)}{DONE}",
    "null events": f"data: null\n\n{data(*HALVES, LAST)}{DONE}",
    "no choices at first (Azure)": data(
        {"choices": [], "prompt_filter_results": []}, *HALVES, LAST
    ),
    "a choice without a delta (Azure)": data(
        *HALVES, LAST, {"choices": [{"index": 0, "content_filter_offsets": {}}]}
    ),
    "null choices": data({"choices": None}, *HALVES, LAST),
    "a null delta": data(event() | {"choices": [{"delta": None}]}, *HALVES, LAST),
    "null content": data(event({"role": "assistant", "content": None}), *HALVES, LAST),
    "a role in each event, an empty reason (Ollama)": data(
        *(event({"role": "assistant", "content": one}, reason="") for one in (GOOD[:9], GOOD[9:])),
        LAST,
    ),
    "thoughts first": data(event({"content": "", "reasoning": "A {cap}"}), *HALVES, LAST),
    "usage in each event (vLLM)": data(
        *(one | {"usage": {"prompt_tokens": 9, "completion_tokens": n}}
          for n, one in enumerate((*HALVES, LAST)))
    ),
    "null usage in each event": data(*(one | {"usage": None} for one in (*HALVES, LAST))),
    "no reason, no end (Gemini by a gateway)": data(*HALVES),
    "no end": data(*HALVES, LAST),
    "an error behind the whole answer": data(*HALVES, {"error": {"message": "late", "code": 502}}),
    "an event over several lines": "".join(
        "".join(f"data: {line}\n" for line in json.dumps(one, indent=1).splitlines()) + "\n"
        for one in (*HALVES, LAST)
    ),
    "lines of objects (a gateway)": "".join(json.dumps(one) + "\n" for one in (*HALVES, LAST)),
    "the whole message at once": data(event({"content": GOOD}, reason="stop")),
    "a message instead of a delta": data(body()),
    "a byte order mark": f"\ufeff{data(*HALVES, LAST)}{DONE}",
}  # fmt: skip


@pytest.mark.parametrize("asked", ["streamed", "whole"])
@pytest.mark.parametrize("sent", STREAMS.values(), ids=STREAMS)
async def test_a_stream(service: Service, describer_at: Makers, sent: str, asked: str) -> None:
    """Also where nobody asked for one: some servers stream whatever they are asked."""

    async def stream(_: web.Request) -> web.Response:
        return web.Response(body=sent.encode(), content_type="text/event-stream")

    service.does(stream)

    watch = _ignore if asked == "streamed" else None
    caption = await describer_at(service.url).describe(Request(PICTURE), watch)

    assert caption.listing.title == SWEATER["title"]
    assert caption.listing.bullets == tuple(SWEATER["bullets"])
    assert len(service.bodies) == 1


async def test_a_stream_that_breaks_behind_the_last_brace(
    service: Service, describer_at: Makers
) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(data(*HALVES).encode())
        assert request.transport is not None
        request.transport.abort()
        return response

    service.does(broken)

    caption = await describer_at(service.url).describe(Request(PICTURE), _ignore)

    assert caption.listing.title == SWEATER["title"]


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("watch", [None, _ignore], ids=["whole", "streamed"])
async def test_compressed_though_nobody_asked(
    service: Service, describer_at: Makers, coding: str, watch: Any
) -> None:
    """As gateways do; more than 1 MB unpacked is still not read."""
    pack = gzip.compress if coding == "gzip" else zlib.compress
    text = data(*HALVES, LAST) if watch else json.dumps(body())
    kind = "text/event-stream" if watch else "application/json"

    async def packed(_: web.Request) -> web.Response:
        return web.Response(
            body=pack(text.encode()), content_type=kind, headers={"content-encoding": coding}
        )

    service.does(packed)

    caption = await describer_at(service.url).describe(Request(PICTURE), watch)

    assert caption.listing.title == SWEATER["title"]


async def test_another_content_type(service: Service, describer_at: Makers) -> None:
    async def plain(_: web.Request) -> web.Response:
        return web.Response(text=f"\n\n  {json.dumps(body())}", content_type="text/plain")

    service.does(plain)

    assert (await describer_at(service.url).describe(Request(PICTURE))).text


@pytest.mark.parametrize(
    "sent",
    [
        body({"content": None, "refusal": "I can't help with that."}),
        body([{"type": "refusal", "refusal": "No."}]),
        body("", {"finish_reason": "content_filter"}),
        body(None, {"finish_reason": "SAFETY"}),
        body("", {"finish_reason": "refusal"}),
        body("", {"finish_reason": "sensitive"}),
    ],
)
async def test_a_refusal_in_its_envelope(service: Service, describer_at: Makers, sent: Any) -> None:
    service.says(sent)

    with pytest.raises(CaptionRefusedError):
        await describer_at(service.url).describe(Request(PICTURE))

    assert len(service.bodies) == 1


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"error": {"message": "Provider returned error", "code": 502}}, "502"),
        ({"error": {"message": "Rate limit", "code": 429}, "choices": None}, "429"),
        ({"error": "model is loading"}, "model is loading"),
        ({"choices": [{"error": {"message": "upstream died", "code": 502}}]}, "upstream died"),
        ({"error": {"message": "Insufficient credits", "code": 402}}, "no credit left"),
    ],
)
async def test_an_error_with_the_status_of_an_answer(
    service: Service, describer_at: Makers, sent: Any, told: str
) -> None:
    service.says(sent)

    with pytest.raises(CaptionServiceError, match=told):
        await describer_at(service.url).describe(Request(PICTURE))


@pytest.mark.parametrize(
    "nonsense",
    ["{" * 20_000, '{"a":' * 4000, "[" * 20_000, '{"a": "' + "\\" * 19_000, "<think>" * 2800,
     '{"title": 1, "description": ' * 700, "{'a':" * 4000],
)  # fmt: skip
async def test_nonsense_is_read_in_no_time(
    service: Service, describer_at: Makers, nonsense: str
) -> None:
    service.says(body(nonsense))

    with pytest.raises(CaptionServiceError, match="none of them a listing"):
        await describer_at(service.url).describe(Request(PICTURE))
