"""The documentation's page of markets is that of the markets' files."""

from __future__ import annotations

from pipeline.markets import load_markets, market_names
from pipeline.markets.page import page
from tests.conftest import ROOT


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
