"""Who draws scenes of sellers' words, and what a picture costs."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field, SecretStr

from vitrina.settings.section import Section


class PictureSettings(Section):
    """Scenes by words.

    Without a provider the bot offers its own backgrounds. docs/backgrounds.md has more.
    """

    picture_api_key: SecretStr | None = None
    """A key of OpenAI, or of the server at PICTURE_BASE_URL, for its images API. Only a seller's
    words are sent to it, never a photo."""
    picture_base_url: str | None = None
    """Any server that speaks OpenAI's images API. Empty is OpenAI itself, where a key is set."""
    picture_model: str = "gpt-image-2"
    """Its model."""
    picture_size: str = Field(default="1024x1536", pattern=r"^\d{3,4}x\d{3,4}$")
    """Width and height of a picture, of those that the model has."""
    picture_quality: str | None = "low"
    """The model's word for how well it draws, which decides the price. A server that does not know
    it is asked without."""
    picture_price: Decimal | None = Field(default=None, ge=0)
    """Dollars for one picture of that size and quality, which has to be set: sellers are told what
    four of them cost before anything is drawn, and CAPTION_BUDGET_SELLER and
    CAPTION_BUDGET_OVERALL count it."""
    picture_seconds: float = Field(default=90.0, gt=0, le=100)
    """How long four pictures may take, in seconds, tries included."""
