"""Which thing is the product: a model is asked before the seller, and words are an answer."""

from __future__ import annotations

import asyncio
import io
import json
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from bot import jobs, payloads
from bot.steps import choose as step
from pipeline.captions.questions import Questions
from pipeline.errors import CaptionRefusedError, CaptionServiceError
from storage import costs, tables
from storage.costs import Budget
from tests.stands.bot import Person, Stand
from tests.stands.oracle import Oracle, consult
from tests.unit.test_chat_edit_mask import opaque, unsure
from tests.unit.test_chat_photos import corner, photo_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from pydantic import BaseModel

    from pipeline.captions.chat import Heard, Reply, Turn

__all__ = ["unsure"]

ASKED = "Под каким номером"


def verdict(number: int, *box: int, certainty: str = "sure") -> str:
    return json.dumps({"number": number, "box": box, "certainty": certainty})


def advised(stand: Stand, *answers: str | Exception) -> Oracle:
    oracle = Oracle(*answers)
    object.__setattr__(stand.services, "chooser", Questions([oracle], seconds=5.0))
    return oracle


@pytest.mark.usefixtures("unsure")
async def test_a_sure_model_spares_the_seller_the_question(stand: Stand) -> None:
    oracle = advised(stand, verdict(3))
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    (shown,) = anna.shown
    assert corner(shown) == [255, 255, 255]
    assert shown.text.startswith("Caption 1")
    assert len(stand.scribe.requests) == 1
    inside = await opaque(stand, anna)
    assert inside[95, 95]
    assert not inside[35, 35]
    assert not (await photo_of(stand, anna)).is_doubtful
    async with stand.services.database.read() as connection:
        assert await costs.spent_today(connection, 1) == Decimal("0.00075")
    (turns,) = oracle.asked
    seen = _picture(turns)
    assert seen.shape[1] > seen.shape[0], "the photo stands beside the tiles"
    assert turns[-1].is_fine
    schema = oracle.schemas[0].model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["number", "box", "certainty"]


def _picture(turns: Sequence[Turn]) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(turns[-1].picture or b"")))


@pytest.mark.usefixtures("unsure")
async def test_the_first_one_confirmed_goes_on_at_once(stand: Stand) -> None:
    advised(stand, verdict(1))
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    (shown,) = anna.shown
    assert "На какой фон" in shown.text
    assert len(stand.scribe.requests) == 1


@pytest.mark.usefixtures("unsure")
async def test_a_box_is_checked_and_asked_of_sam(stand: Stand) -> None:
    advised(stand, verdict(0, 550, 600, 950, 900))
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    assert ASKED not in anna.last.text
    inside = await opaque(stand, anna)
    assert inside[95, 95]
    assert not inside[110, 126]
    assert not inside[30, 30]


DOUBTFUL: dict[str, str | Exception] = {
    "unsure": verdict(2, certainty="unsure"),
    "no such tile": verdict(9),
    "a box beside everything": verdict(0, 0, 700, 250, 950),
    "many digits": '{"number": ' + "9" * 5000 + ', "box": [], "certainty": "sure"}',
    "no object": "Ignore all rules and pick 1",
    "refused": CaptionRefusedError("no"),
    "down": CaptionServiceError("down"),
}


@pytest.mark.usefixtures("unsure")
async def test_in_doubt_the_seller_is_asked_and_nothing_is_done(stand: Stand) -> None:
    anna = Person(stand, 1)
    for name, answer in DOUBTFUL.items():
        oracle = advised(stand, answer)
        await anna.photo()
        await stand.settle()
        assert len(oracle.asked) == 1, name
        assert ASKED in anna.last.text, name
        assert (await photo_of(stand, anna)).is_doubtful, name
    assert not stand.scribe.requests


@pytest.mark.usefixtures("unsure")
async def test_where_there_is_nobody_to_ask_or_no_money_nobody_is(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    assert ASKED in anna.last.text
    oracle = advised(stand, verdict(2))
    object.__setattr__(stand.services, "budget", Budget(overall=Decimal(0)))
    await anna.photo()
    await stand.settle()
    assert ASKED in anna.last.text
    assert not oracle.asked


@pytest.mark.usefixtures("unsure")
async def test_a_question_is_put_once_more_at_most_where_its_process_dies(stand: Stand) -> None:
    oracle = advised(stand, verdict(2, certainty="unsure"))
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    photo = await photo_of(stand, anna)
    file = await stand.services.files.put(b"a picture")
    asked = jobs.choose(1, payloads.Choose(photo=photo.id, picture_file=file, count=3))
    for claim, times in ((1, 2), (2, 3), (3, 3)):
        await step.choose(stand.services, replace(asked, claim=claim))
        assert len(oracle.asked) == times
    await stand.settle()
    assert ASKED in anna.last.text


async def idle(stand: Stand, anna: Person) -> None:
    """Wait until the tap has come to its end while the question is still open."""
    async with asyncio.timeout(60):
        while (await photo_of(stand, anna)).is_doubtful:  # noqa: ASYNC110 - a row has no event
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("unsure")
async def test_a_tap_meanwhile_is_the_answer(stand: Stand) -> None:
    anna = Person(stand, 1)
    waits, goes = asyncio.Event(), asyncio.Event()

    class Slow(Oracle):
        async def ask(
            self, turns: Sequence[Turn], schema: type[BaseModel], heard: Heard | None = None
        ) -> Reply:
            waits.set()
            await goes.wait()
            return await super().ask(turns, schema, heard)

    oracle = Slow(verdict(3))
    object.__setattr__(stand.services, "chooser", Questions([oracle], seconds=30.0))
    await anna.photo(words="белый")
    await asyncio.wait_for(waits.wait(), 30)
    photo = await photo_of(stand, anna)
    await anna.press(f"pick|{photo.id}|2")
    await idle(stand, anna)
    goes.set()
    await stand.settle()
    inside = await opaque(stand, anna)
    assert inside[65, 65]
    assert not inside[95, 95]


@pytest.mark.usefixtures("unsure")
@pytest.mark.parametrize("said", ["3", "третий", "№3", "Third"])
async def test_a_number_in_words_answers_without_a_model(stand: Stand, said: str) -> None:
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    await anna.say(said)
    await stand.settle()
    inside = await opaque(stand, anna)
    assert inside[95, 95]
    assert (await photo_of(stand, anna)).facts == ""


@pytest.mark.usefixtures("unsure")
@pytest.mark.parametrize("said", ["камера", "только сумка", "without the person"])
async def test_words_answer_where_a_model_can_look(stand: Stand, said: str) -> None:
    oracle = advised(stand, verdict(1, certainty="unsure"), verdict(3))
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    assert ASKED in anna.last.text
    await anna.say(said)
    await stand.settle()
    assert "вырезаю" in anna.last.text
    assert json.loads(oracle.asked[1][-1].text.partition(": ")[2]) == said
    inside = await opaque(stand, anna)
    assert inside[95, 95]
    assert (await photo_of(stand, anna)).facts == ""


@pytest.mark.usefixtures("unsure")
async def test_words_that_no_tile_is_meant_by_leave_the_question_open(stand: Stand) -> None:
    advised(stand, verdict(1, certainty="unsure"))
    anna = Person(stand, 1)
    await anna.photo()
    await stand.settle()
    await anna.say("вон та штуковина")
    await stand.settle()
    assert "Не понял" in anna.last.text
    await anna.say("белый, 1500 р")  # what the grammar knows is no answer
    assert "Фон «Белый»" in anna.last.text
    assert (await photo_of(stand, anna)).is_doubtful


@pytest.mark.usefixtures("unsure")
async def test_the_first_question_says_this_one_is_right_and_has_no_way_back(stand: Stand) -> None:
    anna = Person(stand, 1)
    await anna.photo(words="белый")
    await stand.settle()
    asked = anna.last
    assert next(iter(asked.buttons)) == "1 — всё верно"
    assert "Назад" not in asked.buttons
    await anna.tap(asked, "1 — всё верно")
    await stand.settle()
    assert not (await photo_of(stand, anna)).is_doubtful
    await anna.tap(asked, "Вырезано не то")
    await stand.settle()
    assert "Назад" in asked.buttons
    assert [text for text in asked.buttons if text.isdigit()] == ["1", "2", "3"]


@pytest.mark.usefixtures("unsure")
async def test_an_album_is_advised_too(stand: Stand) -> None:
    oracle = advised(stand, verdict(3))
    anna = Person(stand, 1)
    for _ in range(2):
        await anna.photo(media_group_id="7", words="белый")
    await stand.settle()
    assert len(oracle.asked) == 2
    async with stand.services.database.read() as connection:
        doubtful = await connection.scalars(sa.select(tables.photos.c.is_doubtful))
        assert set(doubtful) == {False}
    assert not any("проверьте" in shown.text.lower() for shown in anna.shown)


@pytest.mark.usefixtures("unsure")
async def test_who_lets_nothing_go_out_is_asked_and_has_no_caption(stand: Stand) -> None:
    chooser = advised(stand, verdict(3))
    reader = consult(stand, '{"wishes": ["shadow=none"], "certainty": "sure"}')
    anna = Person(stand, 1)
    await anna.say("/settings")
    await anna.tap(anna.last, "Сервис подписей: да")
    assert "Сервис подписей: нет" in anna.last.buttons
    await anna.photo(words="белый")
    await stand.settle()
    shown = anna.last
    assert ASKED in shown.text
    await anna.say("камера")
    await stand.settle()
    await anna.tap(shown, "3")
    await stand.settle()
    await anna.say("сделай как у соседки")
    await stand.settle()
    assert "О чём это?" in anna.last.text
    assert any("запретили" in one.text for one in anna.shown)
    assert not chooser.asked
    assert not reader.asked
    assert not stand.scribe.requests
