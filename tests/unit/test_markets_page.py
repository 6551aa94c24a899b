"""The page of markets is that of the markets' files; a file that is wrong is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.errors import MarketError
from pipeline.markets import load_market, load_markets, market_names
from pipeline.markets.page import page
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 'as_of = 2026-11-30\nsource = "https://example.org"\ntitle = { ru = "А", en = "A" }\n'
TEXT = '[text]\norder = ["title"]\n{}\n[text.most]\ntitle = {}\ndescription = 5\n'
WRONG = {
    "a word for a count": HEAD + '[picture]\ncount = "many"',
    "less than nothing": HEAD + "[picture]\nbytes = -1",
    "a text for a list": HEAD + '[picture]\nformats = "jpeg"',
    "a word for a side": HEAD + '[picture]\nleast = ["a", 1]',
    "half a pixel": HEAD + "[picture]\nlongest = 1.5",
    "no number": HEAD + "[picture]\nmargin = nan",
    "no room": HEAD + "[picture]\nmargin = 0.9",
    "a picture of gigabytes": HEAD + "[picture]\nsize = [100000, 100000]",
    "a word for advice": HEAD + '[picture.advice]\ncount = "x"',
    "a rule that is none": HEAD + "[picture]\nsharpness = 3",
    "a text for words": HEAD + TEXT.format('words = "abc"', 5),
    "a list for characters": HEAD + TEXT.format('characters = ["a"]', 5),
    "a word for capitals": HEAD + TEXT.format('capitals_at_most = "x"', 5),
    "a word for a limit": HEAD + TEXT.format("", '"x"'),
    "a wrong length": HEAD + TEXT.format('length = "endless"', 5),
    "no table of titles": HEAD.replace("{ ru", '["ru"] # '),
    "no day": HEAD.replace("2026-11-30", '"soon"'),
    "nested without an end": "a = " + "[" * 5000,
    "not UTF-8": "\udcff",
    "larger than any": HEAD + "#" * 200_000,
}


def test_a_file_that_is_wrong_is_named_in_a_line(tmp_path: Path) -> None:
    for kind, text in WRONG.items():
        path = tmp_path / "fair.toml"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(MarketError) as caught:
            pytest.fail(f"{kind}: {load_market(path)}")
        told = str(caught.value)
        assert told.splitlines() == [told], kind
        assert "fair.toml" in told
        assert len(told) < len(str(path)) + 250, kind
    for name in ("My Market", "ярмарка", "a" * 40, "a|b"):
        path = tmp_path / f"{name}.toml"
        path.write_text(HEAD)
        with pytest.raises(MarketError, match="is no name"):
            load_market(path)


def test_the_page_is_that_of_the_files() -> None:
    assert (ROOT / "docs" / "markets.md").read_text() == page(), "older: make markets"


def test_every_market_and_every_unverified_rule_is_there() -> None:
    told = page()
    assert list(load_markets()) == market_names()
    for market in load_markets().values():
        assert told.count(f"(`{market.name}`)") == (2 if market.text is None else 3)
        assert market.source in told
        for rules in (market.picture, market.text):
            assert all(f".{name}`" in told for name in (rules.unverified if rules else ()))
