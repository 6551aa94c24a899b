"""Everything that can go wrong, as one tree.

Each error carries two messages. ``str(error)`` is the operator's line for the log. ``text_key``
names the sentence that the seller reads, in the catalogue of ``bot/texts``; ``details`` fills
that sentence's placeholders.

    VitrinaError
    ├── PhotoError                 the picture that was sent cannot be used
    │   ├── PhotoUnavailableError  it cannot be fetched now; it is tried again
    │   ├── NotAPictureError       its bytes are no picture we read
    │   ├── DamagedPhotoError      a picture, but cut short or corrupt
    │   ├── PhotoTooLargeError     too many bytes or too many pixels
    │   ├── PhotoTooLongError      a strip, far longer than wide
    │   ├── PhotoTooHeavyError     opening it takes too long, or too much memory
    │   └── PhotoTooSmallError     too few pixels to find a product in
    ├── NothingFoundError          no product stands out in the photo
    │   ├── PhotoDarkError         nothing but darkness
    │   ├── PhotoOverexposedError  nothing but white
    │   └── PhotoBlurredError      too blurred or shaken to find one
    ├── BackdropError              an unknown or unusable background
    ├── StyleError                 an unknown format, margin, shadow or tone
    ├── MarketError                a market's file of rules is wrong
    ├── CardError                  a card cannot be made of this template and content
    ├── ModelError                 the model cannot do the work now
    │   ├── OverloadedError        its queue is full
    │   ├── ModelDiedError         its process ended in the middle of the work
    │   └── DeviceError            the device that is asked for is not there
    ├── WeightsError               a weights file is missing or is not what it should be
    ├── CaptionError               no caption this time
    │   ├── CaptionsOffError       no key is configured
    │   ├── CaptionKeptInError     the seller lets nothing go to the caption services
    │   ├── CaptionRefusedError    the provider declines to describe this picture
    │   ├── CaptionBudgetError     the seller's, or everybody's, money of the day is spent
    │   └── CaptionServiceError    the provider is down, slow, or answered nonsense
    │       └── CaptionRequestError  the provider is well and dislikes this one request
    ├── SceneError                 no scene is made of a seller's words this time
    │   ├── ScenesOffError         no picture provider is configured
    │   ├── SceneKeptInError       the seller lets nothing go out
    │   ├── SceneRefusedError      the provider declines the words
    │   ├── SceneBudgetError       the money, or the number, of the day is used up
    │   ├── SceneServiceError      the provider is down, slow, or answered nonsense
    │   └── SceneInterruptedError  the process ended while the provider drew
    ├── EditorError                what the editor's page asks for is not done
    │   ├── EditorRequestError     it means nothing
    │   ├── EditorExpiredError     Telegram did not sign it, or too long ago
    │   ├── EditorClosedError      whoever asks is not let in
    │   ├── EditorPhotoError       the photo is not there, not theirs, or not cut out
    │   ├── EditorOvertakenError   a newer touch came
    │   └── EditorTooFastError     it asks too often
    ├── ChatRefusedError           the chat does not take what is sent to it
    ├── SettingsError              the configuration cannot work
    └── StorageError               the database or the files cannot be used
        ├── StorageUnavailableError  not now: the disk is full, the file store is away
        ├── AlreadyRunningError    another process holds this data folder
        └── NewerDatabaseError     a later version of the program has changed the database
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pipeline.captions.spending import Spending


class VitrinaError(Exception):
    """Root of the tree."""

    text_key: ClassVar[str] = "error-unknown"

    def __init__(self, message: str, **details: str | int) -> None:
        """Keep the operator's ``message`` and the ``details`` of the seller's sentence."""
        super().__init__(message)
        self.details = details


class PhotoError(VitrinaError):
    """The picture that was sent cannot be used."""

    text_key = "error-photo"


class PhotoUnavailableError(PhotoError):
    """The picture cannot be fetched now: it is tried a few times."""

    text_key = "error-photo-unavailable"


class NotAPictureError(PhotoError):
    """The bytes are no picture in a format we read."""

    text_key = "error-not-a-picture"


class DamagedPhotoError(PhotoError):
    """The bytes begin as a picture but are cut short or corrupt."""

    text_key = "error-photo-damaged"


class PhotoTooLargeError(PhotoError):
    """More bytes or more pixels than are accepted. ``details``: ``limit`` with its unit."""

    text_key = "error-photo-too-large"


class PhotoTooLongError(PhotoError):
    """A strip, far longer than wide. ``details``: ``limit``, how many times at most."""

    text_key = "error-photo-too-long"


class PhotoTooHeavyError(PhotoError):
    """Opening the file takes too long, or too much memory."""

    text_key = "error-photo-too-heavy"


class PhotoTooSmallError(PhotoError):
    """Too few pixels to find a product in. ``details``: ``limit`` in pixels."""

    text_key = "error-photo-too-small"


class NothingFoundError(VitrinaError):
    """No product stands out in the photo."""

    text_key = "error-nothing-found"


class PhotoDarkError(NothingFoundError):
    """The photo is too dark for anything to be seen."""

    text_key = "error-photo-dark"


class PhotoOverexposedError(NothingFoundError):
    """The photo is white all over."""

    text_key = "error-photo-overexposed"


class PhotoBlurredError(NothingFoundError):
    """The photo is out of focus or shaken so far that it has no edges."""

    text_key = "error-photo-blurred"


class BackdropError(VitrinaError):
    """The background is unknown or unusable."""

    text_key = "error-backdrop"


class StyleError(VitrinaError):
    """A format, a margin, a shadow or a tone of that name does not exist."""

    text_key = "error-style"


class MarketError(VitrinaError):
    """A market's file of rules is wrong."""


class CardError(VitrinaError):
    """A card's template, fonts or format are unknown, or the content does not fill it."""

    text_key = "error-card"


class ModelError(VitrinaError):
    """The model cannot do the work now."""

    text_key = "error-model"


class OverloadedError(ModelError):
    """The model's queue is full."""

    text_key = "error-busy"


class ModelDiedError(ModelError):
    """The model's process ended, or hung, in the middle of the work."""


class DeviceError(ModelError):
    """The device that is asked for is not there, or does not start."""


class WeightsError(VitrinaError):
    """A weights file is missing, unreachable, or is not what the manifest says."""

    text_key = "error-model"


class CaptionError(VitrinaError):
    """There is no caption this time. ``spent`` is what the attempts cost all the same."""

    text_key = "caption-unavailable"
    spent: tuple[Spending, ...] = ()


class CaptionsOffError(CaptionError):
    """No key for captions is configured."""

    text_key = "caption-off"


class CaptionKeptInError(CaptionError):
    """The seller lets nothing go to the services that write captions."""

    text_key = "caption-kept-in"


class CaptionRefusedError(CaptionError):
    """The provider declines to describe this picture."""

    text_key = "caption-refused"


class CaptionBudgetError(CaptionError):
    """What may be spent on this seller's captions today is spent."""

    text_key = "caption-budget"


class CaptionServiceError(CaptionError):
    """The provider is down, slow, or answered something that is no listing."""


class CaptionRequestError(CaptionServiceError):
    """The provider is well, and dislikes this one request."""


class SceneError(VitrinaError):
    """No scene is made this time. ``billed`` pictures were, or may have been, billed for it."""

    text_key = "scene-unavailable"
    billed: int = 0


class ScenesOffError(SceneError):
    """No picture provider is configured."""

    text_key = "scene-off"


class SceneKeptInError(SceneError):
    """The seller lets nothing go to services outside."""

    text_key = "scene-kept-in"


class SceneRefusedError(SceneError):
    """The provider declines to draw what the words say."""

    text_key = "scene-refused"


class SceneBudgetError(SceneError):
    """What may be spent, or drawn, for this seller today is used up."""

    text_key = "scene-budget"


class SceneServiceError(SceneError):
    """The provider is down, slow, or answered something that is no picture."""


class SceneInterruptedError(SceneError):
    """The process ended while the provider drew: what it would have answered is lost."""

    text_key = "scene-interrupted"


class ChatRefusedError(VitrinaError):
    """The chat does not take what was to be sent to it, and will not another time either."""

    text_key = "error-chat-refused"


class EditorError(VitrinaError):
    """What the editor's page asks for is not done. The page shows the sentence."""

    text_key = "editor-error"


class EditorRequestError(EditorError):
    """What was sent means nothing."""

    text_key = "editor-error-request"


class EditorExpiredError(EditorError):
    """Telegram did not sign who asks, or too long ago."""

    text_key = "editor-error-expired"


class EditorClosedError(EditorError):
    """Whoever asks is not let in."""

    text_key = "editor-error-closed"


class EditorPhotoError(EditorError):
    """The photo is not there, somebody else's, or not cut out."""

    text_key = "editor-error-photo"


class EditorOvertakenError(EditorError):
    """A newer touch has taken the place of one that waited."""

    text_key = "editor-error-overtaken"


class EditorTooFastError(EditorError):
    """The page asks too often."""

    text_key = "editor-error-too-fast"


class SettingsError(VitrinaError):
    """The configuration cannot work."""


class StorageError(VitrinaError):
    """The database or the files cannot be used."""


class StorageUnavailableError(StorageError):
    """Not now: the disk is full, or the file store does not answer."""


class AlreadyRunningError(StorageError):
    """Another process holds this data folder."""


class NewerDatabaseError(StorageError):
    """A later version of the program has changed the database."""
