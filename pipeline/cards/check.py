"""What is wrong with a finished card, measured on its pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from pipeline.cards.colours import READABLE, luminances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.cards.draw import Card

OPAQUE: Final = 255
SOLID: Final = 250
"""Alpha of a letter's inside: small ones are not drawn quite opaque."""
SPARED: Final = 1.0
"""Per cent of a text's pixels whose contrast may be less: where a letter meets a line."""
CLOSE: Final = 2
"""Pixels round a letter in which no line may be."""
EDGE: Final = 0.012
"""The share of the shorter side next to the frame's edge that no letter may reach."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a card breaks: its name, and what was measured."""

    rule: str
    found: str


def faults(card: Card) -> tuple[Fault, ...]:
    """Find what no card may have: text on the product, under lines, at the edge, hard to read."""
    return tuple(_faults(card))


def _faults(card: Card) -> Iterator[Fault]:
    alpha = card.text[:, :, 3]
    if touching := cv2.countNonZero(cv2.bitwise_and(card.product, alpha)):
        yield Fault("touches", f"{touching} pixels of text on the product")
    near = cv2.dilate(alpha, np.ones((2 * CLOSE + 1, 2 * CLOSE + 1), np.uint8))
    if crossed := cv2.countNonZero(cv2.bitwise_and(card.over, near)):
        yield Fault("crossed", f"{crossed} pixels of lines on text")
    height, width = alpha.shape
    edge = round(EDGE * min(width, height))
    inner = np.zeros_like(alpha)
    inner[edge : height - edge, edge : width - edge] = OPAQUE
    if outside := cv2.countNonZero(cv2.bitwise_and(alpha, cv2.bitwise_not(inner))):
        yield Fault("clipped", f"{outside} pixels of text at the frame's edge")
    solid = alpha >= SOLID
    if not solid.any():
        yield Fault("empty", "no text")
        return
    low, high = luminances(card.text[solid][:, :3]), luminances(card.behind[solid])
    contrast = (np.maximum(low, high) + 0.05) / (np.minimum(low, high) + 0.05)
    worst = float(np.percentile(contrast, SPARED))
    if worst < READABLE:
        yield Fault("contrast", f"{worst:.2f}")
