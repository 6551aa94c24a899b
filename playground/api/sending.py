"""Methods that put new messages into a chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from playground.api import content
from playground.api.keyboards import keyboard
from playground.chats.entities import marked, units
from playground.chats.history import forwarded
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.api.context import Context, Method
    from playground.api.forms import Form
    from playground.errors import Json

ALBUM: Final = 10
"""Messages of an album at most."""
MAX_DRAFT: Final = 4096
CHAT_ACTIONS: Final = {
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
    "upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note",
}  # fmt: skip


def _post(context: Context, form: Form, body: Json, count: int = 1) -> Json:
    """Have a message of the bot stand in the call's chat."""
    chats = context.chats
    chat = chats.chat(form.integer("chat_id"))
    more = content.reply(form, lambda number: chats.find(chat["id"], number))
    if (markup := keyboard(form)) is not None:
        more["reply_markup"] = markup
    if (topic := form.integer("message_thread_id", 0)) != 0:
        more["message_thread_id"] = topic
    context.limits.take(chat["id"], count)
    return chats.post(chat, chats.bot, {**body, **more})


async def send_message(context: Context, form: Form) -> Json:
    """Send a text."""
    context.chats.chat(form.integer("chat_id"))
    return _post(context, form, content.text(form))


async def send_photo(context: Context, form: Form) -> Json:
    """Send a photo, which Telegram makes smaller."""
    return await _send_file(context, form, "photo")


async def send_document(context: Context, form: Form) -> Json:
    """Send a file as it is."""
    return await _send_file(context, form, "document")


async def _send_file(context: Context, form: Form, kind: str) -> Json:
    context.chats.chat(form.integer("chat_id"))
    words = content.caption({**form.fields, "caption_entities": form.json("caption_entities")})
    file = await content.media(form, context.chats.files, kind, form.text(kind))
    return _post(context, form, {**file, **words})


async def send_media_group(context: Context, form: Form) -> list[Json]:
    """Send an album: all of it, or nothing."""
    context.chats.chat(form.integer("chat_id"))
    items = form.json("media")
    if not isinstance(items, list) or not items:
        raise RefusedError("there are no messages to send")
    if len(items) > ALBUM:
        raise RefusedError("too many messages to send as an album")
    kinds = {item.get("type") for item in items}
    if not kinds <= {"photo", "document"}:
        raise RefusedError("type of file mismatch")
    if len(kinds) > 1:
        raise RefusedError("document can't be mixed with other media types")
    context.limits.take(form.integer("chat_id"), 0)
    bodies = [
        {
            **await content.media(form, context.chats.files, item["type"], item.get("media")),
            **content.caption(item),
        }
        for item in items
    ]
    group = context.chats.new_group()
    form.fields.pop("reply_markup", None)
    first = _post(context, form, {**bodies[0], "media_group_id": group}, len(bodies))
    chats, reply = context.chats, first.get("reply_to_message")
    more = {"media_group_id": group, **({"reply_to_message": reply} if reply else {})}
    rest = [chats.post(first["chat"], chats.bot, {**body, **more}) for body in bodies[1:]]
    return [first, *rest]


async def send_chat_action(context: Context, form: Form) -> bool:
    """Show what the bot is at."""
    chat = context.chats.chat(form.integer("chat_id"))
    action = form.text("action")
    if action not in CHAT_ACTIONS:
        raise RefusedError("wrong parameter action in request")
    context.chats.tell({"event": "action", "chat_id": chat["id"], "action": action})
    return True


async def send_message_draft(context: Context, form: Form) -> bool:
    """Show a text that grows, for half a minute."""
    chat = context.chats.chat(form.integer("chat_id"))
    if chat["type"] != "private":
        raise RefusedError("drafts can be sent to private chats only")
    if form.integer("draft_id") == 0:
        raise RefusedError("draft identifier must be non-zero")
    read = marked(form.text("text"), form.text("parse_mode"), form.json("entities"))
    if units(read.text) > MAX_DRAFT:
        raise RefusedError("message is too long")
    draft = {"text": read.text, "entities": list(read.entities)}
    context.chats.tell({"event": "draft", "chat_id": chat["id"], **draft})
    return True


async def forward_message(context: Context, form: Form) -> Json:
    """Put a message of one chat into another."""
    chats = context.chats
    source = chats.find(form.integer("from_chat_id"), form.integer("message_id"))
    if source is None:
        raise RefusedError("message to forward not found")
    form.fields.pop("reply_markup", None)
    return _post(context, form, forwarded(source))


METHODS: Final[dict[str, Method]] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "sendMediaGroup": send_media_group,
    "sendChatAction": send_chat_action,
    "sendMessageDraft": send_message_draft,
    "forwardMessage": forward_message,
}
