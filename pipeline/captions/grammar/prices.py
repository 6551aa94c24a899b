"""The rules of prices: sums of money, what is called a price, an old price and a new one."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from pipeline.captions.grammar.cursor import DASHES
from pipeline.captions.grammar.measures import CROSSES, Measures
from pipeline.captions.grammar.reading import Found, Reading, What
from pipeline.captions.tokens import Kind

_LIKE_A_SIZE: Final = range(36, 65)
"""Of so many «р» nobody can tell whether they are roubles or a size."""
_CLAUSE_ENDS: Final = frozenset(",;.\n+")


class Prices(Measures):
    """Rules that read prices."""

    def __init__(self, text: str) -> None:
        """Split the text; sums are read once for each place."""
        super().__init__(text)
        self._prices: dict[tuple[int, bool, bool], Found | None] = {}

    def _price(self, at: int, *, space: bool = True, comma: bool = True) -> Found | None:
        """Read an amount of money, from "from" to "each"."""
        if not self._has_money:
            return None
        asked = (at, space, comma)
        if asked not in self._prices:
            self._prices[asked] = self._price_at(at, space=space, comma=comma)
        return self._prices[asked]

    def _price_at(self, at: int, *, space: bool, comma: bool) -> Found | None:
        start = at
        at = at + 1 if self._is(at, self._words.price["bounds"]) else at
        if self._at(at).text == "~" and not (at and self._at(at - 1).text == "~"):
            at += 1
        found = self._sum(at, space=space, comma=comma)
        if found is None:
            found = self._for_pieces(at)
            if found is None:
                return None
        amount, currency, end = found
        unsure = (
            amount is not None
            and amount in _LIKE_A_SIZE
            and self._at(at).kind is Kind.NUMBER
            and any(self._at(here).lower == "р" for here in range(at + 1, end))
        )
        whole, end = self._per(end)
        first = self._at(start)
        return Found(
            Reading(
                What.PRICE,
                first.start,
                first.start,
                self._at(end - 1).end,
                amount if whole and start == at else None,
                currency,
                aside=self._is_aside(start, end),
                unsure=unsure,
            ),
            end,
        )

    def _sum(self, at: int, *, space: bool, comma: bool) -> tuple[Decimal | None, str, int] | None:
        before = self._money_before(at)
        amount = self._amount(before[0] if before else at, space=space, comma=comma)
        if amount is None:
            return None
        value: Decimal | None
        value = amount.value
        currency, end = (before[1] if before else ""), self._over_dash(amount.end)
        if self._at(end).text in DASHES or self._is(end, frozenset({"до", "to"})):
            sign = self._money_before(end + 1)
            further = self._amount(sign[0] if sign else end + 1, space=space, comma=comma)
            if further is not None and further.value > value:
                value, end = None, further.end
        factor, behind = self._times(end)
        named = self._money(behind)
        if named is not None and before is not None and self._money_before(behind) is not None:
            # Of two sums side by side, "$25 $40", the sign is the second one's.
            named = None if self._at(named[0]).kind is Kind.NUMBER else named
        if named is not None:
            end, currency = named[0], currency or named[1]
        elif before is None:
            return None
        elif factor != 1:
            end = behind
        value = None if value is None else value * factor
        if named is not None and self._at(behind).lower in self._words.cents:
            value = None if value is None else value / 100
        return self._with_kopecks(value, currency, end)

    def _over_dash(self, at: int) -> int:
        """Step over the dash that says "no kopecks": «1500,-»."""
        mark, dash = self._at(at), self._at(at + 1)
        is_dash = dash.text in DASHES and not dash.gap and not mark.gap
        return at + 2 if mark.text in {",", "."} and is_dash else at

    def _with_kopecks(
        self, value: Decimal | None, currency: str, end: int
    ) -> tuple[Decimal | None, str, int]:
        small = self._at(end)
        behind = self._after_word(end + 1, self._words.cents)
        if value is not None and small.kind is Kind.NUMBER and behind is not None:
            return value + Decimal(small.text[:2]) / 100, currency, behind
        return value, currency, end

    def _for_pieces(self, at: int) -> tuple[Decimal | None, str, int] | None:
        """Read «2 штуки за 1000 рублей» and "3 for $10"."""
        if self._at(at).kind is not Kind.NUMBER:
            return None
        behind = self._after_word(at + 1, self._words.measure["counted"]) or at + 1
        if not self._is(behind, frozenset({"за", "for"})):
            return None
        found = self._sum(behind + 1, space=True, comma=True)
        return None if found is None else (None, found[1], found[2])

    def _per(self, at: int) -> tuple[bool, int]:
        """Step over what a price is of: "each", "/шт.", «за пару»; whether it is of one thing."""
        if self._is(at, self._words.price["each"]):
            return False, at + 1
        token = self._at(at)
        if token.text == "/" or token.lower in {"за", "per", "a"}:
            counted = at + 2 if self._at(at + 1).kind is Kind.NUMBER else at + 1
            per = self._words.price["per"] | self._words.measure["counted"]
            if (end := self._after_word(counted, per)) is not None:
                return self._at(counted).lower in {"всё", "все", "item", "one"}, end
        return True, at

    def _clause(self, places: range) -> list[str]:
        """Give the words at these places, up to where the clause ends."""
        words: list[str] = []
        for here in places:
            if self._at(here).kind is Kind.END or self._at(here).text in _CLAUSE_ENDS:
                break
            words.append(self._at(here).lower)
        return words

    def _is_aside(self, start: int, end: int) -> bool:
        """Tell whether a word beside a price, within its clause, says what else it is for."""
        if not self._has_asides:
            return False
        before = self._clause(range(start - 1, max(start - 4, -1), -1))
        after = self._clause(range(end, end + 3))
        if any(word.startswith(("скидк", "discount")) for word in before):
            # A price after a discount is what the thing costs; the discount itself is not.
            return not any(word in {"скидкой", "ценой", "цена"} for word in before)
        return any(word.startswith(self._words.aside) for word in before[:2] + after)

    def _labelled(self, at: int) -> list[Found] | None:
        """Read what is called a price: «цена 2500», «отдам за 1500»."""
        start, words = at, self._words.price
        per = None
        if self._is(at, words["labels"]):
            at += 1
            if self._is(at, frozenset({"за", "per"})) and self._is(at + 1, words["per"]):
                per, at = at, at + 2
        elif self._is(at, words["sold"]) and self._is(at + 1, words["sold_for"]):
            at += 2
        else:
            return None
        for _ in range(3):
            if self._at(at).text in {":", "=", *DASHES} or self._is(at, words["fillers"]):
                at += 1
        found = self._money_or_number(at)
        if found is None:
            return None
        before = self._clause(range(start - 1, max(start - 3, -1), -1))
        reading = replace(
            found.reading,
            start=self._at(start).start,
            value=found.reading.value if per is None else self._at(per).start,
            amount=found.reading.amount if per is None else None,
            labelled=True,
            unsure=False,
            aside=any(word.startswith(self._words.aside) for word in before),
        )
        labelled = Found(reading, found.next)
        if self._at(found.next).lower in {"вместо", "instead"}:
            return self._instead(start, labelled)
        return [labelled]

    def _money_or_number(self, at: int) -> Found | None:
        """Read a sum whose money may go unsaid."""
        if (found := self._price(at)) is not None:
            return found
        start = at
        at = at + 1 if self._is(at, self._words.price["bounds"]) else at
        amount = self._amount(at)
        if amount is None:
            return None
        value: Decimal | None = amount.value
        factor, end = self._times(amount.end)
        upper = self._amount(end + 1) if self._at(end).text in DASHES else None
        if upper is not None and upper.value > amount.value:
            value, end = None, upper.end
        if self._is_unit(end) or self._at(end).lower in CROSSES:
            return None
        whole, end = self._per(end)
        value = value * factor if value is not None and whole and start == at else None
        first = self._at(start).start
        return Found(Reading(What.PRICE, first, first, self._at(end - 1).end, value), end)

    def _changed(self, at: int) -> list[Found] | None:
        """Read an old price and a new one side by side: "$40 → $25", «1900 вместо 2500»."""
        first = self._money_or_number(at) if self._has_changes else None
        if first is None:
            return None
        arrow = self._at(first.next)
        if arrow.text == "→" or (arrow.text in DASHES and self._at(first.next + 1).text == ">"):
            second = first.next + (1 if arrow.text == "→" else 2)
            if (new := self._money_or_number(second)) is not None:
                return [self._named(first, at, old=True), self._named(new, second, new=True)]
        return self._instead(at, first) if arrow.lower in {"вместо", "instead"} else None

    def _told_new(self, at: int) -> list[Found] | None:
        """Read «стало 1900», "now $25"."""
        if not self._is(at, self._words.price["new"]):
            return None
        behind = self._over_labels(at + 1)
        found = self._money_or_number(behind)
        if found is None:
            return None
        return [self._named(found, at, new=True, weak=self._is_bare(found, behind))]

    def _told_old(self, at: int) -> list[Found] | None:
        """Read «было 2500», «вместо 2500 — 1900», "was $40"."""
        if not self._is(at, self._words.price["old"]):
            return None
        behind = self._over_labels(at + 1)
        found = self._money_or_number(behind)
        if found is None:
            return None
        old = self._named(found, at, old=True, weak=self._is_bare(found, behind))
        # «Вместо 2500 — 1900»
        if self._at(at).lower in {"вместо", "instead"} and self._at(found.next).text in DASHES:
            second = found.next + 1
            if (new := self._money_or_number(second)) is not None:
                return [old, self._named(new, second, new=True)]
        return [old]

    def _instead(self, at: int, first: Found) -> list[Found] | None:
        """Read «1900 вместо 2500»."""
        behind = first.next + (2 if self._is(first.next + 1, frozenset(["of"])) else 1)
        old = self._money_or_number(self._over_labels(behind))
        if old is None:
            return None
        return [self._named(first, at, new=True), self._named(old, first.next, old=True)]

    def _over_labels(self, at: int) -> int:
        for _ in range(3):
            if (
                self._at(at).text in {":", "=", *DASHES}
                or self._is(at, self._words.price["labels"])
                or self._is(at, frozenset(["of", "за"]))
            ):
                at += 1
        return at

    def _is_bare(self, found: Found, at: int) -> bool:
        """Tell whether no money is named in what was read from a token on."""
        return self._price(at) is None and not found.reading.currency

    def _named(
        self, found: Found, at: int, *, old: bool = False, new: bool = False, weak: bool = False
    ) -> Found:
        reading = replace(
            found.reading,
            start=self._at(at).start,
            old=old,
            new=new,
            weak=weak,
            labelled=new,
            unsure=False,
            aside=False,
        )
        return Found(reading, found.next)
