"""Cards of real photos, in every template, format and two languages: their faults and their time.

    python -m benchmarks.cards PHOTOS SHEET.jpg [COUNT]

The photos' products are cut out by the pipeline itself. Printed are the faults that
`pipeline.cards.check` finds, the claims without a source in what they were taken from, the cards
that could not be made, and seconds of a card and of all thumbnails; one sheet of cards is drawn.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.cards import fonts
from pipeline.cards.check import faults
from pipeline.cards.content import content_of
from pipeline.cards.draw import draw_card, draw_thumbnails
from pipeline.cards.templates import load_templates
from pipeline.cards.values import DEFAULT_BRAND, FORMATS, Brand, format_for
from pipeline.errors import CardError, VitrinaError
from pipeline.selection import Selection
from vitrina.commands.process import photos_in
from vitrina.settings import read_settings
from vitrina.studio import open_studio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cards.values import CardContent
    from pipeline.values import CutOut, Pixels

WORDS = {
    "ru": (
        "Вещь на каждый день с запасом прочности, 1 990 р, было 2 900 р, размеры 42-48, рост "
        "164-176 см, длина 68 см, хлопок 100%, не мнётся, два кармана на молнии, подкладка из "
        "флиса. Стирка при 30 градусах, не отбеливать, сушить в тени. В комплекте: вещь, чехол и "
        "запасные пуговицы"
    ),
    "en": (
        "An everyday thing built to last, $19.90, was $29, size M, length 68 cm, weight 240 g, "
        "100% cotton, wrinkle free, two zip pockets, fleece lining. Machine wash at 30 °C, do not "
        "bleach. In the box: the thing, a dust bag and spare buttons"
    ),
}
BRANDS = (
    DEFAULT_BRAND,
    Brand("#5b2bd9", "#ffb400", fonts="unbounded", corners="square", price_tag="circle"),
    Brand("#ffd400", "#111111", fonts="oswald", price_tag="flag"),
)
SHOWN_WIDTH = 300
CHECKED = 0.5
"""Cards are checked at this size; where everything stands is that of the full size."""
TIMED = 5
"""Products that cards are timed on."""


async def cut_outs(folder: Path, count: int) -> list[tuple[str, CutOut]]:
    """Cut the products of a folder's first photos out; those in which none is seen are left out."""
    found = []
    async with open_studio(read_settings()) as studio:
        for path in photos_in(folder)[:count]:
            try:
                photo = studio.decode(path.read_bytes())
                choice = await studio.choose(photo)
                found.append((path.stem, studio.cut_out(photo, Selection.of(choice))))
            except VitrinaError as error:
                print(f"{path.name}: {error}")
    return found


def unsourced(content: CardContent, words: str) -> int:
    """Count the claims whose text is not in the words that they say to be from."""
    sources = (claim.source.partition(": ")[2] for claim in content.claims)
    return sum(
        claim.text.casefold() not in source.casefold() or source not in words
        for claim, source in zip(content.claims, sources, strict=True)
    )


def undrawn(content: CardContent) -> int:
    """Count the letters of a content that the font set for it lacks."""
    text = content.title + "".join(claim.text for claim in content.claims)
    pair = fonts.pair_for("unbounded", fonts.drawable(text))
    drawn = fonts.letters_of(pair.head.name) & fonts.letters_of(pair.body.name)
    return len(set(fonts.drawable(text)) - drawn)


def cards(products: list[tuple[str, CutOut]]) -> Iterator[tuple[str, Pixels]]:
    """Make all cards; print what is wrong with any, and give those of the default brand."""
    templates = load_templates()
    contents = {language: content_of(None, words, language) for language, words in WORDS.items()}
    print("claims without a source:", sum(unsourced(contents[one], WORDS[one]) for one in WORDS))
    print("letters without a glyph:", sum(map(undrawn, contents.values())))
    wrong: Counter[str] = Counter()
    made = 0
    for number, (stem, product) in enumerate(products):
        for name in templates.names:
            for language, content in contents.items():
                brand = BRANDS[(number + (language == "en")) % len(BRANDS)]
                form = [*FORMATS.values(), format_for("wildberries")][made % (len(FORMATS) + 1)]
                try:
                    card = draw_card(
                        templates.get(name), product, content, brand, form, scale=CHECKED
                    )
                except CardError as error:
                    wrong["not made"] += 1
                    print(f"{stem} {name} {language} {form.name}: {error}")
                    made += 1
                    continue
                made += 1
                for fault in faults(card):
                    wrong[fault.rule] += 1
                    print(f"{stem} {name} {language} {form.name}: {fault.rule} {fault.found}")
                if language == "ru" and form.shape == "portrait":
                    yield stem, card.pixels
    print(f"{made} cards; faults: {dict(wrong) or 'none'}")


def clock(products: list[tuple[str, CutOut]]) -> None:
    """Print seconds of a card at its full size, and of the thumbnails of all templates."""
    templates, form = load_templates(), format_for("wildberries")
    content = content_of(None, WORDS["ru"], "ru")
    seconds, thumbnails = [], []
    for _, product in products[:TIMED]:
        for name in templates.names:
            start = time.perf_counter()
            draw_card(templates.get(name), product, content, DEFAULT_BRAND, form)
            seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        draw_thumbnails(templates, templates.names, product, content)
        thumbnails.append(time.perf_counter() - start)
    print(f"a card of 900x1200: median {np.median(seconds):.2f} s, worst {max(seconds):.2f} s")
    print(f"{len(templates.names)} thumbnails: median {np.median(thumbnails):.2f} s")


def sheet(pictures: list[Pixels], columns: int) -> Pixels:
    """Lay cards of one shape out in rows, (h, w, 3) uint8 RGB, each 300 pixels wide."""
    small = []
    for picture in pictures:
        size = SHOWN_WIDTH, round(picture.shape[0] * SHOWN_WIDTH / picture.shape[1])
        drawn = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        small.append(
            cv2.copyMakeBorder(drawn, 6, 6, 6, 6, cv2.BORDER_CONSTANT, value=(255, 255, 255))
        )
    small += [np.full_like(small[0], 255)] * (-len(small) % columns)
    rows = [np.hstack(small[first : first + columns]) for first in range(0, len(small), columns)]
    return np.vstack(rows)


def main() -> None:
    """Run the benchmark on the command line's folder."""
    folder, target = Path(sys.argv[1]), Path(sys.argv[2])
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    products = asyncio.run(cut_outs(folder, count))
    print(f"{len(products)} products")
    clock(products)
    pictures = [picture for _, picture in cards(products)]
    cv2.imwrite(str(target), cv2.cvtColor(sheet(pictures[:96], 12), cv2.COLOR_RGB2BGR))


if __name__ == "__main__":
    main()
