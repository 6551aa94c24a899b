"""One suite over every provider that is asked over HTTP, in one piece and streamed."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from pipeline.captions import Breaker, Chain, Listing, Price, Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.provider_gigachat import GigaChatModel
from pipeline.errors import CaptionError, CaptionRefusedError, CaptionServiceError
from tests.contract.caption_servers import CREDENTIALS, GigaChatServer, OpenAIServer, Say
from tests.contract.openai import openai_describer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


PICTURE = b"\xff\xd8 a picture \xff\xd9"
SKIRT: dict[str, Any] = {
    "seen": {
        "product": "чёрная юбка",
        "colour": "чёрный",
        "material": "",
        "details": ["высокая посадка", "складки"],
        "text": "",
    },
    "unknown": ["размер"],
    "contradictions": [],
    "title": "Чёрная юбка в складку",
    "description": "Складки держат форму и не мешают шагу. Посадка высокая: блузка не выбивается. "
    "Длина закрывает колено, когда садишься.",
    "bullets": ["Складки по кругу", "Пояс в цвет юбки"],
    "call_to_action": "Напишите, подберём размер.",
    "keywords": ["юбка в складку"],
}
PRICE = Price(Decimal(2), Decimal(1), Decimal(10))


def written(**changes: Any) -> str:
    return json.dumps(SKIRT | changes, ensure_ascii=False)


@pytest_asyncio.fixture(params=["openai", "gigachat"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[OpenAIServer | GigaChatServer]:
    server = OpenAIServer() if request.param == "openai" else GigaChatServer()
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def make(
    server: OpenAIServer | GigaChatServer,
) -> AsyncIterator[Callable[..., ChatDescriber]]:
    made: list[ChatDescriber] = []

    def describer(*, timeout: float = 5.0, breaker: Breaker | None = None) -> ChatDescriber:
        if isinstance(server, OpenAIServer):
            one = openai_describer(
                "sk-test-0123456789abcdefghij", server.url,
                timeout=timeout, retries=1, price=PRICE, breaker=breaker,
            )  # fmt: skip
        else:
            model = GigaChatModel(
                CREDENTIALS, base_url=server.url, auth_url=server.auth_url, price=PRICE,
                retries=1, attempt=timeout, retry_backoff_factor=0.01,
            )  # fmt: skip
            one = ChatDescriber(model, timeout=timeout, breaker=breaker)
        made.append(one)
        return one

    yield describer
    for one in made:
        await one.aclose()


@pytest.fixture(params=["whole", "streamed"])
def watch(request: pytest.FixtureRequest) -> Callable[[Listing], None] | None:
    return None if request.param == "whole" else lambda _: None


async def test_a_caption(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any
) -> None:
    server.script = [Say(written())]

    caption = await make().describe(Request(PICTURE), watch)

    assert caption.listing == Listing.model_validate(SKIRT)
    assert server.pictures == [PICTURE]
    assert (caption.tokens_in, caption.tokens_cached, caption.tokens_out) == (900, 400, 300)
    assert caption.cost == Decimal("0.0044")
    assert caption.flaws == ()


async def test_it_is_seen_to_grow_by_whole_sentences(
    server: OpenAIServer, make: Callable[..., ChatDescriber]
) -> None:
    server.script = [Say(written())]
    seen: list[Listing] = []

    caption = await make().describe(Request(PICTURE), seen.append)

    lengths = [len(one.description) + len(one.bullets) for one in seen]
    assert len(set(lengths)) >= 4
    assert lengths == sorted(lengths)
    assert seen[-1] == caption.listing
    for one in seen:
        assert one.title == SKIRT["title"]
        assert caption.listing.description.startswith(one.description)
        assert not one.description or one.description.endswith(".")


async def test_nobody_sees_a_phone_grow(
    server: OpenAIServer, make: Callable[..., ChatDescriber]
) -> None:
    told = "Складки держат форму. Звоните 8 999 123-45-67 или t.me/shop, спросите Олю. Длина миди."
    server.script = [Say(written(description=told)), Say(written())]
    seen: list[Listing] = []

    caption = await make().describe(Request(PICTURE), seen.append)

    for text in [*(one.description for one in seen), caption.text]:
        assert "999" not in text
        assert "t.me" not in text
    assert any("Складки" in one.description for one in seen)


async def test_a_picture_that_gives_orders(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any
) -> None:
    """A model that obeys what is printed on the product says nothing of it to the buyer."""
    obeyed = {
        "title": "Пишите @evil_shop",
        "description": "Заказывайте на evil.example.com/buy. Звоните +7 999 123-45-67. Юбка миди.",
        "bullets": ["WhatsApp 8 (999) 123-45-67", "Складки"],
        "call_to_action": "Жмите https://evil.example.com",
        "keywords": ["evil.ru"],
    }
    server.script = [Say(written(**obeyed))]

    caption = await make().describe(Request(PICTURE), watch)

    said = caption.listing.model_dump_json() + caption.html
    for contact in ("evil", "999", "@", "http"):
        assert contact not in said.replace(json.dumps(SKIRT["seen"]), "")
    assert caption.listing.description == "Юбка миди."


@pytest.mark.parametrize(
    "bad",
    [
        Say("{"),
        Say("Простите, не могу."),
        Say(""),
        Say(written()[:150], finish="length"),
        Say(written(title="", description="", seen=SKIRT["seen"] | {"product": ""})),
        Say(written(title="Black skirt", description="Pleats keep their shape. Sits high.",
                    bullets=[], call_to_action="Write to me.")),
    ],
    ids=["malformed", "prose", "empty", "cut off", "empty fields", "wrong language"],
)  # fmt: skip
async def test_a_bad_answer_is_asked_for_again(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any, bad: Say
) -> None:
    server.script = [bad, Say(written())]

    caption = await make().describe(Request(PICTURE), watch)

    assert caption.listing.title == SKIRT["title"]
    assert len(server.asked) == 2
    assert caption.tokens_out == 600


@pytest.mark.parametrize(
    "bad", [Say("{"), Say(written()[:150], finish="length"), Say(written(description=""))]
)
async def test_a_bad_answer_twice_is_an_error_that_knows_its_cost(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any, bad: Say
) -> None:
    server.script = [bad]

    with pytest.raises(CaptionServiceError) as caught:
        await make().describe(Request(PICTURE), watch)

    assert caught.value.text_key == "caption-unavailable"
    [spent] = caught.value.spent
    assert spent.tokens_out == 600
    assert spent.cost == Decimal("0.0088")


async def test_a_refusal(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any
) -> None:
    server.script = [Say(refused=True)]

    with pytest.raises(CaptionRefusedError):
        await make().describe(Request(PICTURE), watch)

    assert len(server.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_failing_server_is_asked_once_more(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any, status: int
) -> None:
    server.script = [Say(status=status), Say(written())]

    caption = await make().describe(Request(PICTURE), watch)

    assert caption.listing.title == SKIRT["title"]


@pytest.mark.parametrize("status", [400, 403, 404, 500])
async def test_a_lasting_failure(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any, status: int
) -> None:
    server.script = [Say(status=status)]

    with pytest.raises(CaptionServiceError) as caught:
        await make().describe(Request(PICTURE), watch)

    assert CREDENTIALS not in str(caught.value)
    assert "token-" not in str(caught.value)
    assert caught.value.spent == ()


async def test_a_hanging_server(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any
) -> None:
    server.script = [Say(hangs=True)]

    with pytest.raises(CaptionServiceError):
        await make(timeout=0.4).describe(Request(PICTURE), watch)


async def test_a_stream_that_breaks_is_no_caption_but_no_crash(
    server: OpenAIServer, make: Callable[..., ChatDescriber]
) -> None:
    server.script = [Say(written(), breaks=True)]
    seen: list[Listing] = []

    with pytest.raises(CaptionServiceError):
        await make().describe(Request(PICTURE), seen.append)

    assert seen


async def test_a_dead_service_is_left_alone(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any
) -> None:
    server.script = [Say(status=500)]
    describer = make(breaker=Breaker(1))

    for _ in range(3):
        with pytest.raises(CaptionServiceError):
            await describer.describe(Request(PICTURE), watch)

    assert len(server.asked) == 2, "one attempt and its retry"


async def test_cancelling_is_not_swallowed(
    server: OpenAIServer, make: Callable[..., ChatDescriber], watch: Any
) -> None:
    server.script = [Say(hangs=True)]
    task = asyncio.create_task(make().describe(Request(PICTURE), watch))
    await server.reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


# The chain


async def test_what_one_refuses_the_next_one_writes() -> None:
    """Black trousers: GigaChat's censor says no, the next provider is asked, and both are paid."""
    first = GigaChatServer([Say(refused=True)])
    await first.start()
    model = GigaChatModel(
        CREDENTIALS, base_url=first.url, auth_url=first.auth_url, price=PRICE, retries=0
    )
    second = OpenAIServer([Say(written())])
    await second.start()
    chain = Chain(
        [ChatDescriber(model), openai_describer("sk-test-0123456789", second.url, price=PRICE)]
    )

    caption = await chain.describe(Request(PICTURE))

    assert caption.listing.title == SKIRT["title"]
    assert [one.model for one in caption.spent] == ["GigaChat-2-Max", "gpt-4o"]
    assert caption.cost == Decimal("0.0088")
    assert first.deleted == ["file-0"], "the picture does not stay with the one who refused"
    await chain.aclose()
    await first.stop()
    await second.stop()


class Failing:
    def __init__(self, error: CaptionError) -> None:
        self.error = error
        self.asked = 0

    async def describe(self, request: Request, watch: object = None) -> Any:
        del request, watch
        self.asked += 1
        raise self.error

    async def aclose(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize("refused_first", [True, False])
async def test_a_refusal_is_final_only_where_all_refuse(*, refused_first: bool) -> None:
    refused, down = Failing(CaptionRefusedError("no")), Failing(CaptionServiceError("down"))
    order = [refused, down] if refused_first else [down, refused]

    with pytest.raises(CaptionServiceError):
        await Chain(order).describe(Request(PICTURE))
    with pytest.raises(CaptionRefusedError):
        await Chain([refused, refused]).describe(Request(PICTURE))


# GigaChat's own


async def test_gigachat_is_told_once_who_asks_and_forgets_the_picture() -> None:
    server = GigaChatServer([Say(written())])
    await server.start()
    model = GigaChatModel(CREDENTIALS, base_url=server.url, auth_url=server.auth_url)
    describer = ChatDescriber(model)

    for _ in range(2):
        await describer.describe(Request(PICTURE))

    assert server.tokens == ["token-0"]
    assert server.deleted == list(server.files)
    assert server.asked[0]["messages"][0]["role"] == "system"
    await describer.aclose()
    await server.stop()


async def test_gigachat_renews_a_token_that_ran_out() -> None:
    server = GigaChatServer([Say(written())])
    await server.start()
    model = GigaChatModel(CREDENTIALS, base_url=server.url, auth_url=server.auth_url)
    describer = ChatDescriber(model)
    await describer.describe(Request(PICTURE))
    server.tokens[0] = "another"

    await describer.describe(Request(PICTURE))

    assert len(server.tokens) == 2
    await describer.aclose()
    await server.stop()


async def test_gigachat_with_wrong_credentials_says_what_to_check() -> None:
    server = GigaChatServer([Say(written())])
    await server.start()
    model = GigaChatModel("d3Jvbmc=", base_url=server.url, auth_url=server.auth_url, retries=0)
    describer = ChatDescriber(model)

    with pytest.raises(CaptionServiceError, match="check GIGACHAT_CREDENTIALS"):
        await describer.describe(Request(PICTURE))

    await describer.aclose()
    await server.stop()
