"""A price as a card shows it: digits in groups, the currency's own sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pipeline.captions.facts import Facts
    from pipeline.captions.grammar import Reading

_SIGNS: Final = {
    "RUB": "₽", "KZT": "₸", "EUR": "€", "UAH": "₴", "BYN": "Br", "UZS": "soʻm", "USD": "$",
    "GBP": "£",
}  # fmt: skip
_BEFORE: Final = frozenset({"USD", "GBP"})
_GROUPED_FROM: Final = 1000


def price_of(facts: Facts, language: str) -> str | None:
    """Write the product's price; None where there is none for sure."""
    return None if facts.price is None else _written(facts, facts.price, language)


def old_price_of(facts: Facts, language: str) -> str | None:
    """Write the price before it; None where there is none, or no price now, or it was no more."""
    now, old = facts.price, facts.was
    if now is None or old is None:
        return None
    if now.amount is not None and old.amount is not None and old.amount <= now.amount:
        return None
    return _written(facts, old, language, currency=now.currency)


def _written(facts: Facts, reading: Reading, language: str, currency: str = "") -> str:
    """Write an amount with its sign; what is no single amount stays as the seller wrote it."""
    if reading.amount is None:
        return facts.value(reading)
    amount = reading.amount
    whole = amount == amount.to_integral_value()
    number = f"{amount:,.0f}" if whole else f"{amount:,.2f}"
    grouped = number if language == "en" else number.replace(",", "\u00a0").replace(".", ",")
    sign = _SIGNS.get(reading.currency or currency, reading.currency or currency)
    if not sign:
        return grouped
    if (reading.currency or currency) in _BEFORE:
        return f"{sign}{grouped}"
    return f"{grouped}\u00a0{sign}"
