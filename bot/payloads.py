"""What a job's row holds beside its kind and its seller: a class for each form of it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bot.keyboards.callbacks import (  # noqa: TC001 - pydantic reads the annotations
    Delivery,
    PackForm,
)
from bot.words.replies import Under  # noqa: TC001 - pydantic reads the annotation
from storage.chats import NO_MESSAGE
from storage.jobs import Job, JobKind


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

    ``broken`` is as `bot.markets.rules.to_row` writes it. ``card`` is the template of a card; empty
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

    ``offered`` are the templates that it shows as thumbnails; None where it is a card, on which
    the first ``claims`` of the photo's are.
    """

    file: str
    key: str
    offered: tuple[str, ...] | None = None
    claims: int = 0


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


class OfScene(Payload):
    """A step of a scene that is drawn of words."""

    scene: int


class DrawScene(OfScene):
    """``files``: the keys of the pictures, as their provider made them or as they are kept."""

    files: tuple[str, ...]


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
