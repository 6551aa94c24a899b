"""Changes of a card, written to its row, kept so that they can be taken back, and drawn."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bot import jobs
from bot.cards.claim_words import AddClaims, RemoveClaims, ReplaceClaim, SetTitle
from bot.cards.claims import OWN, TITLE_AT_MOST, Objection, objection, tidied, unfit
from storage import cards, edits, photos
from storage.photos import PhotoState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.cards.claim_words import ClaimEdit
    from bot.services import Services
    from pipeline.markets import Market
    from storage.cards import CardRecord
    from storage.photos import PhotoRecord

Claims = list[dict[str, str]]
_KEPT = ("claims", "is_edited", "title")
CARD = "card"
"""Where an edit keeps what a card was before it."""


async def redraw(services: Services, connection: AsyncConnection, photo: PhotoRecord) -> None:
    """Have a photo's card drawn anew, where it has one in the chat."""
    card = await cards.of_photo(connection, photo.id)
    if card is not None and card.panel_id is not None and photo.state is PhotoState.READY:
        await services.jobs.submit(connection, jobs.draw_card(photo.seller_id, photo.id))


async def edit(
    services: Services,
    connection: AsyncConnection,
    photo: PhotoRecord,
    card: CardRecord,
    asked: ClaimEdit,
    market: Market | None,
) -> tuple[int | None, list[Objection]]:
    """Do what is asked of a card's words as far as it may be done.

    Returns the edit by which it is taken back, None where nothing has changed, and what speaks
    against the rest.
    """
    claims = [dict(one) for one in card.claims or ()]
    changed, title, objections = change(asked, claims, card.title, photo.facts, market)
    if changed == claims and title == card.title:
        return None, objections
    values: dict[str, Any] = {"title": title}
    if changed != claims:
        values |= {"claims": changed, "is_edited": True}
    number = await _keep(connection, photo, card)
    await cards.update(connection, photo.id, **values)
    await services.jobs.submit(connection, jobs.draw_card(photo.seller_id, photo.id))
    return number, objections


def change(
    asked: ClaimEdit, claims: Claims, title: str | None, facts: str, market: Market | None
) -> tuple[Claims, str | None, list[Objection]]:
    """Return the claims and the title as asked, as far as may be, and what speaks against more."""
    match asked:
        case AddClaims(texts):
            changed, objections = _added(claims, texts, facts, market)
        case ReplaceClaim(number, text):
            others = [one for at, one in enumerate(claims, 1) if at != number]
            own, objections = _added(others, (text,), facts, market)
            changed = claims
            if not objections:
                changed = [*claims[: number - 1], own[-1], *claims[number:]]
        case RemoveClaims(numbers):
            changed = [one for at, one in enumerate(claims, 1) if at not in numbers]
            objections = []
        case SetTitle(text):
            changed = claims
            title, objections = _titled(text, title, market)
    return changed, title, objections


def _added(
    claims: Claims, texts: Sequence[str], facts: str, market: Market | None
) -> tuple[Claims, list[Objection]]:
    objections = []
    for text in map(tidied, texts):
        found = objection(text, claims, facts, market)
        if found is None:
            claims = [*claims, {"text": text, "source": OWN}]
        else:
            objections.append(found)
    return claims, objections


def _titled(
    text: str, title: str | None, market: Market | None
) -> tuple[str | None, list[Objection]]:
    text = tidied(text)
    found = unfit(text, market)
    if len(text) > TITLE_AT_MOST:
        found = Objection("card-title-long", {"length": len(text), "most": TITLE_AT_MOST})
    return (title, [found]) if found is not None else (text or title, [])


async def _keep(connection: AsyncConnection, photo: PhotoRecord, card: CardRecord) -> int:
    row = asdict(card)
    before = {"photo": photo.id, **{name: row[name] for name in _KEPT}}
    return await edits.add(
        connection,
        seller_id=photo.seller_id,
        chat_id=photo.chat_id,
        photos=[photo.id],
        album=None,
        words="",
        before={"photos": {}, "seller": {}, CARD: before},
    )


async def bring_back(
    services: Services, connection: AsyncConnection, seller_id: int, before: Mapping[str, Any]
) -> None:
    """Bring back what a card was before an edit."""
    photo = await photos.get(connection, before["photo"])
    if photo is None or photo.seller_id != seller_id or photo.state.is_over:
        return
    values = {name: before[name] for name in _KEPT}
    await cards.update(connection, photo.id, **values)
    await services.jobs.submit(connection, jobs.draw_card(seller_id, photo.id))
