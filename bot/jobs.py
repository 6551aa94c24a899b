"""Every job that the bot submits: its payload, and the one function that makes it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bot.keyboards.callbacks import (  # noqa: TC001 - pydantic reads the annotations
    Delivery,
    PackForm,
)
from bot.replies import Under  # noqa: TC001 - pydantic reads the annotation
from pipeline.errors import NothingFoundError, PhotoError, PhotoUnavailableError
from storage.chats import NO_MESSAGE
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.replies import Answer, Spot
    from pipeline.errors import VitrinaError
    from storage.photos import Changes, PhotoRecord

_OF_PICTURES: tuple[type[VitrinaError], ...] = (NothingFoundError, *PhotoError.__subclasses__())
IN_THE_PICTURE = {PhotoError.text_key, *(error.text_key for error in _OF_PICTURES)} - {
    PhotoUnavailableError.text_key
}
"""What is said where a picture itself is at fault: each of an album has its own answer."""
NOT_FOUND = {NothingFoundError.text_key, *(e.text_key for e in NothingFoundError.__subclasses__())}
"""What is said where no product was found in a photo: its seller may know better."""


class Payload(BaseModel):
    """A job's payload, JSON in its row. Rows of older versions may hold more."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def of(cls, job: Job) -> Self:
        """Read a job's payload."""
        return cls.model_validate(dict(job.payload))

    def job(self, kind: JobKind, seller_id: int) -> Job:
        """Make the job that has this payload."""
        return Job(kind, seller_id, self.model_dump(mode="json", exclude_none=True))


class OfPhoto(Payload):
    """A step of a photo."""

    photo: int


class Offer(OfPhoto):
    """``ahead``: how many photos go first, where the message is there already."""

    ahead: int | None = None


class Describe(OfPhoto):
    """``announce``: the caption is sent as a message of its own, too.

    ``market``: for this one, not for the photo's; it goes into the listing's message alone.
    """

    announce: bool = False
    market: str | None = None


class ShowCaption(OfPhoto):
    """``caption``: this one, not the newest. ``announce`` as in `Describe`."""

    announce: bool = False
    caption: int | None = None


class ShowListing(OfPhoto):
    """``market``: whose listing; without one, the photo's caption.

    ``below``: the message moves below what was written since.
    """

    market: str | None = None
    below: bool = False


class EditMask(OfPhoto):
    """``pick``: an alternative, counted from 1; without it the parts are used.

    ``box``: what fills it, XYXY, 0..1 of the photo's sides, drawn roughly by a model. ``anew``: the
    photo's own transparency is passed over, and the product looked for.
    """

    pick: int | None = None
    box: tuple[float, float, float, float] | None = None
    anew: bool = False


class ApplyEdit(OfPhoto):
    """What was done in the editor: the file of the ``mask``, and what changes of the photo's row.

    ``copied``: the photo stays as it is, and another picture is sent.
    """

    mask: str
    look: dict[str, Any] = {}
    copied: bool = False


class CutOut(OfPhoto):
    """``consult``: in doubt a model is asked before the seller is."""

    consult: bool = False


class MarkCandidates(OfPhoto):
    """``words``: what a seller answers to the question which it is, in the message ``reply``."""

    words: str = ""
    reply: int = NO_MESSAGE


class Choose(MarkCandidates):
    """``picture_file``: the key of the file that shows the photo and ``count`` candidates."""

    picture_file: str
    count: int


class MakeFile(OfPhoto):
    """What is to be made beside the result."""

    what: Delivery


class SendFile(OfPhoto):
    """``file``: its key in the store and its ``name``; ``as_photo`` sends it as a picture.

    Without one, as jobs of an older version are, the caption is sent.
    """

    file: str | None = None
    name: str = ""
    as_photo: bool = False


class PackItem(BaseModel):
    """One market's picture: its key in the store, its ``name``, what it breaks.

    ``broken`` is as `bot.market_rules.to_row` writes it. ``card`` is the template of a card; empty
    for the main picture.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True)

    market: str
    file: str
    name: str
    size: tuple[int, int]
    broken: tuple[dict[str, Any], ...] = ()
    card: str = ""


class Pack(OfPhoto):
    """A picture for each of ``markets``, ``made`` as far as it has come, sent as ``form`` says.

    Of a set of cards there is one market, empty for none in particular; ``cards`` are the
    templates that follow its main picture, None for a pack without any. ``sent`` counts the
    messages that are in the chat.
    """

    markets: tuple[str, ...]
    form: PackForm
    cards: tuple[str, ...] | None = None
    made: tuple[PackItem, ...] = ()
    began: float = 0.0
    sent: int = 0


class DrawCard(OfPhoto):
    """``began``: when it was asked for, Unix time; a listing is waited for so long, not longer."""

    began: float = 0.0


class ShowCard(OfPhoto):
    """``file``: the card's key in the store, drawn by ``key``.

    ``offered`` are the templates that it shows as thumbnails; None where it is a card.
    """

    file: str
    key: str
    offered: tuple[str, ...] | None = None


class Logo(Payload):
    """A picture that a seller has sent as a logo, in the message ``reply`` of ``chat``.

    ``file`` is its key in the store once it was fetched.
    """

    chat: int
    reply: int
    file_id: str
    file: str | None = None


class ShowBrand(Payload):
    """``file``: the key of what a brand kit looks like."""

    file: str


class OfAlbum(Payload):
    """A step of an album."""

    album: int


class OfBackdrop(Payload):
    """A step of a seller's own background."""

    backdrop: int


class KeepBackdrop(OfBackdrop):
    """``file``: the key of the picture that was fetched."""

    file: str


class Tell(Payload):
    """A sentence of the catalogue, as an answer to a photo, or to the message ``reply``.

    ``thread`` is the topic of a forum; a photo knows its own. A ``failure`` of a photo, or of an
    ``album``, has one message: it is reworded where it stands, or sent anew where the seller
    ``asked`` for what failed.
    """

    chat: int
    thread: int | None = None
    key: str
    details: dict[str, str | int] = {}
    reply: int = NO_MESSAGE
    photo: int | None = None
    album: int | None = None
    failure: bool = False
    asked: bool = False


class SayAnswer(Payload):
    """What is answered to a seller's words: Telegram HTML, and the buttons ``under`` it."""

    chat: int
    thread: int | None = None
    reply: int = NO_MESSAGE
    text: str
    edit: int = 0
    under: Under | None = None


class ReadWords(Payload):
    """Kept words that a model is asked about, by their ``edit``, and where they stand."""

    edit: int
    chat: int
    reply: int
    thread: int | None = None


class Export(Payload):
    """The next ``part``, and the place of the last file that was sent."""

    part: int = 1
    after: tuple[int, ...] = ()


class Erase(Payload):
    """What belonged to a seller who wished to be forgotten, at a time in Unix seconds."""

    photos: tuple[int, ...]
    files: tuple[str, ...]
    wished_at: float


class OfBroadcast(Payload):
    """A text of an operator's."""

    broadcast: int


class Broadcast(OfBroadcast):
    """``reached``: the last seller who has a notice, -1 before the first."""

    reached: int = -1


def offer(seller_id: int, photo_id: int, *, ahead: int | None = None) -> Job:
    """Answer a photo, or say how many go first."""
    return Offer(photo=photo_id, ahead=ahead).job(JobKind.OFFER, seller_id)


def progress(seller_id: int, photo_id: int) -> Job:
    """Look how far a photo is, until it is cut out."""
    return OfPhoto(photo=photo_id).job(JobKind.PROGRESS, seller_id)


def fetch(seller_id: int, photo_id: int) -> Job:
    """Fetch a photo from Telegram."""
    return OfPhoto(photo=photo_id).job(JobKind.FETCH, seller_id)


def cut_out(seller_id: int, photo_id: int, *, consult: bool = False) -> Job:
    """Cut a fetched photo out."""
    return CutOut(photo=photo_id, consult=consult).job(JobKind.CUT_OUT, seller_id)


def mark_candidates(
    seller_id: int, photo_id: int, *, words: str = "", reply: int = NO_MESSAGE
) -> Job:
    """Draw a photo's candidates by number for a model."""
    asked = MarkCandidates(photo=photo_id, words=words, reply=reply)
    return asked.job(JobKind.MARK_CANDIDATES, seller_id)


def choose(seller_id: int, asked: Choose) -> Job:
    """Ask a model which candidate is the product."""
    return asked.job(JobKind.CHOOSE, seller_id)


def segment(seller_id: int, photo_id: int) -> Job:
    """Find a photo's parts."""
    return OfPhoto(photo=photo_id).job(JobKind.SEGMENT, seller_id)


def edit_mask(
    seller_id: int,
    photo_id: int,
    *,
    pick: int | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> Job:
    """Cut out what the seller, or a model, pointed at."""
    return EditMask(photo=photo_id, pick=pick, box=box).job(JobKind.EDIT_MASK, seller_id)


def apply_edit(photo: PhotoRecord, *, mask: str, look: Changes, copy: bool) -> Job:
    """Do what was done to a photo in its editor."""
    asked = ApplyEdit(photo=photo.id, mask=mask, look=dict(look), copied=copy)
    return asked.job(JobKind.APPLY_EDIT, photo.seller_id)


def cut_anyway(seller_id: int, photo_id: int) -> Job:
    """Cut out what had no background by its own transparency."""
    return EditMask(photo=photo_id, anew=True).job(JobKind.EDIT_MASK, seller_id)


def render(photo: PhotoRecord) -> Job:
    """Draw what a photo's message is to show, and have it shown."""
    return OfPhoto(photo=photo.id).job(JobKind.RENDER, photo.seller_id)


def show(photo: PhotoRecord) -> Job:
    """Bring a photo's message to what was drawn."""
    return OfPhoto(photo=photo.id).job(JobKind.SHOW, photo.seller_id)


def describe(seller_id: int, photo_id: int, *, announce: bool = False) -> Job:
    """Write a caption."""
    return Describe(photo=photo_id, announce=announce).job(JobKind.DESCRIBE, seller_id)


def show_caption(
    seller_id: int, photo_id: int, *, caption_id: int | None = None, announce: bool = False
) -> Job:
    """Put a caption under its result."""
    shown = ShowCaption(photo=photo_id, caption=caption_id, announce=announce)
    return shown.job(JobKind.SHOW_CAPTION, seller_id)


def describe_for(seller_id: int, photo_id: int, market: str) -> Job:
    """Write a listing for a market beside the photo's own, unless it is there."""
    return Describe(photo=photo_id, market=market).job(JobKind.DESCRIBE, seller_id)


def show_listing(
    seller_id: int, photo_id: int, *, market: str | None = None, below: bool = False
) -> Job:
    """Bring the message with a listing's parts to this market's."""
    shown = ShowListing(photo=photo_id, market=market, below=below)
    return shown.job(JobKind.SHOW_LISTING, seller_id)


def make_pack(seller_id: int, photo_id: int, markets: Sequence[str], form: PackForm) -> Job:
    """Make a picture for each market."""
    pack = Pack(photo=photo_id, markets=tuple(markets), form=form, began=time.time())
    return pack.job(JobKind.MAKE_PACK, seller_id)


def send_pack(seller_id: int, pack: Pack) -> Job:
    """Send what was made for the markets."""
    return pack.job(JobKind.SEND_PACK, seller_id)


def make_card_set(seller_id: int, photo_id: int, market: str, form: PackForm) -> Job:
    """Make the main picture and the cards for a market; empty is none in particular."""
    pack = Pack(photo=photo_id, markets=(market,), form=form, cards=(), began=time.time())
    return pack.job(JobKind.MAKE_PACK, seller_id)


def draw_card(seller_id: int, photo_id: int) -> Job:
    """Draw what the message of a photo's card is to show, and have it shown."""
    return DrawCard(photo=photo_id, began=time.time()).job(JobKind.DRAW_CARD, seller_id)


def show_card(
    seller_id: int, photo_id: int, file: str, key: str, offered: Sequence[str] | None
) -> Job:
    """Bring the message of a photo's card to what was drawn."""
    names = None if offered is None else tuple(offered)
    shown = ShowCard(photo=photo_id, file=file, key=key, offered=names)
    return shown.job(JobKind.SHOW_CARD, seller_id)


def fetch_logo(seller_id: int, chat_id: int, message_id: int, file_id: str) -> Job:
    """Fetch a logo from Telegram."""
    logo = Logo(chat=chat_id, reply=message_id, file_id=file_id)
    return logo.job(JobKind.FETCH_LOGO, seller_id)


def keep_logo(seller_id: int, logo: Logo) -> Job:
    """Cut a fetched logo out and keep it."""
    return logo.job(JobKind.KEEP_LOGO, seller_id)


def draw_brand(seller_id: int) -> Job:
    """Draw a card as a seller's brand kit has it, and have it shown."""
    return Job(JobKind.DRAW_BRAND, seller_id)


def show_brand(seller_id: int, file: str) -> Job:
    """Bring the message of /brand to what was drawn."""
    return ShowBrand(file=file).job(JobKind.SHOW_BRAND, seller_id)


def make_file(seller_id: int, photo_id: int, what: Delivery) -> Job:
    """Make a file of a result."""
    return MakeFile(photo=photo_id, what=what).job(JobKind.MAKE_FILE, seller_id)


def send_file(
    seller_id: int, photo_id: int, *, file: str, name: str, as_photo: bool = False
) -> Job:
    """Send a file of a result, or a copy of it as a picture."""
    sent = SendFile(photo=photo_id, file=file, name=name, as_photo=as_photo)
    return sent.job(JobKind.SEND_FILE, seller_id)


def gather(seller_id: int, album_id: int) -> Job:
    """Close an album once it is quiet."""
    return OfAlbum(album=album_id).job(JobKind.GATHER, seller_id)


def show_album(seller_id: int, album_id: int) -> Job:
    """Bring an album's messages up to date."""
    return OfAlbum(album=album_id).job(JobKind.ALBUM, seller_id)


def fetch_backdrop(seller_id: int, backdrop_id: int) -> Job:
    """Fetch a background of the seller's own from Telegram."""
    return OfBackdrop(backdrop=backdrop_id).job(JobKind.FETCH_BACKDROP, seller_id)


def keep_backdrop(seller_id: int, backdrop_id: int, file: str) -> Job:
    """Check a fetched background and keep it."""
    return KeepBackdrop(backdrop=backdrop_id, file=file).job(JobKind.KEEP_BACKDROP, seller_id)


def confirm_backdrop(seller_id: int, backdrop_id: int) -> Job:
    """Say that a background is kept."""
    return OfBackdrop(backdrop=backdrop_id).job(JobKind.CONFIRM_BACKDROP, seller_id)


def tell(
    seller_id: int,
    chat_id: int,
    error: VitrinaError,
    *,
    reply: int = NO_MESSAGE,
    thread: int | None = None,
) -> Job:
    """Tell of ``error``, as an answer to the message ``reply``."""
    details = dict(error.details)
    told = Tell(chat=chat_id, thread=thread, key=error.text_key, details=details, reply=reply)
    return told.job(JobKind.TELL, seller_id)


def tell_failure(
    photo: PhotoRecord, key: str, details: Mapping[str, str | int], *, asked: bool = False
) -> Job:
    """Tell what went wrong with a photo; what is not in its picture concerns its whole album."""
    told = Tell(
        chat=photo.chat_id,
        key=key,
        details=dict(details),
        photo=photo.id,
        album=None if key in IN_THE_PICTURE else photo.album_id,
        failure=True,
        asked=asked,
    )
    return told.job(JobKind.TELL, photo.seller_id)


def tell_text(
    seller_id: int,
    chat_id: int,
    key: str,
    *,
    photo_id: int | None = None,
    reply: int = NO_MESSAGE,
    thread: int | None = None,
    **details: str | int,
) -> Job:
    """Say a sentence of the catalogue, as an answer to a photo or to the message ``reply``."""
    told = Tell(chat=chat_id, thread=thread, key=key, details=details, reply=reply, photo=photo_id)
    return told.job(JobKind.TELL, seller_id)


def answer(seller_id: int, spot: Spot, said: Answer) -> Job:
    """Answer a seller's words."""
    told = SayAnswer(
        chat=spot.chat,
        thread=spot.thread,
        reply=spot.message,
        text=said.text,
        edit=said.edit,
        under=said.under,
    )
    return told.job(JobKind.ANSWER, seller_id)


def read_words(seller_id: int, edit_id: int, spot: Spot) -> Job:
    """Ask a model what kept words mean."""
    asked = ReadWords(edit=edit_id, chat=spot.chat, reply=spot.message, thread=spot.thread)
    return asked.job(JobKind.READ_WORDS, seller_id)


def sample(seller_id: int) -> Job:
    """Send a sample photo and accept it as the seller's."""
    return Job(JobKind.SAMPLE, seller_id)


def export(seller_id: int) -> Job:
    """Send a seller all that is kept about them."""
    return Job(JobKind.EXPORT, seller_id)


def erase(photo_ids: Sequence[int], files: Sequence[str], wished_at: float) -> Job:
    """Delete the files of a seller who was forgotten; it does not say whose they were."""
    erased = Erase(photos=tuple(photo_ids), files=tuple(files), wished_at=wished_at)
    return erased.job(JobKind.ERASE, 0)


def broadcast(operator_id: int, broadcast_id: int, *, reached: int = -1) -> Job:
    """Submit notices for the next sellers."""
    sent = Broadcast(broadcast=broadcast_id, reached=reached)
    return sent.job(JobKind.BROADCAST, operator_id)


def notice(seller_id: int, broadcast_id: int) -> Job:
    """Send one seller an operator's text."""
    return OfBroadcast(broadcast=broadcast_id).job(JobKind.NOTICE, seller_id)
