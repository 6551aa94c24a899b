"""The photos that teaching and measuring draw on, their licences, and the split by object."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Split = Literal["train", "tuned", "apart"]
"""``train``: weights are fitted on it. ``tuned``: choices are made on it. ``apart``: neither."""

LICENCES = {
    "clothing": "CC0 (clothing-dataset, A. Grigorev and contributors)",
    "hard": "CC0 (clothing-dataset, A. Grigorev and contributors)",
    "phone": "CC0 (clothing-dataset, A. Grigorev and contributors)",
    "object": "CC BY 4.0 (DreamBooth dataset, Google); the Unsplash part is only measured on",
    "grocery": "MIT (GroceryStoreDataset, M. Klasson and others)",
    "food": "CC BY-SA 4.0 (UJ Staple Pantry 1000)",
    "fashion": "Apache-2.0 (clothing-co-parsing, W. Yang and others)",
}


OUTLINES = Path(__file__).parent / "outlines"
"""Outlines of garments that are hard to tell from what they lie on, or that fill the frame: picked
by eye from the kept-apart and tuned-on photos, without asking any network, and outlined by SAM with
boxes and points placed by hand, looked at at thumbnail size."""


def _names(line: str) -> frozenset[str]:
    return frozenset(line.split())


_OBJECTS: dict[Split, frozenset[str]] = {
    "train": _names(
        "bear_plushie colorful_sneaker dog3 fancy_boot grey_sloth_plushie monster_toy poop_emoji"
        " rc_car red_cartoon wolf_plushie"
    ),
    "tuned": _names("backpack candle clock dog2 dog7 duck_toy robot_toy teapot"),
    "apart": _names(
        "backpack_dog berry_bowl can cat cat2 dog dog5 dog6 dog8 pink_sunglasses shiny_sneaker vase"
    ),
}
"""None of the objects in ``train`` is under the Unsplash licence; some of the others are."""


LEFT_OUT = frozenset(
    {
        "clothing-14c2f75c-458b-49cc-b3c7-5d4c30d416a7",
        "clothing-21a06a8f-583d-40c5-b5f8-2b735af0f8e5",
        "clothing-35209eb5-489a-4774-9cf6-9fd028254883",
        "clothing-37820224-d7fc-41da-b46f-fe7dd25b125e",
        "clothing-6df15f1e-3e78-4bb3-b43a-a9d32b9b3ec9",
        "clothing-79d4c066-7c31-444c-b6e5-20121fefb24f",
        "clothing-cfe35b59-afce-48aa-a7f8-0618aae955fd",
        "object-backpack_00",
        "object-berry_bowl_00",
        "object-clock_00",
        "object-shiny_sneaker_00",
        "grocery-Alpro-Fresh-Soy-Milk_029",
        "grocery-Arla-Ecological-Sour-Cream_019",
        "grocery-Bravo-Apple-Juice_010",
        "grocery-Bravo-Apple-Juice_023",
        "grocery-Oatly-Oat-Milk_003",
        "grocery-Tropicana-Juice-Smooth_004",
    }
)
"""Agreed and wrong, seen by eye: hands, half a carton, a print, floor between trouser legs."""


ASIDE = frozenset(
    {
        "grocery-Alpro-Fresh-Soy-Milk_010",
        "grocery-Alpro-Shelf-Soy-Milk_014",
        "grocery-Arla-Ecological-Medium-Fat-Milk_027",
        "grocery-Arla-Ecological-Sour-Cream_020",
        "grocery-Arla-Lactose-Medium-Fat-Milk_012",
        "grocery-Arla-Natural-Yoghurt_009",
        "grocery-Bravo-Orange-Juice_019",
        "grocery-God-Morgon-Orange-Juice_001",
        "grocery-Oatly-Natural-Oatghurt_003",
        "grocery-Oatly-Oat-Milk_013",
        "grocery-Tropicana-Apple-Juice_021",
        "object-dog3_00",
    }
)
"""The same, seen after scenes had been drawn from them: neither taught, nor a scene's product."""


@dataclass(frozen=True, slots=True)
class Source:
    """One photo. ``item`` names the object in it: photos of one item share their split."""

    path: Path
    kind: str
    item: str
    split: Split
    mask: Path | None = None

    @property
    def key(self) -> str:
        """A name unique among all sources and fit for a file."""
        return f"{self.kind}-{self.path.stem}"


def sources(data: Path) -> list[Source]:
    """List every photo under ``data`` in a fixed order."""
    return [
        *_folder(data / "train" / "clothing", "clothing"),
        *_folder(data / "train" / "grocery", "grocery"),
        *_folder(data / "train" / "food" / "images", "food", data / "train" / "food" / "masks"),
        *_folder(
            data / "train" / "fashion" / "images", "fashion", data / "train" / "fashion" / "masks"
        ),
        *_folder(data / "photos" / "clothing", "phone", data / "masks"),
        *_folder(data / "photos" / "objects", "object", data / "masks"),
    ]


def _folder(images: Path, kind: str, masks: Path | None = None) -> Iterator[Source]:
    for path in sorted(images.iterdir()):
        mask = masks / f"{path.stem}.png" if masks else None
        item = path.stem.rpartition("_")[0] if kind == "object" else path.stem
        split = split_of(kind, item)
        if kind == "clothing" and (OUTLINES / f"{path.stem}.png").exists():
            yield Source(path, "hard", item, split, OUTLINES / f"{path.stem}.png")
        else:
            yield Source(path, kind, item, split, mask if mask and mask.exists() else None)


def split_of(kind: str, item: str) -> Split:
    """Objects by name; seller's phone photos are never trained on; the rest by a hash."""
    draw = zlib.crc32(item.encode()) % 100
    if kind == "object":
        return next(split for split, names in _OBJECTS.items() if item in names)
    if kind == "phone":
        return "tuned" if draw < 35 else "apart"
    return "train" if draw < 80 else "tuned" if draw < 88 else "apart"
