"""Buttons in rows: at most three a row, twenty characters each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, WebAppInfo

from storage.backdrops import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiogram.filters.callback_data import CallbackData

ROW = 3
MAX_LABEL = 20
"""Characters of a label."""


def button(label: str, data: CallbackData) -> InlineKeyboardButton:
    """Make a button; a longer label is cut after a word."""
    fitting = label if len(label) <= MAX_LABEL else f"{shortened(label, MAX_LABEL - 1)}…"
    return InlineKeyboardButton(text=fitting, callback_data=data.pack())


def link(label: str, url: str) -> InlineKeyboardButton:
    """Make a button that opens a page inside Telegram."""
    return InlineKeyboardButton(text=label, web_app=WebAppInfo(url=url))


def rows(
    buttons: Sequence[InlineKeyboardButton], *, width: int = ROW
) -> list[list[InlineKeyboardButton]]:
    """Lay buttons out in rows of ``width``."""
    return [list(buttons[at : at + width]) for at in range(0, len(buttons), width)]


def keyboard(*parts: Sequence[InlineKeyboardButton], width: int = ROW) -> InlineKeyboardMarkup:
    """Make a keyboard; each part begins a row."""
    return InlineKeyboardMarkup(
        inline_keyboard=[row for part in parts for row in rows(part, width=width)]
    )
