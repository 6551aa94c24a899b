"""A product cut out, or a frame around a photo: told by what shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from pipeline.photo.decode import decode
from pipeline.photo.transparency import is_cut_out
from tests.stands.files import file_of, shirt

if TYPE_CHECKING:
    from pipeline.values import Pixels

WIDTH, HEIGHT = 300, 400
BOX = (0, 0, WIDTH - 1, HEIGHT - 1)

Draw: TypeAlias = Callable[[], Image.Image]


def plane(*, shown: bool = False) -> Image.Image:
    return Image.new("L", (WIDTH, HEIGHT), 255 * shown)


def drawn(shape: str, box: tuple[int, int, int, int] = BOX, **more: object) -> Image.Image:
    image = plane()
    getattr(ImageDraw.Draw(image), shape)(box, fill=255, **more)
    return image


def straightened(degrees: float) -> Image.Image:
    return plane(shown=True).rotate(degrees, Image.Resampling.BICUBIC, expand=True)


def clipped(degrees: float) -> Image.Image:
    return plane(shown=True).rotate(degrees, Image.Resampling.BICUBIC)


def window(shadow: int) -> Image.Image:
    """A program's window with round corners, and the shadow that a screenshot brings along."""
    pane = drawn("rounded_rectangle", (60, 50, WIDTH - 60, HEIGHT - 70), radius=10)
    soft = pane.filter(ImageFilter.GaussianBlur(16)).point(lambda value: value * shadow // 255)
    soft.paste(pane, mask=pane)
    return soft


def bordered(wide: int) -> Image.Image:
    return drawn("rectangle", (wide, wide, WIDTH - 1 - wide, HEIGHT - 1 - wide))


def vignette() -> Image.Image:
    return drawn("ellipse", (20, 20, WIDTH - 20, HEIGHT - 20)).filter(ImageFilter.GaussianBlur(20))


def keystone() -> Image.Image:
    """A photo of a shop window, made upright."""
    image = plane()
    corners = [(40, 0), (WIDTH - 40, 0), (WIDTH - 1, HEIGHT - 1), (0, HEIGHT - 1)]
    ImageDraw.Draw(image).polygon(corners, fill=255)
    return image


def collage() -> Image.Image:
    """Two photos beside each other with a transparent gap."""
    image = plane()
    for left in (0, WIDTH // 2 + 10):
        ImageDraw.Draw(image).rectangle((left, 0, left + WIDTH // 2 - 10, HEIGHT - 1), fill=255)
    return image


def holes() -> Image.Image:
    """A photo with its key colour inside the picture alone."""
    image = plane(shown=True)
    ImageDraw.Draw(image).ellipse((90, 120, 210, 280), fill=0)
    return image


def sprinkled() -> Image.Image:
    """A palette whose transparent entry is used all over."""
    noise = np.random.default_rng(0).random((HEIGHT, WIDTH)) > 0.1
    return Image.fromarray(np.where(noise, 255, 0).astype(np.uint8))


PHOTOS: dict[str, Draw] = {
    "straightened by 1 degree": lambda: straightened(1),
    "straightened by 3 degrees": lambda: straightened(3),
    "straightened by 20 degrees": lambda: straightened(20),
    "straightened and clipped": lambda: clipped(8),
    "made upright": keystone,
    "border of 1 pixel": lambda: bordered(1),
    "border of 8 pixels": lambda: bordered(8),
    "screenshot": lambda: drawn("rounded_rectangle", radius=12),
    "icon": lambda: drawn("rounded_rectangle", radius=70),
    "round": lambda: drawn("ellipse"),
    "window, shadow": lambda: window(120),
    "window, deep shadow": lambda: window(180),
    "letterboxed": lambda: drawn("rectangle", (0, 60, WIDTH - 1, HEIGHT - 61)),
    "faded out": vignette,
    "collage": collage,
    "hole within": holes,
    "sprinkled": sprinkled,
    "a fifth opaque all over": lambda: plane(shown=True).point(lambda _: 51),
}


def label_on_glass() -> Image.Image:
    image = Image.new("L", (WIDTH, HEIGHT), 0)
    draw = ImageDraw.Draw(image)
    draw.polygon([(130, 20), (170, 20), (170, 120), (220, 180), (220, 380), (80, 380), (80, 180),
                  (130, 120)], fill=110)  # fmt: skip
    draw.rectangle((90, 230, 210, 320), fill=255)
    return image


def with_own_shadow() -> Image.Image:
    image = shirt(WIDTH, HEIGHT)
    soft = image.filter(ImageFilter.GaussianBlur(12)).point(lambda value: value // 3)
    soft.paste(image, (0, -6), image)
    return soft


def pair() -> Image.Image:
    image = plane()
    for left in (0, WIDTH // 2):
        image.paste(shirt(WIDTH // 2, HEIGHT), (left, 0))
    return image


def bust() -> Image.Image:
    """Cut off by the lower edge, as on a mannequin."""
    return shirt(WIDTH, HEIGHT * 2).crop((0, HEIGHT // 6, WIDTH, HEIGHT // 6 + HEIGHT))


def cropped() -> Image.Image:
    image = shirt(WIDTH, HEIGHT)
    return image.crop(image.getbbox())


def ring() -> Image.Image:
    image = drawn("ellipse", (40, 90, WIDTH - 40, HEIGHT - 90))
    ImageDraw.Draw(image).ellipse((80, 130, WIDTH - 80, HEIGHT - 130), fill=0)
    return image


CUT_OUTS: dict[str, Draw] = {
    "garment": lambda: shirt(WIDTH, HEIGHT),
    "garment, cropped tightly": cropped,
    "a pair": pair,
    "cut off below": bust,
    "with its own shadow": with_own_shadow,
    "glass with a label": label_on_glass,
    "ring": ring,
    "box in the middle": lambda: drawn("rectangle", (60, 90, WIDTH - 60, HEIGHT - 90)),
    "plate in the middle": lambda: drawn("ellipse", (40, 90, WIDTH - 40, HEIGHT - 90)),
}


def alpha(draw: Draw) -> Pixels:
    return np.asarray(draw())


@pytest.mark.parametrize("kind", PHOTOS)
def test_a_frame_is_no_cut_out(kind: str) -> None:
    assert not is_cut_out(alpha(PHOTOS[kind]))


@pytest.mark.parametrize("kind", CUT_OUTS)
def test_a_product_is_one(kind: str) -> None:
    assert is_cut_out(alpha(CUT_OUTS[kind]))


@pytest.mark.parametrize("scale", [0.2, 1, 5])
def test_at_any_size(scale: float) -> None:
    size = round(scale * WIDTH), round(scale * HEIGHT)
    for draw, expected in ((CUT_OUTS["garment"], True), (PHOTOS["screenshot"], False)):
        resized = draw().resize(size, Image.Resampling.BILINEAR)
        assert is_cut_out(np.asarray(resized)) is expected


def test_a_frame_stands_on_white() -> None:
    rgba = Image.new("RGBA", (WIDTH, HEIGHT), (200, 30, 30, 255))
    rgba.putalpha(PHOTOS["screenshot"]())
    photo = decode(file_of(rgba, "PNG"))

    assert photo.alpha is None
    assert photo.pixels[0, 0].tolist() == [255, 255, 255]
    assert photo.pixels[HEIGHT // 2, WIDTH // 2].tolist() == [200, 30, 30]


@pytest.mark.parametrize("side", [1, 2, 7])
def test_the_smallest(side: int) -> None:
    assert not is_cut_out(np.full((side, side), 255, np.uint8))
    assert not is_cut_out(np.zeros((side, side), np.uint8))
