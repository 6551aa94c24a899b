"""The callback data of the buttons, at most 64 bytes each.

The prefixes are on buttons that were sent long ago: they stay as they are.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from aiogram.filters.callback_data import CallbackData
from pydantic import AfterValidator, Field

from storage.render_key import View  # noqa: TC001 - pydantic reads the annotations

# The separator is not ":", which backdrop references contain.
SEPARATOR = "|"
NO_ROW: Final = 2**63 - 1
"""An id that no row has."""

RowId = Annotated[int, AfterValidator(lambda number: number if abs(number) < NO_ROW else NO_ROW)]
"""A row's id. One that the database cannot hold, as other clients may send, is that of no row."""
Number = Annotated[int, Field(ge=1, le=99)]
"""What a numbered button counts, from 1."""


class SetBackdrop(CallbackData, prefix="place", sep=SEPARATOR):
    """Put a photo's product on a backdrop."""

    photo: RowId
    backdrop: str


class AwaitBackground(CallbackData, prefix="own", sep=SEPARATOR):
    """Take the next picture as a background; ``photo`` is the code of its Purpose."""

    photo: RowId


class RewriteCaption(CallbackData, prefix="caption", sep=SEPARATOR):
    """Write another caption for a photo."""

    photo: RowId


class Cancel(CallbackData, prefix="cancel", sep=SEPARATOR):
    """Take the next picture as a product after all."""


class Preference(StrEnum):
    """What a seller can set by a button; each is a column of the sellers table."""

    LANGUAGE = "language"
    BACKDROP = "default_backdrop"
    AUTOMATIC = "automatic"
    FORMAT = "format"
    SHADOW = "shadow"
    MARGIN = "margin"
    MARKET = "market"
    TONE = "tone"
    LENGTH = "caption_length"
    CAPTION_LANGUAGE = "caption_language"
    EMOJI = "emoji"
    ALBUM = "album_captions"
    OUTSIDE = "outside"

    @property
    def key(self) -> str:
        """The preference as the catalogue spells it."""
        return self.value.replace("_", "-")


class OpenSettings(CallbackData, prefix="menu", sep=SEPARATOR):
    """Show the settings, or the values of one of them, in the message that is tapped."""

    what: Preference | None = None


class SetPreference(CallbackData, prefix="prefer", sep=SEPARATOR):
    """Set a preference; an empty value clears it."""

    what: Preference
    value: str = ""


class OpenMarkets(CallbackData, prefix="sellon", sep=SEPARATOR):
    """Ask where the seller sells, in a message of its own: the button stands under any message."""


class TickMarket(CallbackData, prefix="tick", sep=SEPARATOR):
    """Add a market to those that the seller sells on, or take it from them; empty shows them.

    ``photo`` is the one under whose message the markets stand, 0 for the settings'.
    """

    photo: RowId = 0
    market: str = ""


class Forget(CallbackData, prefix="forget", sep=SEPARATOR):
    """Delete all that is kept about the seller, or not after all."""

    sure: bool


class Mute(CallbackData, prefix="mute", sep=SEPARATOR):
    """Decline the operator's broadcasts."""


class ConfirmBroadcast(CallbackData, prefix="send", sep=SEPARATOR):
    """Send an operator's draft to everyone, or throw it away."""

    broadcast: RowId
    sure: bool


class Page(StrEnum):
    """A page of the buttons under a result."""

    MAIN = "main"
    MORE = "more"
    FORMAT = "format"
    SHADOW = "shadow"
    OWN = "own"
    CAPTION = "caption"
    TONE = "tone"
    LENGTH = "caption_length"
    CAPTION_LANGUAGE = "caption_language"
    MARKET = "market"
    EARLIER = "earlier"
    FACTS = "facts"
    PACK = "pack"


class OpenPage(CallbackData, prefix="page", sep=SEPARATOR):
    """Show another page of the buttons under a photo's result."""

    photo: RowId
    page: Page


class OpenScenes(CallbackData, prefix="scenes", sep=SEPARATOR):
    """Show the backgrounds of a group with the product on each; no group is back."""

    photo: RowId
    group: str = ""


class OpenPlaces(CallbackData, prefix="places", sep=SEPARATOR):
    """Show the names of a group's backgrounds; no group is the first.

    ``album`` is the one under whose message they stand, 0 for the settings'.
    """

    album: RowId = 0
    group: str = ""


class SetOption(CallbackData, prefix="wish", sep=SEPARATOR):
    """Have this one photo in another format, shadow, or with a caption of another kind.

    ``what`` names a preference; an empty value is as the seller prefers.
    """

    photo: RowId
    what: Page
    value: str = ""


class RestoreCaption(CallbackData, prefix="version", sep=SEPARATOR):
    """Bring an earlier caption of a photo back."""

    photo: RowId
    caption: RowId


class Delivery(StrEnum):
    """What a seller can have sent beside the result."""

    PNG = "png"
    FULL = "full"
    COPY = "copy"
    CARD = "card"


class SendFile(CallbackData, prefix="get", sep=SEPARATOR):
    """Send a file of the result, or its caption for copying."""

    photo: RowId
    what: Delivery


class PackForm(StrEnum):
    """How the pictures for several markets are sent."""

    FILES = "files"
    PICTURES = "pictures"
    ZIP = "zip"


class MakePack(CallbackData, prefix="pack", sep=SEPARATOR):
    """Make a picture and a listing for each market that the seller sells on."""

    photo: RowId
    form: PackForm


class ShowListing(CallbackData, prefix="listing", sep=SEPARATOR):
    """Show the listing for a market in the message that has one."""

    photo: RowId
    market: str


class ShowView(CallbackData, prefix="see", sep=SEPARATOR):
    """Show the alternatives, the parts, or the result again, in the photo's message."""

    photo: RowId
    view: View


class PickAlternative(CallbackData, prefix="pick", sep=SEPARATOR):
    """Take one of the alternatives, counted from 1, as the product."""

    photo: RowId
    number: Number


class TogglePart(CallbackData, prefix="part", sep=SEPARATOR):
    """Put a part, counted from 1, into the cut-out or take it out."""

    photo: RowId
    number: Number


class MaskEdit(StrEnum):
    """What can be done with the taps on parts."""

    UNDO = "undo"
    RESET = "reset"
    DONE = "done"


class EditMask(CallbackData, prefix="mend", sep=SEPARATOR):
    """Take the last tap on a part back, or all; or use the cut-out as it is now."""

    photo: RowId
    what: MaskEdit


class SetAlbumBackdrop(CallbackData, prefix="all", sep=SEPARATOR):
    """Put the products of a whole album on a backdrop."""

    album: RowId
    backdrop: str


class AlbumAction(StrEnum):
    """What else can be done with an album."""

    ONE = "one"
    EACH = "each"
    SINGLE = "single"
    BACK = "back"
    AGAIN = "again"
    PRODUCTS = "products"
    BACKDROPS = "backdrops"
    SCENES = "scenes"


class ManageAlbum(CallbackData, prefix="album", sep=SEPARATOR):
    """Set an album's captions, show its photos by number, or say what its pictures are."""

    album: RowId
    what: AlbumAction


class SendSingle(CallbackData, prefix="single", sep=SEPARATOR):
    """Send one photo of an album with buttons of its own."""

    photo: RowId


class FirstStep(StrEnum):
    """What /start offers."""

    SAMPLE = "sample"
    HOW = "how"
    MARKET = "market"


class Begin(CallbackData, prefix="begin", sep=SEPARATOR):
    """Take a first step: see what comes of a sample photo, read how it works, say the market."""

    what: FirstStep


class Fact(StrEnum):
    """A fact about a product that has a button."""

    PRICE = "price"
    SIZE = "size"
    HEIGHT = "height"
    MEASURE = "measure"


class EditFact(CallbackData, prefix="fact", sep=SEPARATOR):
    """Ask for another value of a fact about a photo, or take it out."""

    photo: RowId
    what: Fact
    remove: bool = False


class Enlarge(CallbackData, prefix="grow", sep=SEPARATOR):
    """Enlarge a photo that is too small for its picture, softly."""

    photo: RowId


class AskAgain(CallbackData, prefix="sure", sep=SEPARATOR):
    """Ask which thing is the product in a doubtful photo of an album, in a message of its own."""

    photo: RowId


class UndoEdit(CallbackData, prefix="undo", sep=SEPARATOR):
    """Bring back what was before words changed it."""

    edit: RowId


class AskScene(CallbackData, prefix="describe", sep=SEPARATOR):
    """Take the next words for a scene that is drawn for a photo."""

    photo: RowId


class PaintScene(CallbackData, prefix="paint", sep=SEPARATOR):
    """Have a scene drawn of kept words, at the price that was told; seen from ``above`` or not."""

    edit: RowId
    above: bool = False


class TakeScene(CallbackData, prefix="take", sep=SEPARATOR):
    """Keep a variant of a drawn scene, counted from 1, and put the product on it."""

    scene: RowId
    number: Number


class Place(StrEnum):
    """What words are about that the bot could not place."""

    CAPTION = "caption"
    BACKDROP = "backdrop"
    NOTHING = "nothing"


class PlaceWords(CallbackData, prefix="meant", sep=SEPARATOR):
    """Say what words are about."""

    edit: RowId
    what: Place


class BackgroundAction(StrEnum):
    """What can be done with an own background."""

    LIST = "list"
    OPEN = "open"
    RENAME = "rename"
    DELETE = "delete"
    DELETE_SURE = "delete-sure"
    DEFAULT = "default"
    PRODUCT = "product"


class ManageBackground(CallbackData, prefix="mine", sep=SEPARATOR):
    """Manage an own background; 0 stands for all of them."""

    backdrop: RowId
    what: BackgroundAction


class CardPage(StrEnum):
    """A page of the buttons under a card."""

    MAIN = "main"
    CLAIMS = "claims"
    FORMAT = "format"


class OpenCard(CallbackData, prefix="card", sep=SEPARATOR):
    """Offer the cards that a photo's product can have, in a message of their own."""

    photo: RowId


class MakeCard(CallbackData, prefix="cardof", sep=SEPARATOR):
    """Make a card of a template; empty offers all of them again."""

    photo: RowId
    template: str = ""


class OpenCardPage(CallbackData, prefix="cardpage", sep=SEPARATOR):
    """Show another page of the buttons under a card."""

    photo: RowId
    page: CardPage


class SetCardFormat(CallbackData, prefix="cardform", sep=SEPARATOR):
    """Have a card in another format."""

    photo: RowId
    format: str


class ClaimAction(StrEnum):
    """What can be done with a card's claims."""

    ADD = "add"
    REMOVE = "remove"
    UNDO = "undo"


class EditClaims(CallbackData, prefix="claim", sep=SEPARATOR):
    """Take a claim out, by the digest of its text; ask for one more; take the last change back."""

    photo: RowId
    what: ClaimAction
    claim: str = ""


class MakeCardSet(CallbackData, prefix="cardset", sep=SEPARATOR):
    """Make all pictures of a listing: the main one and the cards, for the photo's market."""

    photo: RowId
    form: PackForm


class BrandPart(StrEnum):
    """A part of the brand kit, each a column of its table but for the pages and the logo."""

    MAIN = "main"
    COLOURS = "colours"
    FONTS = "fonts"
    CORNERS = "corners"
    PRICE_TAG = "price_tag"
    WATERMARK = "watermark"
    LOGO = "logo"

    @property
    def key(self) -> str:
        """The part as the catalogue spells it."""
        return self.value.replace("_", "-")


class OpenBrand(CallbackData, prefix="brand", sep=SEPARATOR):
    """Show the brand kit, or the values of a part of it, or ask for a logo."""

    what: BrandPart = BrandPart.MAIN


class SetBrand(CallbackData, prefix="brandset", sep=SEPARATOR):
    """Set a part of the brand kit; an empty value is as our own cards have it."""

    what: BrandPart
    value: str = ""
