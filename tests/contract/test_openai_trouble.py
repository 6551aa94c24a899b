"""The describer and an OpenAI-compatible server: real HTTP, every way it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from pipeline.captions import Breaker, Request
from pipeline.errors import CaptionRefusedError, CaptionServiceError
from tests.contract.openai import KEY, PICTURE, SWEATER, answer
from tests.stands.completions import completion

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmock.pytest_plugin import LLMock

    from tests.contract.openai import Makers
    from tests.stands.completions import Service


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

    assert time.monotonic() - start < 30


async def test_a_long_retry_after_does_not_hold_the_seller(
    llmock: LLMock,
    describer_at: Makers,
) -> None:
    llmock.rate_limit(retry_after=60)
    start = time.monotonic()

    with pytest.raises(CaptionServiceError, match="No caption within"):
        await describer_at(None, retries=2, timeout=0.3).describe(Request(PICTURE))

    assert time.monotonic() - start < 30


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
        ('{"choices": [null]}', "application/json"),
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
