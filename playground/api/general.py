"""Methods about the bot itself, its commands, taps, files, updates and its webhook."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from playground.api.context import Webhook
from playground.errors import RefusedError

if TYPE_CHECKING:
    from playground.api.context import Context, Method
    from playground.api.forms import Form
    from playground.errors import Json

MAX_TOAST: Final = 200
MAX_COMMANDS: Final = 100
MAX_NAME: Final = 32
MAX_DESCRIPTION: Final = 256
HTTP_LOOPBACK: Final = ("http://127.0.0.1", "http://localhost", "http://[::1]")


async def get_me(context: Context, form: Form) -> Json:
    """Tell who the bot is."""
    del form
    may = {"can_join_groups": True, "can_read_all_group_messages": False}
    return {**context.chats.bot, **may, "supports_inline_queries": False}


async def get_chat(context: Context, form: Form) -> Json:
    """Tell what a chat is."""
    chat = context.chats.chat(form.integer("chat_id"))
    return {**chat, "accent_color_id": 0, "max_reaction_count": 11}


async def answer_callback_query(context: Context, form: Form) -> bool:
    """Answer a tap, with a toast or an alert where there are words."""
    words = form.text("text")
    if len(words) > MAX_TOAST:
        raise RefusedError("MESSAGE_TOO_LONG")
    query_id = form.text("callback_query_id")
    context.chats.answered(query_id)
    shown = {"text": words, "alert": form.flag("show_alert"), "url": form.text("url")}
    context.chats.tell({"event": "answer", "id": query_id, **shown})
    return True


async def set_my_commands(context: Context, form: Form) -> bool:
    """Fill the commands menu of a language."""
    commands = form.json("commands")
    if not isinstance(commands, list) or len(commands) > MAX_COMMANDS:
        raise RefusedError("can't parse BotCommand: too many commands specified")
    for command in commands:
        name, told = str(command.get("command", "")), str(command.get("description", ""))
        usable = name.replace("_", "").isalnum() and name.isascii() and name.islower()
        if not usable or len(name) > MAX_NAME:
            raise RefusedError("BOT_COMMAND_INVALID")
        if not 1 <= len(told) <= MAX_DESCRIPTION:
            raise RefusedError("BOT_COMMAND_DESCRIPTION_INVALID")
    context.chats.commands[form.text("language_code")] = commands
    context.chats.tell({"event": "commands", "commands": context.chats.commands})
    return True


async def get_my_commands(context: Context, form: Form) -> list[Json]:
    """Return the commands menu of a language."""
    return context.chats.commands.get(form.text("language_code"), [])


async def delete_my_commands(context: Context, form: Form) -> bool:
    """Empty the commands menu of a language."""
    context.chats.commands.pop(form.text("language_code"), None)
    return True


async def get_file(context: Context, form: Form) -> Json:
    """Name the path of a file."""
    return context.chats.files.path(form.text("file_id"))


async def get_updates(context: Context, form: Form) -> list[Json]:
    """Wait for updates."""
    if context.webhook.url:
        raise RefusedError(
            "can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
            409,
        )
    return await context.chats.updates.poll(
        form.integer("offset", 0), form.integer("limit", 100), form.integer("timeout", 0)
    )


async def set_webhook(context: Context, form: Form) -> bool:
    """Have updates sent; http:// goes to this machine only."""
    url = form.text("url")
    if url and not url.startswith(("https://", *HTTP_LOOPBACK)):
        raise RefusedError("bad webhook: An HTTPS URL must be provided for webhook")
    secret = form.text("secret_token")
    if not all(letter.isalnum() or letter in "_-" for letter in secret):
        raise RefusedError("secret token contains unallowed characters")
    if form.flag("drop_pending_updates"):
        context.chats.updates.clear()
    # One object that the sender keeps: what it had is no longer asked for.
    context.webhook = Webhook(url, secret, form.integer("max_connections", 40))
    return True


async def delete_webhook(context: Context, form: Form) -> bool:
    """Have updates wait."""
    if form.flag("drop_pending_updates"):
        context.chats.updates.clear()
    context.webhook = Webhook()
    return True


async def get_webhook_info(context: Context, form: Form) -> Json:
    """Tell where updates are sent, and what failed last."""
    del form
    webhook = context.webhook
    error = {"last_error_date": webhook.error_at, "last_error_message": webhook.error}
    return {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(context.chats.updates),
        "max_connections": webhook.connections,
        **(error if webhook.error else {}),
    }


async def nothing(context: Context, form: Form) -> bool:
    """Take a call that changes nothing that is shown here."""
    del context, form
    return True


def failed(webhook: Webhook, reason: str) -> None:
    """Keep why a webhook was not reached."""
    webhook.error, webhook.error_at = reason, int(time.time())


METHODS: Final[dict[str, Method]] = {
    "getMe": get_me,
    "getChat": get_chat,
    "answerCallbackQuery": answer_callback_query,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "getFile": get_file,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "setMyDescription": nothing,
    "setMyShortDescription": nothing,
    "setChatMenuButton": nothing,
    "logOut": nothing,
    "close": nothing,
}
