"""A folder as it is found: one bad thing ends nothing, and nothing is passed over unnamed."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from pipeline.captions import CaptionsOff, Length
from pipeline.cards.content import content_of
from pipeline.compose import Style, load_choices
from pipeline.errors import CardError, SettingsError
from pipeline.markets import load_markets
from pipeline.markets.picture import Breach
from pipeline.model.embedding_cache import Embeddings
from pipeline.photo.enlarge import enlarged, least_side
from pipeline.values import CutOut, Photo
from tests.stands.bot import open_studio
from tests.stands.describer import Scribe
from tests.stands.files import file_of, shirt
from tests.stands.model import picture
from vitrina.commands.batch import (
    ALL_CARDS,
    BatchOptions,
    Outcome,
    Wish,
    _too_many,
    process,
)
from vitrina.commands.facts_table import read_facts, words_for
from vitrina.commands.process import (
    Look,
    Words,
    cards_named,
    markets_named,
    passed_over,
    photos_in,
    said_of,
)
from vitrina.commands.result_folders import name_targets
from vitrina.commands.text_files import decoded, readable
from vitrina.commands.uploads import write_uploads

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.captions import Describer
    from pipeline.studio import Studio

WORDS = "Кепка, 990 руб.\nРазмер 58"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    with open_studio(Embeddings(tmp_path_factory.mktemp("kept"))) as opened:
        yield opened


async def run(
    folder: Path, studio: Studio, describer: Describer | None = None, **options: object
) -> tuple[BatchOptions, list[Outcome]]:
    chosen = BatchOptions(folder / "out", "white", studio.preset("white"), **options)  # type: ignore[arg-type]  # as a command line gives them
    outcomes = await process(
        photos_in(folder), chosen, studio, describer or CaptionsOff(), workers=2, done=print
    )
    return chosen, outcomes


@pytest.mark.parametrize(
    "data",
    [
        WORDS.encode(),
        WORDS.encode("utf-8-sig"),
        WORDS.encode("utf-16"),
        b"\xfe\xff" + WORDS.encode("utf-16-be"),
        WORDS.encode("cp1251"),
        WORDS.encode("cp866"),
    ],
)
def test_words_in_any_encoding(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "cap.txt").write_bytes(data)
    assert words_for(tmp_path / "cap.jpg") == WORDS


def test_no_words_and_too_many(tmp_path: Path) -> None:
    assert words_for(tmp_path / "cap.jpg") == ""
    (tmp_path / "cap.txt").write_bytes(b"x" * 10_000_000)
    assert len(words_for(tmp_path / "cap.jpg")) == 100_000


@pytest.mark.parametrize("data", [b"", b"\xff", b"\xfe\xff\xd8", b"\x98\x81", bytes(range(256))])
def test_any_bytes_are_some_text(data: bytes) -> None:
    decoded(data).encode()


@pytest.mark.parametrize("encoding", ["utf-8", "cp866", "cp1251"])
def test_names_of_any_encoding(encoding: str) -> None:
    assert readable(os.fsdecode("Кепка синяя.jpg".encode(encoding))) == "Кепка синяя.jpg"


def test_no_name_is_too_long_for_a_folder(tmp_path: Path) -> None:
    """One in code page 866 is twice as long in UTF-8."""
    long = "очень длинное название товара " * 4
    names = [f"{long}1.jpg", f"{long}2.jpg", os.fsdecode(f"{long * 2}.jpg".encode("cp866"))]
    targets = name_targets([tmp_path / name for name in names], tmp_path)
    assert len({path.name.casefold() for path in targets.values()}) == 3
    for path in targets.values():
        assert len(path.name.encode()) <= 200
        path.mkdir()


def test_what_is_passed_over_is_named(tmp_path: Path) -> None:
    for name in ("a.jpg", "a.txt", "b.JFIF", "c.cr2", "d.docx", "lost.txt", ".hidden"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.jpg").mkdir()
    photos = photos_in(tmp_path)
    assert [photo.name for photo in photos] == ["a.jpg", "b.JFIF"]
    assert passed_over(tmp_path, photos) == ["c.cr2", "d.docx", "folder.jpg/", "lost.txt"]


async def test_one_bad_thing_never_ends_the_rest(
    tmp_path: Path, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is none, words that cannot be read, a fault of ours; and one good photo."""
    for name in ("good.jfif", "faulty.png", "worded.png"):
        (tmp_path / name).write_bytes(picture(size=96))
    (tmp_path / "none.jpg").write_text("no picture")
    (tmp_path / "worded.txt").mkdir()
    faulty = (tmp_path / "faulty.png").read_bytes() + b"!"
    (tmp_path / "faulty.png").write_bytes(faulty)
    decode = studio.decode

    def break_down(data: bytes) -> Photo:
        if data == faulty:
            raise ZeroDivisionError("a fault of ours")
        return decode(data)

    monkeypatch.setattr(studio, "decode", break_down)
    _, outcomes = await run(tmp_path, studio)

    failed = {outcome.source.name: outcome.error for outcome in outcomes if outcome.error}
    assert failed.keys() == {"faulty.png", "none.jpg", "worded.png"}
    assert failed["faulty.png"] == "ZeroDivisionError: a fault of ours"
    assert "worded.txt" in failed["worded.png"]
    assert (tmp_path / "out" / "good" / "result.jpg").exists()


async def test_names_as_unzip_leaves_them(tmp_path: Path, studio: Studio) -> None:
    name = os.fsdecode("кепка.png".encode("cp866"))
    (tmp_path / name).write_bytes(picture(size=96))
    (tmp_path / os.fsdecode("кепка.txt".encode("cp866"))).write_bytes(WORDS.encode("cp866"))
    options, outcomes = await run(tmp_path, studio, Scribe(), market="wildberries")
    assert [outcome.error for outcome in outcomes] == [None]
    assert (tmp_path / "out" / "кепка" / "result.jpg").exists()

    (table,) = write_uploads(photos_in(tmp_path), options)
    assert "кепка" in table.read_text("utf-8-sig")
    Console(file=io.TextIOWrapper(io.BytesIO(), "utf-8")).print(readable(name))


async def test_transparency_that_the_seller_does_not_want(tmp_path: Path, studio: Studio) -> None:
    rgba = Image.open(io.BytesIO(picture(size=128))).convert("RGBA")
    rgba.putalpha(shirt(128, 128))
    (tmp_path / "a.png").write_bytes(file_of(rgba, "PNG"))
    cut = []
    for opaque in (False, True):
        await run(tmp_path, studio, opaque=opaque, style_name=str(opaque))
        with Image.open(tmp_path / "out" / "a" / "cutout.png") as image:
            cut.append(np.asarray(image.getchannel("A")))
    assert np.array_equal(cut[0], np.asarray(shirt(128, 128)))
    assert not np.array_equal(cut[1], cut[0])


async def test_a_photo_too_small_is_said_and_enlarged_where_that_is_wished(
    tmp_path: Path, studio: Studio
) -> None:
    (tmp_path / "a.png").write_bytes(picture(size=80))
    _, (plain,) = await run(tmp_path, studio)
    assert plain.small == (80, 80)
    with Image.open(tmp_path / "out" / "a" / "result.jpg") as image:
        assert image.size == (80, 80)

    _, (grown,) = await run(tmp_path, studio, enlarge=True, style_name="enlarge")
    assert grown.small is None
    with Image.open(tmp_path / "out" / "a" / "result.jpg") as image:
        assert image.size == (500, 500)


def test_how_large_a_photo_is_to_be() -> None:
    choices = load_choices()
    assert least_side(Style()) == 500
    assert least_side(choices.style("etsy")) == 2000
    for name in ("google", "wildberries"):
        style = choices.style(name)
        assert style.rules is not None
        assert style.rules.least is not None
        assert least_side(style) == min(style.rules.least)


@pytest.mark.parametrize("size", [(80, 60), (60, 80), (499, 2000), (500, 500), (900, 700)])
def test_enlarging_keeps_the_ratio_and_what_is_large_enough(size: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), np.uint8)
    alpha = (noise[:, :, 0] / 255).astype(np.float32)
    photo = enlarged(Photo(noise, alpha), 500)
    assert min(photo.size) == max(500, min(size))
    assert photo.size[0] / photo.size[1] == pytest.approx(size[0] / size[1], rel=0.01)
    assert photo.alpha is not None
    assert photo.alpha.shape == photo.pixels.shape[:2]
    assert 0 <= photo.alpha.min() <= photo.alpha.max() <= 1
    if min(size) >= 500:
        assert np.array_equal(photo.pixels, noise)


async def test_several_markets_have_a_folder_and_an_upload_each(
    tmp_path: Path, studio: Studio
) -> None:
    (tmp_path / "cap.png").write_bytes(picture(size=256))
    markets, look = load_markets(), Look()
    several = tuple(
        Wish(
            name,
            look.style(markets[name]),
            studio.preset("white" if markets[name].wants_white else "blue"),
            Words().length_for(markets[name]),
            f"{name}/",
        )
        for name in ("ozon", "amazon", "kufar")
    )
    scribe = Scribe()
    options, (outcome,) = await run(tmp_path, studio, scribe, several=several)
    assert outcome.error is None
    assert not [breach for _, breach in outcome.broken if not breach.advised]
    made = tmp_path / "out" / "cap"
    sizes = {}
    for name in ("ozon", "amazon", "kufar"):
        with Image.open(made / name / "result.jpg") as result:
            sizes[name] = result.size
        assert (made / name / "caption.txt").exists()
    assert sizes == {"ozon": (1200, 1600), "amazon": (2000, 2000), "kufar": (256, 256)}
    assert [request.market for request in scribe.requests] == ["ozon", "amazon", "telegram"]
    assert [path.name for path in write_uploads(photos_in(tmp_path), options)] == [
        *("ozon.csv", "amazon.csv"),
    ]
    assert "cap/ozon/result.jpg" in (tmp_path / "out" / "ozon.csv").read_text("utf-8-sig")
    (made / "ozon" / "result.jpg").rename(made / "ozon" / "result.png")
    write_uploads(photos_in(tmp_path), options)
    assert "cap/ozon/result.png" in (tmp_path / "out" / "ozon.csv").read_text("utf-8-sig")
    (made / "ozon" / "result.png").rename(made / "ozon" / "result.jpg")
    _, (again,) = await run(tmp_path, studio, scribe, several=several)
    assert again.skipped


async def test_cards_are_made_of_the_sellers_words_for_each_market(
    tmp_path: Path, studio: Studio
) -> None:
    (tmp_path / "cap.png").write_bytes(picture(size=256))
    (tmp_path / "cap.txt").write_text("Кепка летняя, 990 р, размер 58, хлопок 100%, не линяет")
    markets, look = load_markets(), Look()
    several = tuple(
        Wish(name, look.style(markets[name]), studio.preset("white"), Length.SHORT, f"{name}/")
        for name in ("wildberries", "telegram_story")
    )
    cards = ("hero", "price", "care", "contents")
    _, (outcome,) = await run(tmp_path, studio, several=several, cards=cards)
    made = tmp_path / "out" / "cap"
    sizes = {
        str(path.relative_to(made)): Image.open(io.BytesIO(path.read_bytes())).size
        for path in made.glob("*/card-*.jpg")
    }
    assert sizes == {
        "wildberries/card-hero.jpg": (900, 1200),
        "wildberries/card-care.jpg": (900, 1200),
        "telegram_story/card-hero.jpg": (1080, 1920),
        "telegram_story/card-price.jpg": (1080, 1920),
        "telegram_story/card-care.jpg": (1080, 1920),
    }
    assert outcome.missing == (
        "wildberries: there is not enough for the card 'price'",  # no price may be named there
        "wildberries: there is not enough for the card 'contents'",
        "telegram_story: there is not enough for the card 'contents'",
    )
    (tmp_path / "cap.txt").write_text("Кепка летняя, 990 р")
    _, (every,) = await run(tmp_path, studio, cards=(ALL_CARDS,))
    assert every.missing == ()
    assert {path.name for path in made.glob("card-*.jpg")} == {"card-price.jpg", "card-story.jpg"}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1251"])
async def test_a_tables_columns_are_facts_of_its_photos(
    tmp_path: Path, delimiter: str, encoding: str
) -> None:
    table = tmp_path / "goods.csv"
    rows = [
        ("Фото", "Название", "Размеры", "Цена", "Состав", "Преимущества"),
        ("CAP.jpg", '"Кепка летняя"', "56-60", "990 р", "", '"не линяет\nдержит форму"'),
        ("boots", "Ботинки", "39-44", "5 990 р", "кожа"),
        ("", "ничьё"),
    ]
    table.write_bytes("\n".join(map(delimiter.join, rows)).encode(encoding))
    (tmp_path / "cap.txt").write_text("светлая")
    facts = read_facts(table)
    cap, boots = (words_for(tmp_path / name, facts) for name in ("cap.jpg", "boots.png"))
    assert cap == "Кепка летняя\nРазмеры: 56-60\nЦена: 990 р\nне линяет\nдержит форму\nсветлая"
    assert words_for(tmp_path / "other.jpg", facts) == ""
    told = content_of(None, boots, "ru")
    assert (told.title, told.price, told.material) == ("Ботинки", "5\u00a0990\u00a0₽", "Кожа")
    assert told.sizes == (("Размер", "39-44"),)
    assert [claim.text for claim in content_of(None, cap, "ru").claims] == [
        "Не линяет", "Держит форму", "Светлая",
    ]  # fmt: skip
    (tmp_path / "a.jpg").write_bytes(b"x")
    assert passed_over(tmp_path, photos_in(tmp_path), table) == ["cap.txt"]


def test_what_is_no_table_of_facts_is_said(tmp_path: Path) -> None:
    table = tmp_path / "goods.csv"
    for data, said in ((b"", "is empty"), (b'"' + b"x" * 200_000, "unusable")):
        table.write_bytes(data)
        with pytest.raises(SettingsError, match=said):
            read_facts(table)
    with pytest.raises(SettingsError, match="unusable"):
        read_facts(tmp_path)


def test_more_pictures_than_a_market_takes_are_said(tmp_path: Path, studio: Studio) -> None:
    options = BatchOptions(tmp_path, "white", studio.preset("white"), market="ebay")
    for cards, found in ((23, []), (24, [("ebay", Breach("count", "25", "24"))])):
        made = {f"card-{number}.jpg": b"" for number in range(cards)}
        assert list(_too_many(made, options)) == found
    avito = replace(options, market="avito")
    ((_, breach),) = _too_many({f"card-{number}.jpg": b"" for number in range(10)}, avito)
    assert breach.advised, "its number was not read on its own page"


def test_cards_are_named_with_commas_or_one_by_one(tmp_path: Path) -> None:
    brand = tmp_path / "brand.toml"
    brand.write_text('fonts = "oswald"')
    assert cards_named(["hero,sizes", "hero"], None).templates == ("hero", "sizes")
    assert cards_named(["hero", "all"], None).templates == (ALL_CARDS,)
    names = {cards_named(["hero"], None).name, cards_named(["hero"], brand).name}
    assert len(names) == 2  # another brand's cards are made anew
    assert cards_named([], None).name == ""
    with pytest.raises(CardError, match="no card 'poster'; there are hero, "):
        cards_named(["poster"], None)


def test_thumbnails_are_one_sheet_of_all_cards_that_fit(studio: Studio) -> None:
    alpha = np.zeros((64, 48), np.float32)
    alpha[8:56, 8:40] = 1
    product = CutOut(np.full((64, 48, 3), 90, np.uint8), alpha)
    content = content_of(None, "Кепка летняя, 990 р, хлопок 100%", "ru")
    sheet, names = studio.card_thumbnails(("hero", "sizes", "price"), product, content)
    assert names == ("hero", "price")
    assert Image.open(io.BytesIO(sheet)).size[0] > 2 * 250
    with pytest.raises(CardError, match="no card"):
        studio.card_thumbnails(("sizes",), product, content)


def test_markets_are_named_with_commas_or_one_by_one() -> None:
    assert markets_named(["ozon,amazon", "ozon", " kufar"]) == ("ozon", "amazon", "kufar")
    with pytest.raises(SettingsError, match=r"no market 'olx'; there are amazon, "):
        markets_named(["ozon,olx"])


def test_a_market_brings_its_format_unless_another_is_asked_for() -> None:
    ozon = load_markets()["ozon"]
    assert Look().style(ozon).frame.size == (1200, 1600)
    square = Look("square").style(ozon)
    assert (square.frame.ratio, square.rules) == ((1, 1), ozon.picture)
    assert Look().style(load_markets()["telegram"]) == load_choices().style()


def test_advice_is_not_called_a_breach() -> None:
    refused, advised = (Breach("least", "1", "2", advised=advised) for advised in (False, True))
    assert said_of("ozon", refused) == "breaks ozon's rule 'least': 1, wanted 2"
    assert said_of("ozon", advised) == "ozon advises 'least': 1, wanted 2"
