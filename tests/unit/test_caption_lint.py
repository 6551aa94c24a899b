"""The linter, the markets' own data, and the file for a market's upload."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pipeline.captions import Flaw, Listing, Request, Seen, card_parts, lint, parts_of
from pipeline.captions.flaws import RULES
from pipeline.captions.review import review
from pipeline.captions.upload import Row, upload_of
from pipeline.markets import TextRules, load_markets
from pipeline.markets.text import Length, text_rules
from vitrina.commands.captions import app

if TYPE_CHECKING:
    from pathlib import Path

MARKETS = sorted(name for name, market in load_markets().items() if market.text)
TELEGRAM_MESSAGE = 4096


def rules_of(market: str) -> TextRules:
    rules = load_markets()[market].text
    assert rules is not None
    return rules


def broken(text: str, market: str) -> set[tuple[str, str]]:
    return {(flaw.rule, flaw.part) for flaw in lint(parts_of(text), rules_of(market))}


def listing(**changes: object) -> Listing:
    seen = Seen(
        product="handbag", colour="black", material="leather", details=("two handles",), text=""
    )
    draft = {
        "seen": seen,
        "unknown": (),
        "contradictions": (),
        "title": "Black leather handbag with two handles",
        "description": "Two handles go over the shoulder. A zip runs along the top.",
        "bullets": ("Two handles of the same length", "One pocket inside"),
        "call_to_action": "",
        "keywords": ("handbag", "leather bag"),
    }
    return Listing.model_validate(draft | changes)


def test_each_market_of_the_issue_is_there_and_dated() -> None:
    assert {"telegram", "wildberries", "ozon", "avito", "amazon", "etsy"} <= set(MARKETS)
    for name in MARKETS:
        assert load_markets()[name].as_of <= date(2100, 1, 1)


def test_the_limits_that_were_verified() -> None:
    wildberries, amazon = rules_of("wildberries"), rules_of("amazon")
    assert (wildberries.most.title, wildberries.most.description) == (60, 2000)
    assert (amazon.most.title, amazon.most.highlights, amazon.most.bullets_together) == (
        *(75, 125),
        999,
    )
    assert rules_of("avito").most.description == 7500
    assert set("!$?_{}^¬¦") <= set(amazon.title_characters)
    assert amazon.word_at_most == 2
    assert "most" not in wildberries.unverified
    for name in ("ozon", "etsy", "avito"):
        assert "most" in rules_of(name).unverified


@pytest.mark.parametrize("market", MARKETS)
def test_the_fullest_listing_fits_a_message(market: str) -> None:
    most, order = rules_of(market).limits(Length.LONG), rules_of(market).order
    sizes = {
        "title": most.title,
        "description": most.description,
        "bullets": most.bullets * (most.bullet + 3),
        "call_to_action": most.call_to_action,
        "highlights": most.highlights,
        "alt": most.alt,
        "keywords": most.keywords_bytes + most.keywords
        if most.keywords_bytes
        else most.keywords * (most.keyword + 2),
    }
    assert sum(sizes[part] + 2 for part in order) <= TELEGRAM_MESSAGE


@pytest.mark.parametrize(
    ("text", "market", "expected"),
    [
        ("Bag! Bag bag BAG", "amazon", {("character", "title"), ("repeat", "title")}),
        ("A bag of canvas\nBest seller, buy now.", "amazon", {("word", "description")}),
        ("A bag\nFor $20 only.", "amazon", {("price", "description")}),
        ("A bag\nGood.\n- tiny", "amazon", {("short", "bullets[0]")}),
        ("Сумка\nПишите @shop_ru.", "telegram", {("contact", "description")}),
        ("Сумка\nХолст, 300 ₽.", "telegram", set()),
        ("Сумка\nСкидка 10 процентов.", "wildberries", {("word", "description")}),
        ("Сумка сумка\nХолст.", "wildberries", {("repeat", "title")}),
        ("СУМКА холщовая\nХолст.", "wildberries", {("capitals", "title")}),
        ("т" * 61 + "\nХолст.", "wildberries", {("long", "title")}),
        ("Сумка\nХолст 😍.", "wildberries", {("emoji", "description")}),
        ("Сумка\n<b>Холст</b>.", "telegram", {("markup", "description")}),
        ("Сумка\nХолст, ручки и", "telegram", {("unfinished", "description")}),
        ("Сумка", "telegram", {("empty", "description")}),
        ("", "telegram", {("empty", "title"), ("empty", "description")}),
        ("A bag: black: big\nCanvas.", "etsy", {("once", "title")}),
        ("A bag\nCanvas.\nTags: " + "x" * 21, "etsy", {("long", "keywords[0]")}),
        ("A bag\nCanvas.\nTags: " + ", ".join("ab" * 7), "etsy", {("many", "keywords")}),
        ("Bag\nCanvas.\nKeywords: " + ", ".join(["ключ" * 9] * 4), "amazon",
         {("bytes", "keywords")}),
    ],
)  # fmt: skip
def test_names_the_rule_that_is_broken(
    text: str, market: str, expected: set[tuple[str, str]]
) -> None:
    assert expected <= broken(text, market)
    if market != "amazon" or not expected:
        assert {rule for rule, _ in broken(text, market)} <= {rule for rule, _ in expected} | {
            "capitals"
        }


def test_a_good_text_breaks_nothing() -> None:
    good = "Сумка-шопер из холста\nРучки длинные. Кит во всю сумку.\n• Один карман\n• Цена 900 ₽"
    assert broken(good, "telegram") == set()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_its_sentence(rule: str) -> None:
    assert len(str(Flaw(rule, "title", "x", "1"))) > 8


def test_a_text_is_taken_apart() -> None:
    parts = parts_of("Сумка\n\nХолст.\nРучки.\n— Карман\n2. Молния\nКлючевые слова: шопер; сумка")

    assert parts.title == "Сумка"
    assert parts.description == "Холст.\nРучки."
    assert parts.bullets == ("Карман", "Молния")
    assert parts.keywords == ("шопер", "сумка")


@pytest.mark.parametrize(
    "bad",
    [
        {"order": ["description"], "most": {"title": 1, "description": 1}},
        {"order": ["title"], "most": {"title": -1, "description": 1}},
        {"order": ["title"], "most": {"title": 1, "description": 1}, "unknown": 1},
        {"order": ["title"], "most": {"title": 1, "description": 1},
         "lengths": {"short": {"title": 2}}},
        {"order": ["title"], "most": {"title": 1, "description": 1}, "lengths": {"huge": {}}},
    ],
)  # fmt: skip
def test_a_wrong_file_of_rules_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        text_rules(bad)


# What the editor makes of it


def test_what_a_market_forbids_is_taken_out() -> None:
    draft = listing(
        title="BEST SELLER! Bag bag bag bag with two handles",
        description="Two handles. Free shipping today. For $20 only. A zip on top.",
        bullets=("Guaranteed to last", "A zip along the top"),
    )

    reviewed = review(draft, Request(b"", "en", market="amazon"))

    assert reviewed.listing.title == "Bag bag with two handles"
    assert reviewed.listing.description == "Two handles. A zip on top."
    assert reviewed.listing.bullets == ("A zip along the top",)
    assert lint(reviewed.listing, rules_of("amazon")) == ()


def test_the_sellers_price_and_size_are_never_left_out() -> None:
    request = Request(b"", "en", facts="size 38, €45")

    assert review(listing(), request).listing.bullets[-2:] == ("Price: €45", "Size: 38")
    short = review(listing(), Request(b"", "en", facts="$45", length=Length.SHORT)).listing
    assert short.bullets == ()
    assert short.description.endswith("Price: $45.")
    told = review(listing(bullets=("Price: 45 €", "Size 38")), request).listing
    assert told.bullets == ("Price: 45 €", "Size 38")
    unpriced = review(listing(), Request(b"", "en", facts="€45", market="amazon")).listing
    assert "45" not in unpriced.model_dump_json()


# The upload


@pytest.mark.parametrize("market", MARKETS)
def test_an_upload_has_a_heading_and_a_row_for_each(market: str) -> None:
    rules = rules_of(market)
    rows = [Row("bag", "bag/result.jpg", listing(title="=SUM(A1)"), "кожа, 1 900 ₽")]
    if rules.upload is None:
        with pytest.raises(ValueError, match="not known"):
            upload_of(rules, rows)
        return

    data = upload_of(rules, rows).decode(rules.upload.encoding)
    table = list(csv.DictReader(io.StringIO(data), delimiter=rules.upload.delimiter))

    assert len(table) == 1
    assert list(table[0]) == [column.name for column in rules.upload.columns]
    by_source = {c.source: table[0][c.name] for c in rules.upload.columns if c.source}
    assert by_source["id"] == "bag"
    assert by_source["title"] == "SUM(A1)", "no formula in a spreadsheet"
    assert by_source["price"] == "1900"
    assert by_source["picture"] == "bag/result.jpg"


# The command


def test_the_command_names_the_rule_and_fails(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("BAG!\nBuy now.")
    run = CliRunner().invoke(app, ["lint", "--market", "amazon", str(tmp_path / "text")])
    assert run.exit_code == 1
    assert "character: title has the forbidden characters !" in run.output
    assert "not verified" in run.output


def test_what_is_only_advised_is_said_and_does_not_fail() -> None:
    run = CliRunner().invoke(app, ["lint", "--market", "avito"], input="Сумка 900 руб\nХолст.")
    assert run.exit_code == 0
    assert "advice, price: title names the price" in run.output
    assert "keeps the rules of Avito" in run.output
    assert f"rules as of {load_markets()['avito'].as_of}: https://" in run.output


def test_the_command_takes_a_good_text_from_a_pipe() -> None:
    run = CliRunner().invoke(app, ["lint"], input="Сумка\nХолст.")
    assert run.exit_code == 0
    assert "keeps the rules of Telegram" in run.output


@pytest.mark.parametrize(
    ("text", "market", "rule", "advised"),
    [
        ("Продам сумку\nХолст.", "avito", "word", False),
        ("Сумка 900 руб\nХолст.", "avito", "price", True),
        ("т" * 51 + "\nХолст.", "avito", "long", True),
        ("т" * 61 + "\nХолст.", "wildberries", "long", False),
        ("Bag " * 20 + "\nCanvas.", "etsy", "wordy", True),
        ("x" * 81 + "\nCanvas.", "ebay", "long", False),
        ("A bag\n" + "a" * 4001, "ebay", "long", True),
        ("A bag\nGood.\n" + f"- {'word ' * 50}\n" * 5, "amazon", "together", False),
    ],
)
def test_a_flaw_is_a_breach_only_where_the_rule_was_read_on_the_markets_page(
    text: str,
    market: str,
    rule: str,
    advised: bool,  # noqa: FBT001 - a column of the table
) -> None:
    found = {flaw.rule: flaw.advised for flaw in lint(parts_of(text), rules_of(market))}

    assert found[rule] is advised


def test_amazon_gets_highlights_and_etsy_its_picture_in_words() -> None:
    bag = listing()
    amazon = dict(card_parts(bag, rules_of("amazon")))
    etsy = dict(card_parts(bag, rules_of("etsy")))

    assert amazon["highlights"] == "two handles, leather"
    assert etsy["alt"] == "handbag, black, leather, two handles"
    table = upload_of(rules_of("amazon"), [Row("1", "1.jpg", bag)]).decode()
    assert "two handles, leather" in table.splitlines()[1].split("\t")
    details = ("zip " * 40, "see shop.ru", "best seller", "one pocket")
    loud = bag.model_copy(update={"seen": bag.seen.model_copy(update={"details": details})})
    assert dict(card_parts(loud, rules_of("amazon")))["highlights"] == "one pocket, leather"


def test_an_article_number_fits_and_stays_its_own() -> None:
    names = ["a" * 80, "a" * 81, "кепка"]
    rows = [Row(name, f"{name}.jpg", listing()) for name in names]
    table = upload_of(rules_of("ozon"), rows).decode("utf-8-sig")
    articles = [line.split(";")[0] for line in table.splitlines()[1:]]

    assert len(set(articles)) == 3
    assert all(len(article) <= 50 for article in articles)
    assert articles[2] == "кепка"


def test_a_made_text_for_an_unknown_category_keeps_to_what_all_take() -> None:
    assert rules_of("wildberries").limits(Length.LONG).description == 1000
