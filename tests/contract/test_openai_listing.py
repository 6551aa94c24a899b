"""The describer and an OpenAI-compatible server: what is asked, and what is asked again."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.captions import Breaker, Request, Tone
from pipeline.errors import CaptionServiceError
from tests.contract.openai import OTHER, PICTURE, SWEATER, answer
from tests.stands.completions import completion

if TYPE_CHECKING:
    from llmock.pytest_plugin import LLMock

    from tests.contract.openai import Makers
    from tests.stands.completions import Service


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
    llmock.fail(400, times=6).reply(answer())  # each is asked once more, as plainly as can be
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
