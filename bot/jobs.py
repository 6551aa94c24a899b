"""Every job that the bot submits, and the one function that makes it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot import payloads
from pipeline.errors import NothingFoundError, PhotoError, PhotoUnavailableError
from storage.chats import NO_MESSAGE
from storage.jobs import Job, JobKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bot.keyboards.callbacks import Delivery, PackForm
    from bot.words.replies import Answer, Spot
    from pipeline.errors import VitrinaError
    from storage.photos import Changes, PhotoRecord

_OF_PICTURES: tuple[type[VitrinaError], ...] = (NothingFoundError, *PhotoError.__subclasses__())
IN_THE_PICTURE = {PhotoError.text_key, *(error.text_key for error in _OF_PICTURES)} - {
    PhotoUnavailableError.text_key
}
"""What is said where a picture itself is at fault: each of an album has its own answer."""
NOT_FOUND = {NothingFoundError.text_key, *(e.text_key for e in NothingFoundError.__subclasses__())}
"""What is said where no product was found in a photo: its seller may know better."""


def offer(seller_id: int, photo_id: int, *, ahead: int | None = None) -> Job:
    """Answer a photo, or say how many go first."""
    return payloads.Offer(photo=photo_id, ahead=ahead).job(JobKind.OFFER, seller_id)


def progress(seller_id: int, photo_id: int) -> Job:
    """Look how far a photo is, until it is cut out."""
    return payloads.OfPhoto(photo=photo_id).job(JobKind.PROGRESS, seller_id)


def fetch(seller_id: int, photo_id: int) -> Job:
    """Fetch a photo from Telegram."""
    return payloads.OfPhoto(photo=photo_id).job(JobKind.FETCH, seller_id)


def cut_out(seller_id: int, photo_id: int, *, consult: bool = False) -> Job:
    """Cut a fetched photo out."""
    return payloads.CutOut(photo=photo_id, consult=consult).job(JobKind.CUT_OUT, seller_id)


def mark_candidates(
    seller_id: int, photo_id: int, *, words: str = "", reply: int = NO_MESSAGE
) -> Job:
    """Draw a photo's candidates by number for a model."""
    asked = payloads.MarkCandidates(photo=photo_id, words=words, reply=reply)
    return asked.job(JobKind.MARK_CANDIDATES, seller_id)


def choose(seller_id: int, asked: payloads.Choose) -> Job:
    """Ask a model which candidate is the product."""
    return asked.job(JobKind.CHOOSE, seller_id)


def segment(seller_id: int, photo_id: int) -> Job:
    """Find a photo's parts."""
    return payloads.OfPhoto(photo=photo_id).job(JobKind.SEGMENT, seller_id)


def edit_mask(
    seller_id: int,
    photo_id: int,
    *,
    pick: int | None = None,
    box: tuple[float, float, float, float] | None = None,
) -> Job:
    """Cut out what the seller, or a model, pointed at."""
    return payloads.EditMask(photo=photo_id, pick=pick, box=box).job(JobKind.EDIT_MASK, seller_id)


def apply_edit(photo: PhotoRecord, *, mask: str, look: Changes, copy: bool) -> Job:
    """Do what was done to a photo in its editor."""
    asked = payloads.ApplyEdit(photo=photo.id, mask=mask, look=dict(look), copied=copy)
    return asked.job(JobKind.APPLY_EDIT, photo.seller_id)


def cut_anyway(seller_id: int, photo_id: int) -> Job:
    """Cut out what had no background by its own transparency."""
    return payloads.EditMask(photo=photo_id, anew=True).job(JobKind.EDIT_MASK, seller_id)


def render(photo: PhotoRecord) -> Job:
    """Draw what a photo's message is to show, and have it shown."""
    return payloads.OfPhoto(photo=photo.id).job(JobKind.RENDER, photo.seller_id)


def show(photo: PhotoRecord) -> Job:
    """Bring a photo's message to what was drawn."""
    return payloads.OfPhoto(photo=photo.id).job(JobKind.SHOW, photo.seller_id)


def describe(seller_id: int, photo_id: int, *, announce: bool = False) -> Job:
    """Write a caption."""
    return payloads.Describe(photo=photo_id, announce=announce).job(JobKind.DESCRIBE, seller_id)


def show_caption(
    seller_id: int, photo_id: int, *, caption_id: int | None = None, announce: bool = False
) -> Job:
    """Put a caption under its result."""
    shown = payloads.ShowCaption(photo=photo_id, caption=caption_id, announce=announce)
    return shown.job(JobKind.SHOW_CAPTION, seller_id)


def describe_for(seller_id: int, photo_id: int, market: str) -> Job:
    """Write a listing for a market beside the photo's own, unless it is there."""
    return payloads.Describe(photo=photo_id, market=market).job(JobKind.DESCRIBE, seller_id)


def show_listing(
    seller_id: int, photo_id: int, *, market: str | None = None, below: bool = False
) -> Job:
    """Bring the message with a listing's parts to this market's."""
    shown = payloads.ShowListing(photo=photo_id, market=market, below=below)
    return shown.job(JobKind.SHOW_LISTING, seller_id)


def make_pack(seller_id: int, photo_id: int, markets: Sequence[str], form: PackForm) -> Job:
    """Make a picture for each market."""
    pack = payloads.Pack(photo=photo_id, markets=tuple(markets), form=form, began=time.time())
    return pack.job(JobKind.MAKE_PACK, seller_id)


def send_pack(seller_id: int, pack: payloads.Pack) -> Job:
    """Send what was made for the markets."""
    return pack.job(JobKind.SEND_PACK, seller_id)


def make_card_set(seller_id: int, photo_id: int, market: str, form: PackForm) -> Job:
    """Make the main picture and the cards for a market; empty is none in particular."""
    pack = payloads.Pack(photo=photo_id, markets=(market,), form=form, cards=(), began=time.time())
    return pack.job(JobKind.MAKE_PACK, seller_id)


def draw_card(seller_id: int, photo_id: int) -> Job:
    """Draw what the message of a photo's card is to show, and have it shown."""
    return payloads.DrawCard(photo=photo_id, began=time.time()).job(JobKind.DRAW_CARD, seller_id)


def show_card(
    seller_id: int,
    photo_id: int,
    file: str,
    key: str,
    offered: Sequence[str] | None,
    claims: int = 0,
) -> Job:
    """Bring the message of a photo's card to what was drawn."""
    names = None if offered is None else tuple(offered)
    shown = payloads.ShowCard(photo=photo_id, file=file, key=key, offered=names, claims=claims)
    return shown.job(JobKind.SHOW_CARD, seller_id)


def fetch_logo(seller_id: int, chat_id: int, message_id: int, file_id: str) -> Job:
    """Fetch a logo from Telegram."""
    logo = payloads.Logo(chat=chat_id, reply=message_id, file_id=file_id)
    return logo.job(JobKind.FETCH_LOGO, seller_id)


def keep_logo(seller_id: int, logo: payloads.Logo) -> Job:
    """Cut a fetched logo out and keep it."""
    return logo.job(JobKind.KEEP_LOGO, seller_id)


def draw_brand(seller_id: int) -> Job:
    """Draw a card as a seller's brand kit has it, and have it shown."""
    return Job(JobKind.DRAW_BRAND, seller_id)


def show_brand(seller_id: int, file: str) -> Job:
    """Bring the message of /brand to what was drawn."""
    return payloads.ShowBrand(file=file).job(JobKind.SHOW_BRAND, seller_id)


def make_file(seller_id: int, photo_id: int, what: Delivery) -> Job:
    """Make a file of a result."""
    return payloads.MakeFile(photo=photo_id, what=what).job(JobKind.MAKE_FILE, seller_id)


def send_file(
    seller_id: int, photo_id: int, *, file: str, name: str, as_photo: bool = False
) -> Job:
    """Send a file of a result, or a copy of it as a picture."""
    sent = payloads.SendFile(photo=photo_id, file=file, name=name, as_photo=as_photo)
    return sent.job(JobKind.SEND_FILE, seller_id)


def gather(seller_id: int, album_id: int) -> Job:
    """Close an album once it is quiet."""
    return payloads.OfAlbum(album=album_id).job(JobKind.GATHER, seller_id)


def show_album(seller_id: int, album_id: int) -> Job:
    """Bring an album's messages up to date."""
    return payloads.OfAlbum(album=album_id).job(JobKind.ALBUM, seller_id)


def fetch_backdrop(seller_id: int, backdrop_id: int) -> Job:
    """Fetch a background of the seller's own from Telegram."""
    return payloads.OfBackdrop(backdrop=backdrop_id).job(JobKind.FETCH_BACKDROP, seller_id)


def keep_backdrop(seller_id: int, backdrop_id: int, file: str) -> Job:
    """Check a fetched background and keep it."""
    return payloads.KeepBackdrop(backdrop=backdrop_id, file=file).job(
        JobKind.KEEP_BACKDROP, seller_id
    )


def confirm_backdrop(seller_id: int, backdrop_id: int) -> Job:
    """Say that a background is kept."""
    return payloads.OfBackdrop(backdrop=backdrop_id).job(JobKind.CONFIRM_BACKDROP, seller_id)


def paint(seller_id: int, scene_id: int) -> Job:
    """Have a scene drawn of a seller's words."""
    return payloads.OfScene(scene=scene_id).job(JobKind.PAINT, seller_id)


def draw_scene(seller_id: int, scene_id: int, files: Sequence[str]) -> Job:
    """Put the product on a scene's variants, to choose from."""
    drawn = payloads.DrawScene(scene=scene_id, files=tuple(files))
    return drawn.job(JobKind.DRAW_SCENE, seller_id)


def show_scene(seller_id: int, scene_id: int) -> Job:
    """Send a scene's variants."""
    return payloads.OfScene(scene=scene_id).job(JobKind.SHOW_SCENE, seller_id)


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
    told = payloads.Tell(
        chat=chat_id, thread=thread, key=error.text_key, details=details, reply=reply
    )
    return told.job(JobKind.TELL, seller_id)


def tell_failure(
    photo: PhotoRecord, key: str, details: Mapping[str, str | int], *, asked: bool = False
) -> Job:
    """Tell what went wrong with a photo; what is not in its picture concerns its whole album."""
    told = payloads.Tell(
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
    told = payloads.Tell(
        chat=chat_id, thread=thread, key=key, details=details, reply=reply, photo=photo_id
    )
    return told.job(JobKind.TELL, seller_id)


def answer(seller_id: int, spot: Spot, said: Answer) -> Job:
    """Answer a seller's words."""
    told = payloads.SayAnswer(
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
    asked = payloads.ReadWords(edit=edit_id, chat=spot.chat, reply=spot.message, thread=spot.thread)
    return asked.job(JobKind.READ_WORDS, seller_id)


def sample(seller_id: int) -> Job:
    """Send a sample photo and accept it as the seller's."""
    return Job(JobKind.SAMPLE, seller_id)


def export(seller_id: int) -> Job:
    """Send a seller all that is kept about them."""
    return Job(JobKind.EXPORT, seller_id)


def erase(photo_ids: Sequence[int], files: Sequence[str], wished_at: float) -> Job:
    """Delete the files of a seller who was forgotten; it does not say whose they were."""
    erased = payloads.Erase(photos=tuple(photo_ids), files=tuple(files), wished_at=wished_at)
    return erased.job(JobKind.ERASE, 0)


def broadcast(operator_id: int, broadcast_id: int, *, reached: int = -1) -> Job:
    """Submit notices for the next sellers."""
    sent = payloads.Broadcast(broadcast=broadcast_id, reached=reached)
    return sent.job(JobKind.BROADCAST, operator_id)


def notice(seller_id: int, broadcast_id: int) -> Job:
    """Send one seller an operator's text."""
    return payloads.OfBroadcast(broadcast=broadcast_id).job(JobKind.NOTICE, seller_id)
