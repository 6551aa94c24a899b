"""A photo that waits for the model: its place in the queue, in one message that is edited."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from bot.steps import offer
from storage import photos, sellers
from storage.jobs import Job, JobKind, RetryLaterError
from storage.photos import Arrival
from tests.stands.bot import Person, Stand
from tests.stands.model import Echo, picture

if TYPE_CHECKING:
    from pipeline.sam import Embedding
    from pipeline.values import Pixels

PATIENCE_SECONDS = 30.0


async def reads(person: Person, words: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if person.shown and words in person.last.text:
                return
            await asyncio.sleep(0.02)


async def test_the_place_in_the_queue_and_then_the_photo_in_one_message(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = threading.Event()
    encode = Echo.encode

    def when_free(model: Echo, pixels: Pixels) -> Embedding:
        free.wait(PATIENCE_SECONDS)
        return encode(model, pixels)

    monkeypatch.setattr(Echo, "encode", when_free)
    monkeypatch.setattr(offer, "PROGRESS_SECONDS", 0.3)
    anna, boris = Person(stand, 1), Person(stand, 2)
    try:
        await anna.photo(picture((200, 40, 40)))
        await boris.photo(picture((40, 200, 40)))
        await reads(anna, "Вырезаю товар")
        await reads(boris, "Впереди в очереди ещё 1 фото")
        assert "6 Белый" in boris.last.buttons, "the background can be picked meanwhile"
    finally:
        free.set()
    await reads(boris, "На какой фон")
    await stand.settle()
    assert len(boris.shown) == 1
    assert len(anna.shown) == 1


@pytest.mark.parametrize(
    ("own", "others", "seconds"), [(1, 0, 3), (12, 0, 12), (1, 99, 10), (50, 50, 50)]
)
async def test_the_longer_the_queue_the_rarer_it_is_told(
    stand: Stand, own: int, others: int, seconds: float
) -> None:
    services = stand.services
    async with services.database.write() as connection:
        for seller, count in ((1, own), (2, others)):
            await sellers.get_or_create(connection, seller, language="ru")
            arrival = Arrival(seller_id=seller, chat_id=seller, message_id=5, file_id="F")
            for _ in range(count):
                await photos.accept(connection, arrival, wanted_backdrop=None)
    with pytest.raises(RetryLaterError) as raised:
        await offer.progress(services, Job(JobKind.PROGRESS, 1, {"photo": 1}))
    assert raised.value.seconds == seconds
    assert not raised.value.counts
