"""The picture provider that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.errors import SettingsError
from vitrina import environment

if TYPE_CHECKING:
    from pipeline.pictures.openai_images import OpenAIPainter
    from vitrina.settings import Settings


def painter(settings: Settings) -> OpenAIPainter | None:
    """Make who draws scenes; None where no provider is set up.

    Raises SettingsError where one cannot be made of what is set.
    """
    key, base_url = settings.picture_api_key, settings.picture_base_url
    if key is None and base_url is None:
        return None
    if settings.picture_price is None:
        raise SettingsError(
            "PICTURE_PRICE is not set: what one picture costs in dollars, 0 for a server of yours"
        )
    environment.check()
    # Its library takes seconds to import, and is not always wanted.
    from pipeline.pictures.openai_images import OpenAIPainter

    try:
        return OpenAIPainter(
            "" if key is None else key.get_secret_value(),
            base_url,
            model=settings.picture_model,
            price=settings.picture_price,
            size=settings.picture_size,
            quality=settings.picture_quality,
            seconds=settings.picture_seconds,
        )
    except (OSError, ImportError, ValueError) as error:
        # Its HTTP client reads the environment at once, and raises what it likes.
        raise SettingsError(f"the picture provider cannot be set up: {error}") from error
