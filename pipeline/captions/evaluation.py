"""How good a provider's captions are: rules kept, facts invented, versions alike, cost, time."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from pipeline.captions.lint import lint
from pipeline.captions.render import card_text
from pipeline.captions.variety import most_alike
from pipeline.errors import CaptionError, CaptionRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pipeline.captions.judge import Judge
    from pipeline.captions.values import Describer, Request


@dataclass(frozen=True, slots=True)
class Shot:
    """One caption asked for, or the error in its place.

    ``draft`` counts the rules that the first draft broke; ``broken`` are those that the text as it
    is returned breaks. ``judged`` are the claims that the judge finds in the text and nowhere else,
    None where none was asked. ``alike`` is the overlap with the earlier versions, None for the
    first.
    """

    provider: str
    sample: str
    version: int
    seconds: float
    text: str = ""
    error: str = ""
    refused: bool = False
    draft: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()
    judged: tuple[str, ...] | None = None
    alike: float | None = None
    tokens_in: int = 0
    tokens_out: int = 0
    cost: Decimal | None = None


async def shoot(
    provider: str,
    describer: Describer,
    samples: Iterable[tuple[str, Request]],
    *,
    versions: int,
    judge: Judge | None,
    done: Callable[[Shot], None],
) -> list[Shot]:
    """Ask for some versions of each sample's caption, one after another, each with its time."""
    shots: list[Shot] = []
    for name, request in samples:
        earlier: tuple[str, ...] = ()
        for version in range(1, versions + 1):
            asked = replace(request, earlier=earlier)
            shot = await _shot(provider, describer, name, version, asked, judge)
            if shot.text:
                earlier = (*earlier, shot.text)
            shots.append(shot)
            done(shot)
    return shots


async def _shot(
    provider: str,
    describer: Describer,
    name: str,
    version: int,
    request: Request,
    judge: Judge | None,
) -> Shot:
    start = time.perf_counter()
    try:
        caption = await describer.describe(request)
    except CaptionError as error:
        return Shot(
            provider, name, version, time.perf_counter() - start,
            error=str(error), refused=isinstance(error, CaptionRefusedError),
            tokens_in=sum(one.tokens_in for one in error.spent),
            tokens_out=sum(one.tokens_out for one in error.spent),
            cost=_sum(one.cost for one in error.spent),
        )  # fmt: skip
    seconds = time.perf_counter() - start
    text = card_text(caption.listing, request.rules)
    judged = None
    if judge is not None:
        try:
            judged, _ = await judge.invented(request, text)
        except CaptionError:
            judged = None
    flaws = lint(caption.listing, request.rules, request.limits)
    return Shot(
        provider, name, version, seconds,
        text=text,
        draft=tuple(flaw.rule for flaw in caption.flaws),
        broken=tuple(flaw.rule for flaw in flaws),
        judged=judged,
        alike=most_alike(text, request.earlier, request.facts) if request.earlier else None,
        tokens_in=caption.tokens_in, tokens_out=caption.tokens_out, cost=caption.cost,
    )  # fmt: skip


def summary(shots: Sequence[Shot]) -> dict[str, Any]:
    """Sum one provider's shots up; shares are 0..1, None where nothing was measured."""
    written = [shot for shot in shots if shot.text]
    alike = [shot.alike for shot in written if shot.alike is not None]
    judged = [shot.judged for shot in written if shot.judged is not None]
    seconds = sorted(shot.seconds for shot in shots)
    return {
        "asked": len(shots),
        "written": len(written),
        "refused": sum(shot.refused for shot in shots),
        "drafts_clean": _share([not shot.draft for shot in written]),
        "rules_kept": _share([not shot.broken for shot in written]),
        "invented_by_rules": _mean([shot.draft.count("invented") for shot in written]),
        "invented_by_judge": _mean([len(claims) for claims in judged]),
        "alike_mean": _mean(alike),
        "alike_most": max(alike, default=None),
        "cost": _sum(shot.cost for shot in shots),
        "seconds_median": statistics.median(seconds) if seconds else None,
        "seconds_most": seconds[-1] if seconds else None,
        "draft_flaws": dict(Counter(rule for shot in written for rule in shot.draft)),
    }


def _share(values: Sequence[bool]) -> float | None:
    return _mean([float(value) for value in values])


def _mean(values: Sequence[float]) -> float | None:
    return statistics.fmean(values) if values else None


def _sum(costs: Iterable[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal()) if known else None
