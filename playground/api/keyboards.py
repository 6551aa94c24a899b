"""Checks of what stands under a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.api.forms import Form
    from playground.errors import Json

MAX_DATA: Final = 64
"""Bytes of a button's data."""
MAX_BUTTONS: Final = 100
MAX_ROW: Final = 8
MAX_COPIED: Final = 256
"""UTF-16 units, nearly: what `copy_text` may hold."""
MAX_MARKUP: Final = 10_000
"""Bytes of all texts and data together."""
PAGES: Final = ("https://", "http://127.0.0.1:", "http://localhost:")
"""What Mini Apps' addresses begin with: Telegram's and, here alone, this machine's."""
ACTIONS: Final = (
    "callback_data", "url", "copy_text", "web_app", "switch_inline_query",
    "switch_inline_query_current_chat", "login_url", "pay",
)  # fmt: skip


def keyboard(form: Form) -> Json | None:
    """Return the call's inline keyboard; None for none or an empty one.

    Raises RefusedError in Telegram's words for one that it does not take.
    """
    markup = form.json("reply_markup")
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise RefusedError("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return None
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise RefusedError(
            'can\'t parse inline keyboard: field "inline_keyboard" must be an Array of Arrays'
        )
    buttons = [button for row in rows for button in row]
    for button in buttons:
        _check(button)
    size = sum(len(f"{button['text']}{button.get('callback_data')}".encode()) for button in buttons)
    if len(buttons) > MAX_BUTTONS or size > MAX_MARKUP or any(len(row) > MAX_ROW for row in rows):
        raise RefusedError("REPLY_MARKUP_TOO_LONG")
    chat = form.text("chat_id")
    if chat.startswith("-") and any("web_app" in button for button in buttons):
        raise RefusedError("BUTTON_TYPE_INVALID")
    kept = [row for row in rows if row]
    return {"inline_keyboard": kept} if kept else None


def _check(button: Any) -> None:
    if not isinstance(button, dict):
        raise RefusedError("can't parse inline keyboard button: expected an Object")
    if not str(button.get("text") or "").strip():
        raise RefusedError(
            'can\'t parse inline keyboard button: field "text" must be of type String'
            if "text" not in button
            else "inline keyboard button text is empty"
        )
    if not any(name in button for name in ACTIONS):
        raise RefusedError(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    data = button.get("callback_data")
    if data is not None and not 1 <= len(str(data).encode()) <= MAX_DATA:
        raise RefusedError("BUTTON_DATA_INVALID")
    copied = button.get("copy_text")
    if copied is not None and not 1 <= len(str(copied.get("text", ""))) <= MAX_COPIED:
        raise RefusedError("BUTTON_COPY_TEXT_INVALID")
    app = button.get("web_app")
    if app is not None and not str(app.get("url")).startswith(PAGES):
        raise RefusedError(
            f"inline keyboard button Web App URL '{app.get('url')}' is invalid: "
            "Only HTTPS links are allowed"
        )
    address = button.get("url")
    if address is not None and not str(address).startswith(("http://", "https://", "tg://")):
        raise RefusedError("BUTTON_URL_INVALID")
