"""Methods that change messages that are there, or take them away."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from playground.api import content
from playground.api.keyboards import keyboard
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.api.context import Context, Method
    from playground.api.forms import Form
    from playground.errors import Json

WORDS: Final = ("text", "entities", "link_preview_options")
CAPTION: Final = ("caption", "caption_entities", "show_caption_above_media")
FILES: Final = ("photo", "document")
NOT_MODIFIED: Final = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
DELETED_AT_ONCE: Final = 100
REACTIONS: Final = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴"
    "😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡"
)


def _own(context: Context, form: Form) -> Json:
    """Return the message to edit. Raises RefusedError where it is not there, or not the bot's."""
    chat = context.chats.chat(form.integer("chat_id"))
    message = context.chats.find(chat["id"], form.integer("message_id"))
    if message is None:
        raise RefusedError("message to edit not found")
    if message["from"]["id"] != context.chats.bot["id"]:
        raise RefusedError("message can't be edited")
    return message


def _replace(
    context: Context, form: Form, before: Json, names: tuple[str, ...], body: Json
) -> Json:
    """Put ``body`` in the place of what ``names`` name, with the call's keyboard."""
    old = {name: before[name] for name in names if name in before}
    markup = keyboard(form)
    if markup == before.get("reply_markup") and _same(old, body):
        raise RefusedError(NOT_MODIFIED)
    context.limits.take(before["chat"]["id"])
    kept = {
        name: value
        for name, value in before.items()
        if name not in {*names, "reply_markup", "edit_date"}
    }
    more = {"reply_markup": markup} if markup else {}
    return context.chats.replace({**kept, **body, **more, "edit_date": int(time.time())})


def _same(old: Json, new: Json) -> bool:
    previews = {"link_preview_options": None}
    return {**old, **previews} == {**new, **previews}


async def edit_message_text(context: Context, form: Form) -> Json:
    """Change a text."""
    message = _own(context, form)
    body = content.text(form)
    if "text" not in message:
        raise RefusedError("there is no text in the message to edit")
    return _replace(context, form, message, WORDS, body)


async def edit_message_caption(context: Context, form: Form) -> Json:
    """Change the words under a photo or a file."""
    message = _own(context, form)
    body = content.caption({**form.fields, "caption_entities": form.json("caption_entities")})
    if "text" in message:
        raise RefusedError("there is no caption in the message to edit")
    return _replace(context, form, message, CAPTION, body)


async def edit_message_media(context: Context, form: Form) -> Json:
    """Put another photo or file in a message's place."""
    message = _own(context, form)
    given = form.json("media")
    if not isinstance(given, dict) or given.get("type") not in FILES:
        raise RefusedError("can't parse input media: wrong type")
    if "media_group_id" in message and given["type"] not in message:
        raise RefusedError("can't change media type in the album")
    body = content.caption(given)
    file = await content.media(form, context.chats.files, given["type"], given.get("media"))
    return _replace(context, form, message, (*WORDS, *CAPTION, *FILES), {**file, **body})


async def edit_message_reply_markup(context: Context, form: Form) -> Json:
    """Change the keyboard."""
    return _replace(context, form, _own(context, form), (), {})


async def delete_message(context: Context, form: Form) -> bool:
    """Take a message away."""
    chat = context.chats.chat(form.integer("chat_id"))
    context.chats.delete(chat["id"], form.integer("message_id"))
    return True


async def delete_messages(context: Context, form: Form) -> bool:
    """Take several away; those that are not there are skipped."""
    chat = context.chats.chat(form.integer("chat_id"))
    numbers = form.json("message_ids")
    if not isinstance(numbers, list) or not numbers:
        raise RefusedError("message identifiers are not specified")
    if len(numbers) > DELETED_AT_ONCE:
        raise RefusedError("too many message identifiers specified")
    for number in numbers:
        if context.chats.find(chat["id"], int(number)) is not None:
            context.chats.delete(chat["id"], int(number))
    return True


async def set_message_reaction(context: Context, form: Form) -> bool:
    """Have the bot react to a message, with one emoji or none."""
    chat = context.chats.chat(form.integer("chat_id"))
    message = context.chats.find(chat["id"], form.integer("message_id"))
    if message is None:
        raise RefusedError("message to react not found")
    given = form.json("reaction") or []
    emoji = [str(one.get("emoji", "")) for one in given]
    if len(emoji) > 1 or any(one.removesuffix("\ufe0f") not in REACTIONS for one in emoji):
        raise RefusedError("REACTION_INVALID")
    context.chats.react(chat["id"], message["message_id"], emoji)
    return True


METHODS: Final[dict[str, Method]] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageMedia": edit_message_media,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "setMessageReaction": set_message_reaction,
}
