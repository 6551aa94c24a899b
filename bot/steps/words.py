"""The words under a result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.captions import Listing, telegram_html

if TYPE_CHECKING:
    from bot.texts import Texts
    from storage.captions import CaptionRecord


def words_under(texts: Texts, language: str, caption: CaptionRecord | None) -> str:
    """Return the caption as Telegram HTML, or the honest line in its place."""
    if caption is None:
        return texts(language, "caption-writing")
    if caption.text_key is not None:
        return texts(language, caption.text_key)
    return telegram_html(Listing.model_validate(caption.listing))
