"""Several markets at once: the pack in each form, the listing's one message, its copy buttons."""

from __future__ import annotations

import asyncio
import io
import zipfile
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from PIL import Image

from bot import jobs, payloads
from bot.keyboards.callbacks import MakePack, OpenPage, PackForm, Page, ShowListing, TickMarket
from bot.keyboards.listing import COPIED_AT_MOST
from bot.markets.rules import Sentence, notes
from bot.markets.sell_on import MARKETS_AT_MOST
from bot.steps import card_set
from bot.steps import pack as pack_step
from bot.steps.listing import MESSAGE_AT_MOST, _parts, listing_html
from bot.texts import Texts
from pipeline.captions import Listing, Seen
from pipeline.captions.limits import fit
from pipeline.captions.text import length
from pipeline.errors import CaptionServiceError, StorageError
from pipeline.markets import load_markets
from pipeline.markets.text import Length
from storage import job_rows, sellers
from storage.jobs import RetryLaterError
from tests.stands.bot import Person, Stand, open_stand
from tests.stands.model import picture

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path
    from types import ModuleType

    from storage.jobs import Job
    from tests.stands.postgres import Cluster
    from tests.stands.server import Message

TEXTS = Texts()


@pytest_asyncio.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with open_stand(tmp_path) as stand:
        yield stand


async def placed(stand: Stand, *markets: str, **values: Any) -> Person:
    """Have a seller who sells on these markets, with a photo on blue."""
    anna = Person(stand, 1)
    async with stand.services.database.write() as connection:
        await sellers.get_or_create(connection, anna.id, language="ru")
        main = markets[0] if markets else None
        values = {"default_backdrop": "preset:blue", "market": main, **values}
        await sellers.update(connection, anna.id, markets=list(markets) or None, **values)
    await anna.photo()
    await stand.settle()
    return anna


def panel_of(anna: Person) -> Message:
    """Return the photo's own message."""
    return next(shown for shown in anna.shown if shown.file is not None)


async def packed(stand: Stand, anna: Person, form: PackForm) -> list[Message]:
    """Have the pack made and return the messages that came with files."""
    before = {shown.id for shown in anna.shown}
    assert "Собираю" in await anna.press(MakePack(photo=1, form=form).pack())
    await stand.settle()
    return [shown for shown in anna.shown if shown.id not in before and shown.file is not None]


def opened(data: bytes | None) -> Image.Image:
    assert data is not None
    return Image.open(io.BytesIO(data))


async def test_files_for_each_market_by_its_rules(stand: Stand) -> None:
    anna = await placed(stand, "ozon", "amazon", "telegram")
    panel = panel_of(anna)
    assert "Набор для площадок" in panel.buttons, "one tap under the picture"
    files = await packed(stand, anna, PackForm.FILES)
    assert [shown.kind for shown in files] == ["document"] * 3
    assert [opened(shown.file).size for shown in files[:2]] == [(1200, 1600), (2000, 2000)]
    on_white = opened(files[1].file).convert("RGB").getpixel((2, 2))
    assert on_white == (255, 255, 255), "Amazon's is white, whatever the photo's is"
    assert opened(files[0].file).convert("RGB").getpixel((2, 2)) != (255, 255, 255)
    assert files[0].text == "Ozon, 1200×1600"
    assert files[1].text == "Amazon, 2000×2000"
    async with stand.services.database.read() as connection:
        seller = await sellers.get(connection, anna.id)
    assert seller.format == "centred", "nothing of the seller's own has changed"
    kept = {entry.key for entry in await stand.services.files.entries()}
    # The last is the result itself, which stays.
    assert not kept & {sha256(shown.file or b"").hexdigest() for shown in files[:2]}
    assert {request.market for request in stand.scribe.requests} == {"ozon", "amazon", "telegram"}


async def test_pictures_come_as_one_album_with_all_words_at_the_first(stand: Stand) -> None:
    anna = await placed(stand, "ozon", "wildberries")
    files = await packed(stand, anna, PackForm.PICTURES)
    assert [shown.kind for shown in files] == ["photo", "photo"]
    assert files[0].text == "Ozon, 1200×1600\nWildberries, 900×1200"
    assert files[1].text == ""


async def test_a_zip_holds_pictures_and_listings(stand: Stand) -> None:
    anna = await placed(stand, "ozon", "kufar")
    (shown,) = await packed(stand, anna, PackForm.ZIP)
    assert shown.file is not None
    with zipfile.ZipFile(io.BytesIO(shown.file)) as archive:
        assert archive.namelist() == ["ozon-1.jpg", "ozon-1.txt", "kufar-1.jpg"]
        assert archive.read("ozon-1.txt").decode().startswith("Caption")
    assert "запрещает цветной" not in shown.text, "Kufar's is white"


async def test_a_zip_does_not_wait_for_a_service_that_is_down(stand: Stand) -> None:
    anna = await placed(stand)
    async with stand.services.database.write() as connection:
        await sellers.update(connection, anna.id, market="ozon", markets=["ozon", "amazon"])
    stand.scribe.error = CaptionServiceError("down")
    (shown,) = await packed(stand, anna, PackForm.ZIP)
    assert "Без текста карточки: Amazon, Ozon." in shown.text


async def test_one_market_is_a_pack_too_and_none_asks_first(stand: Stand) -> None:
    anna = await placed(stand)
    panel = panel_of(anna)
    assert "Набор для площадок" not in panel.buttons
    await anna.tap(panel, "Ещё")
    await anna.tap(panel, "Набор для площадок")
    assert "Сначала отметьте" in await anna.tap(panel, "Файлами")
    assert await anna.tap(panel, "Ozon") == "Сохранено"
    assert "✓ Ozon" in panel.buttons
    await anna.tap(panel, "Файлами")
    await stand.settle()
    assert [shown.text for shown in anna.shown if shown.kind == "document"] == ["Ozon, 1200×1600"]


async def test_ten_markets_are_the_most(stand: Stand) -> None:
    names = list(load_markets())
    anna = await placed(stand, *names[:MARKETS_AT_MOST])
    panel = panel_of(anna)
    more = TickMarket(photo=1, market=names[MARKETS_AT_MOST]).pack()
    assert "Больше десяти" in await anna.press(more, panel.id)
    assert "Больше десяти" in await anna.press(
        TickMarket(market=names[MARKETS_AT_MOST]).pack(), panel.id
    )
    assert await anna.press(TickMarket(photo=1, market=names[1]).pack(), panel.id) == "Сохранено"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    cluster: Cluster = request.getfixturevalue("postgres")
    return cluster.new_database()


@asynccontextmanager
async def died(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, at: str, job: Job, step: ModuleType = pack_step
) -> AsyncIterator[int]:
    """Have the job hang where its process would be killed, with all as it lies there."""
    reached, over = asyncio.Event(), asyncio.Event()

    async def hang(*_: object, **__: object) -> None:
        reached.set()
        await over.wait()
        raise RetryLaterError(0, "another process has taken it over")

    with monkeypatch.context() as patch:
        patch.setattr(step, at, hang)
        async with stand.services.database.write() as connection:
            number = await stand.services.jobs.submit(connection, job)
        async with asyncio.timeout(60):
            await reached.wait()
    try:
        yield number
    finally:
        over.set()


async def test_a_set_survives_a_kill_between_its_messages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str | None
) -> None:
    """What another process takes over is sent once: nothing lost, nothing twice."""
    async with open_stand(tmp_path, url=database_url) as stand:
        anna = await placed(stand, "ozon")
        files, database = stand.services.files, stand.services.database
        for at in ("_send_album", "offer_files", "delete_unreferenced"):
            before = len(stand.telegram.calls)
            made = []
            for card in ("", "hero"):
                key = await files.put(picture(size=64) + f"{at}{card}".encode())
                made.append(
                    payloads.PackItem(market="ozon", file=key, name="x.jpg", size=(1, 1), card=card)
                )
            pack = payloads.Pack(
                photo=1, markets=("ozon",), form=PackForm.PICTURES, cards=("hero",),
                made=tuple(made),
            )  # fmt: skip
            async with died(stand, monkeypatch, at, jobs.send_pack(anna.id, pack)) as number:
                async with database.write() as connection:
                    again = await job_rows.start(connection, number)
                assert again is not None
                await pack_step.send_pack(stand.services, again)
                async with database.write() as connection:
                    assert await job_rows.end(connection, again, job_rows.DONE)
            calls = stand.telegram.calls[before:]
            # Other messages come as they come: only the set's names this size.
            sent = [
                type(call).__name__
                for call in calls
                if type(call).__name__ == "SendMediaGroup"
                or "1×1" in (getattr(call, "text", None) or "")
            ]
            assert sent == ["SendMediaGroup", "SendMessage"], at
            left = {entry.key for entry in await files.entries()}
            assert not left & {item.file for item in made}, "its files are gone"


async def test_a_picture_that_was_lost_is_told(stand: Stand) -> None:
    anna = await placed(stand, "ozon")
    item = payloads.PackItem(market="ozon", file="0" * 64, name="x.jpg", size=(1, 1))
    pack = payloads.Pack(photo=1, markets=("ozon",), form=PackForm.FILES, made=(item,))
    with pytest.raises(StorageError):
        await pack_step.send_pack(stand.services, jobs.send_pack(anna.id, pack))


async def test_more_pictures_than_a_market_takes_are_told(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    ozon = load_markets()["ozon"]
    assert ozon.picture is not None
    few = replace(ozon, picture=replace(ozon.picture, count=1))
    monkeypatch.setattr(card_set, "load_markets", lambda: {**load_markets(), "ozon": few})
    made = tuple(
        payloads.PackItem(market="ozon", file="0" * 64, name="x.jpg", size=(1, 1), card=card)
        for card in ("", "hero")
    )
    pack = payloads.Pack(
        photo=1, markets=("ozon",), form=PackForm.PICTURES, cards=("hero",), made=made
    )
    await placed(stand, "ozon")
    async with stand.services.database.read() as connection:
        seller = await sellers.get(connection, 1)
    told = pack_step.summary(stand.services, seller, card_set._counted(pack).made)
    assert "Ozon берёт в одну карточку не больше 1 фото, а здесь 2." in told


async def test_others_photos_and_unknown_markets_are_refused(stand: Stand) -> None:
    await placed(stand, "ozon", "amazon")
    eve = Person(stand, 2)
    for data in (
        MakePack(photo=1, form=PackForm.FILES),
        TickMarket(photo=1, market="ozon"),
        ShowListing(photo=1, market="ozon"),
    ):
        assert "больше нет" in await eve.press(data.pack())
    anna = Person(stand, 1)
    assert "больше не работает" in await anna.press(ShowListing(photo=1, market="x").pack())
    assert "больше не работает" in await anna.press(ShowListing(photo=1, market="kufar").pack())


async def test_a_listing_has_one_message_that_is_edited(stand: Stand) -> None:
    anna = await placed(stand, "ozon", "amazon")
    (listing,) = [shown for shown in anna.shown if shown.text.startswith("Ozon")]
    assert listing.text == "Ozon\nНазвание\nCaption 1\nОписание\nA thing that is red."
    assert listing.buttons["📋 Название"] == "copy:Caption 1"
    assert "✓ Ozon" in listing.buttons
    count = len(anna.shown)
    await anna.tap(listing, "Amazon")
    await stand.settle()
    assert stand.scribe.requests[-1].market == "amazon"
    assert listing.text.startswith("Amazon\nНазвание\nCaption 2\n")
    assert "✓ Amazon" in listing.buttons
    await anna.tap(listing, "Ozon")
    await stand.settle()
    assert "Caption 1" in listing.text
    assert len(stand.scribe.requests) == 2, "what is written is there"
    for _ in range(3):
        await anna.say("/caption")
        await stand.settle()
    assert len(anna.shown) == count, "not one more message"
    assert f"Caption {len(stand.scribe.requests)}" in listing.text
    panel = panel_of(anna)
    assert "Caption 2" not in panel.text, "another market's text never stands under the picture"


async def test_to_copy_moves_the_listing_below(stand: Stand) -> None:
    anna = await placed(stand, "ozon")
    panel = panel_of(anna)
    await anna.press(OpenPage(photo=1, page=Page.CAPTION).pack(), panel.id)
    for _ in range(3):
        await anna.tap(panel, "Скопировать")
        await stand.settle()
    listings = [shown for shown in anna.shown if shown.text.startswith("Ozon\n")]
    assert listings == [anna.last]


@pytest.mark.parametrize("name", [n for n, m in load_markets().items() if m.text is not None])
def test_the_fullest_listing_fits_with_its_names(name: str) -> None:
    market = load_markets()[name]
    assert market.text is not None
    most = market.text.limits(Length.LONG)
    word = "СЛОВО слово. "
    full = Listing(
        seen=Seen(product="", colour="", material="", details=(), text=""),
        unknown=(),
        contradictions=(),
        title=(word * 40)[: most.title],
        description=(word * 500)[: most.description],
        bullets=((word * 40)[: most.bullet],) * most.bullets,
        call_to_action=(word * 20)[: most.call_to_action],
        keywords=("к" * most.keyword,) * most.keywords,
    )
    full = fit(full, most)
    parts = _parts(full, market)
    for language in TEXTS.languages:
        words = listing_html(TEXTS, language, market, parts, full)
        bare = words.replace("<pre>", "").replace("</pre>", "").replace("<b>", "")
        assert length(bare.replace("</b>", "")) <= MESSAGE_AT_MOST


def test_what_does_not_fit_is_counted() -> None:
    market = load_markets()["ozon"]
    said = [Sentence("x" * 90, advised=number % 2 == 0) for number in range(30)]
    words = notes(TEXTS, "ru", market, said, most=500)
    assert len(words) <= 500
    kept = words.count("• ")
    assert kept >= 3
    assert f"…и ещё замечаний: {30 - kept}." in words
    assert words.startswith("Что не подходит"), "what is refused comes first"


async def test_a_part_too_long_to_copy_has_no_button(stand: Stand) -> None:
    market = load_markets()["ozon"]
    panel = stand.services.panels.listing
    for number, there in ((COPIED_AT_MOST, True), (COPIED_AT_MOST + 1, False)):
        found = panel.buttons("ru", 1, [("keywords", "к" * number)], [market], "ozon")
        assert (found is not None) == there
