"""Whether a seller is asked first which thing is the product."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.photos import PhotoRecord
    from storage.sellers import Seller


def is_asked_first(photo: PhotoRecord, seller: Seller) -> bool:
    """Tell whether to ask about a doubtful photo, rather than to go ahead and say so after."""
    without_a_tap = seller.automatic and photo.wanted_backdrop == seller.default_backdrop
    return photo.album_id is None and (photo.wanted_backdrop is None or not without_a_tap)
