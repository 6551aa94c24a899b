"""The buttons under a photo's message: backgrounds, the pages behind "more", numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.keyboards.callbacks import (
    AskScene,
    AwaitBackground,
    Delivery,
    EditMask,
    Enlarge,
    MakeCardSet,
    MakePack,
    MaskEdit,
    OpenCard,
    OpenPage,
    OpenScenes,
    PackForm,
    Page,
    PickAlternative,
    Preference,
    RestoreCaption,
    RewriteCaption,
    SendFile,
    SetBackdrop,
    SetOption,
    ShowView,
    TickMarket,
    TogglePart,
)
from bot.keyboards.facts import fact_buttons
from bot.keyboards.grid import button, keyboard, link
from storage.backdrops import MAX_OWN_BACKDROPS, PALETTE, own_ref
from storage.photos import PhotoState
from storage.render_key import View

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aiogram.filters.callback_data import CallbackData
    from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

    from bot.editor_links import EditorLinks
    from bot.keyboards.backdrops import BackdropNames
    from bot.keyboards.preferences import Preferences
    from bot.texts import Texts
    from storage.backdrops import OwnBackdrop
    from storage.captions import CaptionRecord
    from storage.photos import PhotoRecord

MAX_OWN_BUTTONS = 3
"""Own backgrounds that have a button beside the presets; the others are a page away."""
SEVERAL = ","
"""Between the names of the markets that a seller sells on, in the code of their page."""
OPTION_PAGES = {
    Page.FORMAT: Preference.FORMAT,
    Page.SHADOW: Preference.SHADOW,
    Page.TONE: Preference.TONE,
    Page.LENGTH: Preference.LENGTH,
    Page.CAPTION_LANGUAGE: Preference.CAPTION_LANGUAGE,
    Page.MARKET: Preference.MARKET,
}
"""Pages whose buttons are a preference's values."""


class PhotoPanel:
    """Builds the buttons in a seller's language. No state: any page can be built at any time."""

    def __init__(
        self,
        texts: Texts,
        names: BackdropNames,
        preferences: Preferences,
        editor: EditorLinks | None,
        *,
        paints: bool = False,
    ) -> None:
        """Keep the words that the buttons say, and where the editor is, if anywhere.

        ``paints`` tells that scenes can be drawn of words.
        """
        self._paints = paints
        self._editor = editor
        self._texts = texts
        self._names = names
        self._preferences = preferences

    def offer(
        self, language: str, photo: PhotoRecord, owns: Sequence[OwnBackdrop]
    ) -> InlineKeyboardMarkup:
        """Ask which backdrop a photo's product goes on."""
        presets, own = self._places(language, photo, owns)
        last = [*self._scenes(language, photo), self._open(language, photo, Page.OWN)]
        if photo.is_transparent:
            last.append(self._not_this(language, photo))
        return keyboard(presets, [*own[:MAX_OWN_BUTTONS]], last)

    def result(
        self, language: str, photo: PhotoRecord, owns: Sequence[OwnBackdrop], *, several: bool
    ) -> InlineKeyboardMarkup:
        """Stand under a result; where it is doubtful, ask whether it is the right product.

        ``several`` tells that its seller sells on more than one market.
        """
        presets, own = self._places(language, photo, owns)
        choices = ShowView(photo=photo.id, view=View.CHOICES)
        pack = MakePack(photo=photo.id, form=PackForm.FILES)
        cards = MakeCardSet(photo=photo.id, form=PackForm.PICTURES)
        return keyboard(
            [self._button(language, "button-sure", choices)] if photo.is_doubtful else [],
            self._touch(language, photo, "choose" if photo.is_doubtful else "mend"),
            presets,
            own[:MAX_OWN_BUTTONS],
            self._scenes(language, photo),
            [self._enlarge(language, photo)] if photo.small else [],
            [self._button(language, "button-page-pack", pack)] if several else [],
            [
                self._button(language, "button-card", OpenCard(photo=photo.id)),
                self._button(language, "button-card-set", cards),
            ],
            [
                self._button(language, "button-caption", RewriteCaption(photo=photo.id)),
                self._not_this(language, photo),
                self._open(language, photo, Page.MORE),
            ],
        )

    def _enlarge(self, language: str, photo: PhotoRecord) -> InlineKeyboardButton:
        label = self._texts(language, "enlarge-size", size=photo.small or "")
        return button(label, Enlarge(photo=photo.id))

    def _touch(self, language: str, photo: PhotoRecord, what: str) -> list[InlineKeyboardButton]:
        """Lead to the editor, where there is one for this photo."""
        address = None if self._editor is None else self._editor.link(photo)
        if address is None:
            return []
        return [link(self._texts(language, f"button-editor-{what}"), address)]

    def _not_this(self, language: str, photo: PhotoRecord) -> InlineKeyboardButton:
        """Ask for another cut-out; for the first one, where the photo came without background."""
        key = "button-cut-anyway" if photo.is_transparent else "button-not-this"
        return self._button(language, key, ShowView(photo=photo.id, view=View.CHOICES))

    def again(self, language: str, photo: PhotoRecord) -> InlineKeyboardMarkup:
        """Offer to try once more to write a caption."""
        return keyboard([self._button(language, "button-again", RewriteCaption(photo=photo.id))])

    def not_found(self, language: str, photo: PhotoRecord) -> InlineKeyboardMarkup | None:
        """Offer to show what the product is, where there is an editor to show it in."""
        buttons = self._touch(language, photo, "choose")
        return keyboard(buttons) if buttons else None

    def scenes(
        self, language: str, photo: PhotoRecord, used: Sequence[str] = ()
    ) -> InlineKeyboardMarkup:
        """Offer what was ``used`` lately, the group that is shown, and the other groups."""
        recent = [
            button(
                self._mark(language, title, ref == photo.wanted_backdrop),
                SetBackdrop(photo=photo.id, backdrop=ref),
            )
            for ref, title in self._names.recent(language, used, photo.page)
        ]
        groups = [
            button(
                self._mark(language, title, name == photo.page),
                OpenScenes(photo=photo.id, group=name),
            )
            for name, title in self._names.groups(language)
        ]
        palette = OpenScenes(photo=photo.id, group=PALETTE)
        suits = self._mark(language, self._texts(language, "button-palette"), photo.page == PALETTE)
        back = self._button(language, "button-back", OpenScenes(photo=photo.id))
        shown = self._names.presets(language, photo.page) or self._names.first(language)
        if photo.page == PALETTE:
            shown = [(ref, self._names.label(language, ref, ())) for ref in photo.palette or ()]
        numbered = self._numbered(language, photo, shown)
        return keyboard(
            recent,
            numbered,
            groups[:2],
            groups[2:],
            [button(suits, palette), *self._described(language, photo)],
            [back],
        )

    def _described(self, language: str, photo: PhotoRecord) -> list[InlineKeyboardButton]:
        """Ask for words to draw a scene of, where there is who draws."""
        if not self._paints:
            return []
        return [self._button(language, "button-describe-scene", AskScene(photo=photo.id))]

    def _scenes(self, language: str, photo: PhotoRecord) -> list[InlineKeyboardButton]:
        """Open the group of what is chosen, or the first of those that have no button here."""
        groups = [name for name, _ in self._names.groups(language)]
        if not groups or photo.state is not PhotoState.READY:
            return []
        own = self._names.group_of(photo.wanted_backdrop)
        group = own if own in groups else groups[0]
        return [self._button(language, "button-scenes", OpenScenes(photo=photo.id, group=group))]

    def choices(self, language: str, photo: PhotoRecord, count: int) -> InlineKeyboardMarkup:
        """Ask which of the alternatives is the product.

        The first time there is nothing to go back to: the first one is what would be taken.
        """
        anew = bool(photo.is_doubtful) and not photo.shows_result
        numbers = [
            button(str(number), PickAlternative(photo=photo.id, number=number))
            for number in range(1 + anew, count + 1)
        ]
        first = PickAlternative(photo=photo.id, number=1)
        back = ShowView(photo=photo.id, view=View.RESULT)
        return keyboard(
            [self._button(language, "button-first-right", first)] if anew else [],
            numbers,
            self._touch(language, photo, "choose"),
            [
                self._button(language, "button-parts", ShowView(photo=photo.id, view=View.PARTS)),
                *([] if anew else [self._button(language, "button-back", back)]),
            ],
        )

    def parts(
        self, language: str, photo: PhotoRecord, included: Sequence[bool]
    ) -> InlineKeyboardMarkup:
        """Offer to put each part in or to take it out."""
        numbers = [
            button(
                self._texts(language, "chosen", label=number) if within else str(number),
                TogglePart(photo=photo.id, number=number),
            )
            for number, within in enumerate(included, 1)
        ]
        return keyboard(
            numbers,
            [
                self._button(language, f"button-{what}", EditMask(photo=photo.id, what=what))
                for what in MaskEdit
            ],
        )

    def page(
        self,
        language: str,
        photo: PhotoRecord,
        page: Page,
        *,
        owns: Sequence[OwnBackdrop],
        written: Sequence[CaptionRecord],
        now: Mapping[Page, str],
    ) -> InlineKeyboardMarkup:
        """Build a page; ``now`` holds the code of what is set for the photo."""
        match page:
            case Page.MAIN if photo.view is View.OFFER:
                built = self.offer(language, photo, owns)
            case Page.MAIN:
                several = SEVERAL in now[Page.PACK]
                built = self.result(language, photo, owns, several=several)
            case Page.MORE:
                built = self._more(language, photo)
            case Page.CAPTION:
                built = self._caption(language, photo, written)
            case Page.OWN:
                built = self._own(language, photo, owns)
            case Page.EARLIER:
                built = self._earlier(language, photo, written)
            case Page.PACK:
                built = self._pack(language, photo, now[page].split(SEVERAL))
            case _:
                built = self._values(language, photo, page, now.get(page, ""))
        return built

    def _more(self, language: str, photo: PhotoRecord) -> InlineKeyboardMarkup:
        return keyboard(
            [
                self._button(language, "button-png", SendFile(photo=photo.id, what=Delivery.PNG)),
                self._button(language, "button-full", SendFile(photo=photo.id, what=Delivery.FULL)),
                self._open(language, photo, Page.FORMAT),
                self._open(language, photo, Page.SHADOW),
                self._open(language, photo, Page.CAPTION),
                self._open(language, photo, Page.FACTS),
                self._button(language, "button-parts", ShowView(photo=photo.id, view=View.PARTS)),
                self._open(language, photo, Page.OWN),
                self._open(language, photo, Page.PACK),
            ],
            [self._back(language, photo, Page.MAIN)],
            width=2,
        )

    def _pack(self, language: str, photo: PhotoRecord, sold: Sequence[str]) -> InlineKeyboardMarkup:
        """Offer to tick markets, and to have a picture and a listing for each that is."""
        ticks = [
            button(
                self._mark(language, option.label, option.code in sold),
                TickMarket(photo=photo.id, market=option.code),
            )
            for option in self._preferences.options(Preference.MARKET, language)
            if option.code
        ]
        forms = [
            self._button(language, f"button-pack-{form}", MakePack(photo=photo.id, form=form))
            for form in PackForm
        ]
        return keyboard(ticks, forms, [self._back(language, photo, Page.MORE)])

    def _caption(
        self, language: str, photo: PhotoRecord, written: Sequence[CaptionRecord]
    ) -> InlineKeyboardMarkup:
        buttons = [
            self._button(language, "button-caption", RewriteCaption(photo=photo.id)),
            *(
                self._open(language, photo, page)
                for page in (Page.TONE, Page.LENGTH, Page.CAPTION_LANGUAGE, Page.MARKET)
            ),
        ]
        texts = [caption for caption in written if caption.text]
        if texts:
            copy = SendFile(photo=photo.id, what=Delivery.COPY)
            buttons.append(self._button(language, "button-copy", copy))
        if len(texts) > 1:
            buttons.append(self._open(language, photo, Page.EARLIER))
        return keyboard(buttons, [self._back(language, photo, Page.MORE)], width=2)

    def _earlier(
        self, language: str, photo: PhotoRecord, written: Sequence[CaptionRecord]
    ) -> InlineKeyboardMarkup:
        versions = [
            button(
                self._mark(language, str(number), caption.id == photo.shown_caption_id),
                RestoreCaption(photo=photo.id, caption=caption.id),
            )
            for number, caption in enumerate([c for c in written if c.text], 1)
        ]
        return keyboard(versions, [self._back(language, photo, Page.CAPTION)])

    def _values(
        self, language: str, photo: PhotoRecord, page: Page, now: str
    ) -> InlineKeyboardMarkup:
        if page is Page.FACTS:
            facts = fact_buttons(self._texts, language, photo)
            return keyboard(facts, [self._back(language, photo, Page.MORE)], width=2)
        options = [
            button(
                self._mark(language, option.label, option.code == now),
                SetOption(photo=photo.id, what=page, value=option.code),
            )
            for option in self._preferences.options(OPTION_PAGES[page], language)
        ]
        back = Page.MORE if page in {Page.FORMAT, Page.SHADOW} else Page.CAPTION
        return keyboard(options, [self._back(language, photo, back)], width=2)

    def _own(
        self, language: str, photo: PhotoRecord, owns: Sequence[OwnBackdrop]
    ) -> InlineKeyboardMarkup:
        _, own = self._places(language, photo, owns)
        last = [self._back(language, photo, Page.MAIN)]
        if len(owns) < MAX_OWN_BACKDROPS:
            last.insert(
                0, self._button(language, "button-own-new", AwaitBackground(photo=photo.id))
            )
        return keyboard(own, self._described(language, photo), last)

    def _places(
        self, language: str, photo: PhotoRecord, owns: Sequence[OwnBackdrop]
    ) -> tuple[list[InlineKeyboardButton], list[InlineKeyboardButton]]:
        """Name the first presets by number, as the thumbnails show them, and the own ones."""
        chosen = photo.wanted_backdrop
        presets = self._numbered(language, photo, self._names.first(language))
        own = [
            button(
                self._mark(language, self._names.own(language, backdrop), ref == chosen),
                SetBackdrop(photo=photo.id, backdrop=ref),
            )
            for backdrop in owns
            if (ref := own_ref(backdrop.id))
        ]
        return presets, own

    def _numbered(
        self, language: str, photo: PhotoRecord, presets: Sequence[tuple[str, str]]
    ) -> list[InlineKeyboardButton]:
        return [
            button(
                self._mark(language, f"{number} {title}", ref == photo.wanted_backdrop),
                SetBackdrop(photo=photo.id, backdrop=ref),
            )
            for number, (ref, title) in enumerate(presets, 1)
        ]

    def _open(self, language: str, photo: PhotoRecord, page: Page) -> InlineKeyboardButton:
        key = f"button-page-{page.value.replace('_', '-')}"
        return self._button(language, key, OpenPage(photo=photo.id, page=page))

    def _back(self, language: str, photo: PhotoRecord, page: Page) -> InlineKeyboardButton:
        return self._button(language, "button-back", OpenPage(photo=photo.id, page=page))

    def _mark(self, language: str, label: str, chosen: bool) -> str:  # noqa: FBT001 - a label and its mark
        return self._texts(language, "chosen", label=label) if chosen else label

    def _button(self, language: str, key: str, data: CallbackData) -> InlineKeyboardButton:
        return button(self._texts(language, key), data)
