"""The text and keyboard of a photo's message, by what its picture shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.markets.sell_on import markets_of
from bot.steps.caption_text import result_html
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.types import InlineKeyboardMarkup

    from bot.services import Services
    from storage.backdrops import OwnBackdrop
    from storage.captions import CaptionRecord
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def text_and_keyboard(
    services: Services,
    photo: PhotoRecord,
    seller: Seller,
    owns: Sequence[OwnBackdrop],
    caption: CaptionRecord | None,
    used: Sequence[str] = (),
) -> tuple[str, InlineKeyboardMarkup]:
    """Return what goes with the newest picture, the words as Telegram HTML.

    ``used`` are the backdrops that the seller used lately.
    """
    language, panel = seller.language, services.panels.photo
    numbers = photo.numbers or ()
    match photo.view:
        case View.OFFER:
            key = "offer" if photo.state is PhotoState.ACCEPTED else "offer-ready"
            return services.texts(language, key), panel.offer(language, photo, owns)
        case View.RESULT:
            words = result_html(services.texts, language, photo, caption)
            several = len(markets_of(seller)) > 1
            return words, panel.result(language, photo, owns, several=several)
        case View.CHOICES:
            return services.texts(language, "choices"), panel.choices(language, photo, len(numbers))
        case View.SCENES:
            return services.texts(language, "offer-ready"), panel.scenes(language, photo, used)
        case View.PARTS:
            inside = ", ".join(str(n) for n, within in enumerate(numbers, 1) if within)
            words = services.texts(
                language, "parts", numbers=inside or services.texts(language, "parts-none")
            )
            return words, panel.parts(language, photo, numbers)
