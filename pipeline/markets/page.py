"""The documentation's page of markets, from their files: `make markets` writes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.markets import load_markets

if TYPE_CHECKING:
    from pipeline.markets import Market, PictureRules, TextRules

HEAD = """# Markets

<!-- Written by `make markets` from the files in pipeline/markets. -->

What each market asks for, as far as this version knows it. "Breach" is what the market refuses;
"advice" is better so, or is commonly reported and was not read on the market's own page.
To add a market, or to correct one, change one file in `pipeline/markets/`: the bot's menus, the
command line and this page follow.
"""


def page() -> str:
    """Write the page."""
    markets = load_markets().values()
    parts = [
        HEAD,
        "## Pictures",
        "| Market | Made as | Breach | Advice |\n|---|---|---|---|\n"
        + "\n".join(_picture_row(market) for market in markets),
        "## Texts",
        "| Market | Title | Description | Bullets | Keywords | Length, unless wished otherwise |\n"
        "|---|---|---|---|---|---|\n"
        + "\n".join(_text_row(market, market.text) for market in markets if market.text),
        "## Where the rules are from",
        "| Market | As of | Source | Not verified there |\n|---|---|---|---|\n"
        + "\n".join(_source_row(market) for market in markets),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _name(market: Market) -> str:
    return f"{market.title('en')} (`{market.name}`)"


def _picture_row(market: Market) -> str:
    rules = market.picture
    if rules is None:
        return f"| {_name(market)} | as the seller likes | – | – |"
    size = "the photo's size" if rules.size is None else f"{rules.size[0]}×{rules.size[1]}"
    margin = "" if rules.margin is None else f", margin {rules.margin:.0%}"
    breaches: list[str] = []
    advice: list[str] = []
    for field, said in _asked(rules):
        (advice if field in rules.unverified else breaches).append(said)
    if rules.advice is not None:
        advice += [said for _, said in _asked(rules.advice)]
    cells = f"{size}{margin}", "; ".join(breaches) or "–", "; ".join(advice) or "–"
    return f"| {_name(market)} | {' | '.join(cells)} |"


def _asked(rules: PictureRules) -> list[tuple[str, str]]:
    """Return what is asked, by the field that asks it."""
    found = {
        "white": "pure white around the product" if rules.white else "",
        "coloured": "" if rules.coloured else "no coloured background",
        "overlay": "" if rules.overlay else "no text on the main picture",
        "ratio": rules.ratio and "{}:{}".format(*rules.ratio),
        "narrowest": rules.narrowest and "no narrower than {}:{}".format(*rules.narrowest),
        "widest": rules.widest and "no wider than {}:{}".format(*rules.widest),
        "least": rules.least and "at least {}×{}".format(*rules.least),
        "longest_least": rules.longest_least and f"longer side at least {rules.longest_least}",
        "longest": rules.longest and f"longer side at most {rules.longest}",
        "megapixels": rules.megapixels and f"at most {rules.megapixels} megapixels",
        "fill": rules.fill and f"product on {rules.fill:.0%} of the longer side",
        "quality": rules.quality and f"JPEG quality at least {rules.quality}",
        "bytes": rules.bytes and f"at most {rules.bytes / 1e6:g} MB",
        "formats": ", ".join(rules.formats),
        "count": rules.count and f"at most {rules.count} pictures",
    }
    return [(field, said) for field, said in found.items() if said]


def _text_row(market: Market, rules: TextRules) -> str:
    most = rules.most
    bullets = f"{most.bullets} of {most.bullet}" if "bullets" in rules.order else "–"
    keywords = str(most.keywords) if "keywords" in rules.order else "–"
    cells = str(most.title), str(most.description), bullets, keywords, rules.length.value
    return f"| {_name(market)} | {' | '.join(cells)} |"


def _source_row(market: Market) -> str:
    fields = [
        *(f"picture.{name}" for name in (market.picture.unverified if market.picture else ())),
        *(f"text.{name}" for name in (market.text.unverified if market.text else ())),
    ]
    unverified = ", ".join(f"`{name}`" for name in fields) or "–"
    return f"| {_name(market)} | {market.as_of} | <{market.source}> | {unverified} |"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - the make target's output
