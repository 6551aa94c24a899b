"""The describer and an OpenAI-compatible server: the real client, real HTTP, every way it fails."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from llmock.scenarios import Reply

from pipeline.captions import Breaker, Request, Tone
from pipeline.captions.provider_openai import openai_describer
from pipeline.errors import (
    CaptionError,
    CaptionRefusedError,
    CaptionServiceError,
    SettingsError,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmock.pytest_plugin import LLMock

    from pipeline.captions.describer import ChatDescriber

KEY = "sk-test-0123456789abcdefghij"
PICTURE = b"\xff\xd8 a picture \xff\xd9"
SWEATER: dict[str, Any] = {
    "seen": {
        "product": "вязаный свитер",
        "colour": "горчичный",
        "material": "",
        "details": ["высокий ворот", "крупные косы"],
        "text": "",
    },
    "unknown": ["размер", "состав"],
    "contradictions": [],
    "title": "Горчичный свитер с крупными косами",
    "description": (
        "Высокий ворот закрывает шею, и шарф можно оставить дома. "
        "Крупные косы видны издалека и не теряются под расстёгнутым пальто."
    ),
    "bullets": ["Косы по всему переду", "Рукав с плотной манжетой"],
    "call_to_action": "Напишите, и я отвечу на вопросы о размере.",
    "keywords": ["свитер с косами", "горчичный свитер"],
}
OTHER = SWEATER | {
    "title": "Свитер крупной вязки с воротником-стойкой",
    "description": (
        "Цвет спелой горчицы оживляет серое утро. "
        "Манжеты держат рукав на месте, когда тянешься за верхней полкой."
    ),
    "bullets": ["Стойка складывается пополам", "Прямой низ без резинки"],
    "call_to_action": "Хотите примерить — дайте знать.",
}


def answer(listing: dict[str, Any] = SWEATER, **changes: Any) -> str:
    return json.dumps(listing | changes, ensure_ascii=False)


def completion(content: str | None = None, **message: Any) -> dict[str, Any]:
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4o-2024-11-20",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": content, **message},
            },
        ],
        "usage": {
            "prompt_tokens": 2000,
            "completion_tokens": 300,
            "total_tokens": 2300,
            "prompt_tokens_details": {"cached_tokens": 1000},
        },
    }


@dataclass
class Service:
    """A server of our own, for what llmock cannot say: each answer once, the last for ever."""

    url: str = ""
    answers: list[Callable[[web.Request], Awaitable[web.StreamResponse]]] = field(
        default_factory=list,
    )
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def says(self, body: object, status: int = 200) -> Service:
        async def respond(_: web.Request) -> web.StreamResponse:
            return web.json_response(body, status=status)

        return self.does(respond)

    def does(self, respond: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Service:
        self.answers.append(respond)
        return self

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.bodies.append(await request.json())
        self.headers.append(dict(request.headers))
        self.asked.set()
        respond = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return await respond(request)


@pytest_asyncio.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", service.handle)
    async with TestServer(app) as server:
        service.url = str(server.make_url("/v1"))
        yield service
        service.closing.set()


@dataclass
class Makers:
    made: list[ChatDescriber] = field(default_factory=list)

    def __call__(self, base_url: str | None, **settings: Any) -> ChatDescriber:
        describer = openai_describer(KEY, base_url, **({"retries": 0} | settings))
        self.made.append(describer)
        return describer


@pytest_asyncio.fixture
async def describer_at() -> AsyncIterator[Makers]:
    makers = Makers()
    yield makers
    for describer in makers.made:
        await describer.aclose()


# What is asked


async def test_asks_for_a_listing_of_the_picture(llmock: LLMock, describer_at: Makers) -> None:
    llmock.reply(answer())
    request = Request(PICTURE, "ru", Tone.PREMIUM, "свитер, 1500 ₽", ("Прежний текст.",))

    caption = await describer_at(None).describe(request)

    assert caption.listing.title == SWEATER["title"]
    assert caption.text.startswith("Горчичный свитер с крупными косами\n\nВысокий ворот")
    assert caption.html.startswith("<b>Горчичный свитер с крупными косами</b>\n\n")
    assert caption.model == "gpt-4o"
    assert caption.tokens_in > 0
    assert caption.tokens_out > 0
    [sent] = llmock.requests
    assert sent.path == "/v1/chat/completions"
    system, user = sent.body["messages"]
    text, picture = user["content"]
    assert system["role"] == "system"
    assert "Language: Russian" in text["text"]
    assert "Tone: premium" in text["text"]
    assert '"свитер, 1500 ₽"' in text["text"]
    assert '"Прежний текст."' in text["text"]
    assert picture["image_url"]["detail"] == "low"
    assert picture["image_url"]["url"].startswith("data:image/jpeg;base64,/9gg")
    assert sent.body["response_format"]["json_schema"]["strict"] is True


async def test_the_constant_part_comes_first(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer())).says(completion(answer(OTHER)))
    describer = describer_at(service.url)

    await describer.describe(Request(PICTURE))
    await describer.describe(Request(b"another", "ru", Tone.PLAIN, "красный"))

    first, second = service.bodies
    assert first["messages"][0] == second["messages"][0]
    assert first["response_format"] == second["response_format"]
    assert first["messages"][1] != second["messages"][1]


async def test_counts_tokens_and_cost(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer()))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert (caption.tokens_in, caption.tokens_cached, caption.tokens_out) == (2000, 1000, 300)
    assert caption.cost == Decimal("0.00675")


async def test_an_unknown_models_cost_is_unknown(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer()))

    caption = await describer_at(service.url, model="llama").describe(Request(PICTURE))

    assert caption.cost is None
    assert service.bodies[0]["model"] == "llama"


async def test_a_correction_is_paid_for_too(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer(title=""))).says(completion(answer()))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert (caption.tokens_in, caption.tokens_out) == (4000, 600)


async def test_reads_an_object_in_a_fence(service: Service, describer_at: Makers) -> None:
    service.says(completion(f"Here you are:\n```json\n{answer()}\n```"))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]
    assert len(service.bodies) == 1


# What is asked again

ENGLISH = {
    "title": "Mustard sweater",
    "description": "A high neck keeps the wind out.",
    "bullets": [],
    "call_to_action": "",
}
FLAWS = {
    "too long": ({"title": "Свитер " * 20}, "title has 139 characters, at most 70"),
    "empty": ({"description": "  "}, "description is empty"),
    "contact": ({"call_to_action": "Пишите @sweaters."}, "call_to_action has a link"),
    "invented": ({"bullets": ["100% шерсть"]}, "'100%'"),
    "language": (ENGLISH, "not in Russian"),
}


@pytest.mark.parametrize(("flaw", "complaint"), FLAWS.values(), ids=FLAWS)
async def test_a_flaw_is_named_and_corrected(
    service: Service,
    describer_at: Makers,
    flaw: dict[str, Any],
    complaint: str,
) -> None:
    service.says(completion(answer(**flaw))).says(completion(answer()))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.bullets == tuple(SWEATER["bullets"])
    assert caption.listing.title == SWEATER["title"]
    assert len(service.bodies) == 2
    said, correction = service.bodies[1]["messages"][2:]
    assert said == {"role": "assistant", "content": answer(**flaw)}
    assert complaint in correction["content"]


async def test_what_is_not_corrected_is_cut(service: Service, describer_at: Makers) -> None:
    flawed = answer(
        description="Высокий ворот закрывает шею. " * 30 + "Пишите на shop.ru.",
        bullets=["100% шерсть", "Крупные косы", "а" * 200],
        call_to_action="Звоните 8 999 123-45-67.",
    )
    service.says(completion(flawed))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert len(service.bodies) == 2
    assert caption.listing.description.endswith("закрывает шею.")
    assert len(caption.listing.description) <= 450
    assert caption.listing.bullets == ("Крупные косы",)
    assert caption.listing.call_to_action == ""
    assert "shop" not in caption.text


async def test_the_short_tone_is_short(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer()))

    caption = await describer_at(service.url).describe(Request(PICTURE, tone=Tone.SHORT))

    assert caption.listing.bullets == ()
    assert "bullets has 2 items, at most 0" in service.bodies[1]["messages"][3]["content"]


@pytest.mark.parametrize(
    ("tone", "emoji", "kept"),
    [
        (Tone.SELLING, True, True),
        (Tone.PLAYFUL, True, True),
        (Tone.SELLING, False, False),
        (Tone.PLAIN, True, False),
        (Tone.PREMIUM, True, False),
    ],
)
async def test_emoji_stay_where_they_may(
    service: Service,
    describer_at: Makers,
    tone: Tone,
    *,
    emoji: bool,
    kept: bool,
) -> None:
    service.says(completion(answer(bullets=["Косы 🧶 спереди"])))

    caption = await describer_at(service.url).describe(Request(PICTURE, tone=tone, emoji=emoji))

    assert caption.listing.bullets == (("Косы 🧶 спереди",) if kept else ("Косы спереди",))
    assert ("no emoji\n" in service.bodies[0]["messages"][1]["content"][0]["text"]) is not kept


async def test_one_bad_picture_does_not_open_the_breaker(
    llmock: LLMock,
    describer_at: Makers,
) -> None:
    llmock.fail(400, times=3).reply(answer())
    describer = describer_at(None, breaker=Breaker(2))

    for _ in range(3):
        with pytest.raises(CaptionServiceError):
            await describer.describe(Request(PICTURE))

    assert (await describer.describe(Request(PICTURE))).text


async def test_a_repeated_text_is_asked_for_again(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer())).says(completion(answer())).says(completion(answer(OTHER)))
    describer = describer_at(service.url)
    earlier = (await describer.describe(Request(PICTURE))).text

    caption = await describer.describe(Request(PICTURE, earlier=(earlier,)))

    assert caption.listing.title == OTHER["title"]
    assert "repeats an earlier one" in service.bodies[-1]["messages"][3]["content"]


async def test_a_repeated_text_is_never_returned(service: Service, describer_at: Makers) -> None:
    service.says(completion(answer()))
    describer = describer_at(service.url)
    earlier = (await describer.describe(Request(PICTURE))).text

    with pytest.raises(CaptionServiceError, match="earlier caption once more"):
        await describer.describe(Request(PICTURE, earlier=(earlier,)))


async def test_a_failed_correction_leaves_the_mended_draft(
    service: Service,
    describer_at: Makers,
) -> None:
    service.says(completion(answer(call_to_action="Пишите @sweaters.")))
    service.says({"error": {"message": "down"}}, status=500)

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]
    assert caption.listing.call_to_action == ""


@pytest.mark.parametrize(
    ("second", "title"),
    [
        (ENGLISH, SWEATER["title"]),
        ({"bullets": ["100% шерсть", "Рост 180", "Гарантия"]}, SWEATER["title"]),
        ({"title": "Свитер с косами", "call_to_action": "Ждём на sweater.ru"}, "Свитер с косами"),
    ],
    ids=["unusable", "worse", "no worse"],
)
async def test_the_better_of_two_answers_is_taken(
    service: Service,
    describer_at: Makers,
    second: dict[str, Any],
    title: str,
) -> None:
    service.says(completion(answer(call_to_action="Пишите @sweaters.")))
    service.says(completion(answer(**second)))

    caption = await describer_at(service.url).describe(Request(PICTURE))

    assert caption.listing.title == title
    assert caption.listing.bullets == tuple(SWEATER["bullets"])


async def test_a_failed_correction_of_nothing_is_its_own_error(
    service: Service,
    describer_at: Makers,
) -> None:
    service.says(completion("{")).says({"error": {"message": "down"}}, status=500)

    with pytest.raises(CaptionServiceError, match="Error code: 500"):
        await describer_at(service.url).describe(Request(PICTURE))


# What is no listing


@pytest.mark.parametrize("content", ["", "{", "[]", '{"title": 1}', "Sorry, I cannot.", "null"])
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


# What is refused


async def test_a_refusal(service: Service, describer_at: Makers) -> None:
    service.says(completion(None, refusal="I can't help with that."))

    with pytest.raises(CaptionRefusedError):
        await describer_at(service.url).describe(Request(PICTURE))

    assert len(service.bodies) == 1


async def test_the_content_filter(llmock: LLMock, describer_at: Makers) -> None:
    llmock.add(Reply("", finish_reason="content_filter"))

    with pytest.raises(CaptionRefusedError):
        await describer_at(None).describe(Request(PICTURE))


async def test_a_blocked_picture(llmock: LLMock, describer_at: Makers) -> None:
    llmock.fail(400, code="content_policy_violation")

    with pytest.raises(CaptionRefusedError):
        await describer_at(None).describe(Request(PICTURE))


# What fails


async def test_a_rate_limit_is_waited_out(llmock: LLMock, describer_at: Makers) -> None:
    llmock.rate_limit(times=2, retry_after=0.05).reply(answer())

    caption = await describer_at(None, retries=2).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]
    llmock.assert_resilient(strict=True)


async def test_a_failing_server_is_tried_again(llmock: LLMock, describer_at: Makers) -> None:
    llmock.fail(500).reply(answer())

    caption = await describer_at(None, retries=1).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
async def test_a_lasting_failure(llmock: LLMock, describer_at: Makers, status: int) -> None:
    llmock.fail(status, times=None)

    with pytest.raises(CaptionServiceError, match=f"Error code: {status}"):
        await describer_at(None).describe(Request(PICTURE))


async def test_no_credit_is_said_plainly(llmock: LLMock, describer_at: Makers) -> None:
    llmock.fail(429, code="insufficient_quota")

    with pytest.raises(CaptionServiceError, match="no credit left"):
        await describer_at(None).describe(Request(PICTURE))


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_is_said_plainly_and_never_shown(
    service: Service,
    describer_at: Makers,
    caplog: pytest.LogCaptureFixture,
    status: int,
) -> None:
    caplog.set_level(logging.INFO)
    service.says({"error": {"message": f"Incorrect API key provided: {KEY}"}}, status=status)

    with pytest.raises(CaptionServiceError, match="refuses the key") as caught:
        await describer_at(service.url, retries=1).describe(Request(PICTURE))

    logging.getLogger("test").error("caught", exc_info=caught.value)
    assert KEY not in caplog.text
    assert KEY[:12] not in caplog.text
    assert len(service.bodies) == 1


async def test_an_echoed_key_is_taken_out(service: Service, describer_at: Makers) -> None:
    service.says({"error": {"message": f"bad request by {KEY}"}}, status=400)

    with pytest.raises(CaptionServiceError, match="bad request by …") as caught:
        await describer_at(service.url).describe(Request(PICTURE))

    assert KEY not in str(caught.value)


async def test_a_page_of_error_is_told_in_short(service: Service, describer_at: Makers) -> None:
    service.says({"error": {"message": "<p>bad gateway</p>" * 1000}}, status=502)

    with pytest.raises(CaptionServiceError, match="bad gateway") as caught:
        await describer_at(service.url).describe(Request(PICTURE))

    assert len(str(caught.value)) <= 300


async def test_a_slow_attempt_is_tried_again(llmock: LLMock, describer_at: Makers) -> None:
    llmock.delay(1.0).reply(answer(), times=2)

    caption = await describer_at(None, attempt=0.2, retries=1).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]


async def hang(service: Service) -> web.StreamResponse:
    await service.closing.wait()
    return web.Response()


async def test_a_hanging_server_times_out(service: Service, describer_at: Makers) -> None:
    service.does(lambda _: hang(service))

    with pytest.raises(CaptionServiceError, match="timed out"):
        await describer_at(service.url, attempt=0.1).describe(Request(PICTURE))


async def test_the_deadline_bounds_a_drip(service: Service, describer_at: Makers) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "application/json"})
        await response.prepare(request)
        while not service.closing.is_set():
            await response.write(b" ")
            await asyncio.sleep(0.02)
        return response

    service.does(drip)
    start = time.monotonic()

    with pytest.raises(CaptionServiceError, match=r"within 0\.3 s"):
        await describer_at(service.url, attempt=0.2, timeout=0.3).describe(Request(PICTURE))

    assert time.monotonic() - start < 2


async def test_a_long_retry_after_does_not_hold_the_seller(
    llmock: LLMock,
    describer_at: Makers,
) -> None:
    llmock.rate_limit(retry_after=60)
    start = time.monotonic()

    with pytest.raises(CaptionServiceError, match="No caption within"):
        await describer_at(None, retries=2, timeout=0.3).describe(Request(PICTURE))

    assert time.monotonic() - start < 2


async def cut(request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def cut_midway(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"content-type": "application/json"})
    response.content_length = 5000
    await response.prepare(request)
    await response.write(b'{"choices": [')
    return await cut(request)


@pytest.mark.parametrize("way", [cut, cut_midway])
async def test_a_cut_connection(
    service: Service,
    describer_at: Makers,
    way: Callable[[web.Request], Awaitable[web.StreamResponse]],
) -> None:
    service.does(way)

    with pytest.raises(CaptionServiceError, match="Connection error"):
        await describer_at(service.url).describe(Request(PICTURE))


async def test_a_cut_connection_is_tried_again(service: Service, describer_at: Makers) -> None:
    service.does(cut).says(completion(answer()))

    caption = await describer_at(service.url, retries=1).describe(Request(PICTURE))

    assert caption.listing.title == SWEATER["title"]


async def test_nobody_listens(unused_tcp_port: int, describer_at: Makers) -> None:
    with pytest.raises(CaptionServiceError, match="Connection error"):
        await describer_at(f"http://127.0.0.1:{unused_tcp_port}/v1").describe(Request(PICTURE))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>captive portal</html>", "text/html"),
        ('{"choices": [', "application/json"),
        ('{"choices": []}', "application/json"),
        ('{"choices": null}', "application/json"),
        ("{}", "application/json"),
        ("", "application/json"),
        ('{"choices": [{"message": {"content": [1]}}]}', "application/json"),
    ],
)
async def test_an_answer_that_is_no_completion(
    service: Service,
    describer_at: Makers,
    body: str,
    kind: str,
) -> None:
    async def respond(_: web.Request) -> web.StreamResponse:
        return web.Response(text=body, content_type=kind)

    service.does(respond)

    with pytest.raises(CaptionServiceError, match="no chat completion"):
        await describer_at(service.url).describe(Request(PICTURE))


async def test_a_dead_service_costs_nobody_a_wait(
    service: Service,
    describer_at: Makers,
) -> None:
    service.says({"error": {"message": "down"}}, status=500)
    now = 0.0
    describer = describer_at(service.url, breaker=Breaker(2, 60, clock=lambda: now))

    for _ in range(4):
        with pytest.raises(CaptionServiceError):
            await describer.describe(Request(PICTURE))
    assert len(service.bodies) == 2

    now = 61.0
    service.answers.clear()
    service.says(completion(answer()))
    await describer.describe(Request(PICTURE))
    await describer.describe(Request(PICTURE))
    assert len(service.bodies) == 4


async def test_refusals_do_not_open_the_breaker(service: Service, describer_at: Makers) -> None:
    service.says(completion(None, refusal="No."))
    describer = describer_at(service.url, breaker=Breaker(2))

    for _ in range(4):
        with pytest.raises(CaptionRefusedError):
            await describer.describe(Request(PICTURE))


async def test_many_at_once_do_not_mix(service: Service, describer_at: Makers) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        facts = body["messages"][1]["content"][0]["text"].split('"')[1]
        return web.json_response(completion(answer(title=f"Свитер {facts}")))

    service.does(echo)
    describer = describer_at(service.url)
    names = ["первый", "второй", "третий", "четвёртый", "пятый"] * 4

    captions = await asyncio.gather(
        *(describer.describe(Request(PICTURE, facts=name)) for name in names),
    )

    assert [caption.listing.title for caption in captions] == [f"Свитер {name}" for name in names]


async def test_cancelling_is_not_swallowed(service: Service, describer_at: Makers) -> None:
    service.does(lambda _: hang(service))
    task = asyncio.create_task(describer_at(service.url).describe(Request(PICTURE)))
    await service.asked.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


# What is never sent


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
