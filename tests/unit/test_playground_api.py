"""The local Bot API over HTTP, held to Telegram's documentation and words."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any, Self

import pytest
import pytest_asyncio
from aiohttp import ClientError, ClientSession, FormData, web
from aiohttp.test_utils import TestServer
from PIL import Image

from playground.api.context import Context
from playground.api.faults import Fault, FaultKind
from playground.api.limits import Limits
from playground.api.server import BotApi, application
from playground.chats.files import PATH_SECONDS, Files
from playground.chats.history import Chats
from playground.chats.people import ANNA, EMMA, GROUP

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TOKEN = "424242:local-token"
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
TOO_OLD = "Bad Request: query is too old and response timeout expired or query ID is invalid"


def jpeg(width: int = 300, height: int = 200, **more: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(buffer, "JPEG", **more)
    return buffer.getvalue()


class Server:
    """The server on a port of its own, and a client that calls it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.chats = Chats(Files(lambda: self.now))
        self.api = BotApi(self.chats, TOKEN, Context(self.chats, Limits(lambda: self.now)))

    async def __aenter__(self) -> Self:
        self._server = TestServer(application(self.api))
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")
        self._session = ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        await self._server.close()

    async def raw(self, name: str, form: FormData | None = None, **fields: Any) -> dict[str, Any]:
        self.now += 1
        url = f"{self.url}/bot{TOKEN}/{name}"
        more: dict[str, Any] = {"data": form} if form is not None else {"json": fields}
        async with self._session.post(url, **more) as answer:
            body: dict[str, Any] = await answer.json()
            assert body["ok"] or answer.status == body["error_code"]
            return body

    async def call(self, name: str, form: FormData | None = None, **fields: Any) -> Any:
        body = await self.raw(name, form, **fields)
        assert body["ok"], body
        return body["result"]

    async def refused(self, name: str, form: FormData | None = None, **fields: Any) -> str:
        body = await self.raw(name, form, **fields)
        assert not body["ok"], body
        return str(body["description"])

    async def get(self, path: str) -> tuple[int, bytes]:
        async with self._session.get(f"{self.url}{path}") as answer:
            return answer.status, await answer.read()


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        yield server


def form(kind: str, data: bytes, name: str = "photo.jpg", **fields: str) -> FormData:
    made = FormData({"chat_id": str(ANNA.id), kind: "attach://part", **fields}, quote_fields=False)
    made.add_field("part", io.BytesIO(data), filename=name)
    return made


async def test_knows_itself_and_no_other_token(server: Server) -> None:
    assert (await server.call("getMe"))["is_bot"]
    assert (await server.call("GETME"))["is_bot"], "names are taken in any case"
    assert await server.get("/botwrong:token/getMe") == (
        401,
        b'{"ok": false, "error_code": 401, "description": "Unauthorized"}',
    )
    assert await server.refused("sendStory") == "Not Found: method not found"


async def test_updates_wait_until_they_are_confirmed(server: Server) -> None:
    chats = server.chats
    chats.said(ANNA, ANNA.chat(), {"text": "one"})
    chats.said(EMMA, EMMA.chat(), {"text": "two"})
    first = await server.call("getUpdates", timeout=0)
    assert [update["message"]["text"] for update in first] == ["one", "two"]
    assert await server.call("getUpdates", timeout=0) == first, "not confirmed yet"
    last = first[-1]["update_id"]
    chats.updates.polled.clear()
    waiting = asyncio.create_task(server.call("getUpdates", offset=last + 1, timeout=30))
    await chats.updates.polled.wait()
    chats.said(ANNA, ANNA.chat(), {"text": "three"})
    (third,) = await waiting
    assert third["update_id"] == last + 1
    chats.updates.polled.clear()
    old = asyncio.create_task(server.refused("getUpdates", offset=last + 2, timeout=30))
    await chats.updates.polled.wait()
    await server.call("getUpdates", offset=last + 2, timeout=0)
    assert (await old).startswith("Conflict: terminated by other getUpdates request")


async def test_a_webhook_is_called_with_its_secret_until_it_takes(server: Server) -> None:
    seen: asyncio.Queue[tuple[str | None, Any]] = asyncio.Queue()
    statuses = [500, 200, 200, 200]

    async def take(request: web.Request) -> web.Response:
        await seen.put(
            (request.headers.get("X-Telegram-Bot-Api-Secret-Token"), await request.json())
        )
        reply = {"method": "sendMessage", "chat_id": ANNA.id, "text": "in the answer"}
        status = statuses.pop(0)
        return web.json_response(reply if status == 200 else {}, status=status)

    app = web.Application()
    app.router.add_post("/hook", take)
    hook = TestServer(app)
    await hook.start_server()
    url = str(hook.make_url("/hook"))
    assert "HTTPS URL" in await server.refused("setWebhook", url="http://example.org/hook")
    assert await server.call("setWebhook", url=url, secret_token="s-1")
    assert "use deleteWebhook" in await server.refused("getUpdates")
    server.api.faults.add(Fault(FaultKind.TWICE))
    server.chats.said(ANNA, ANNA.chat(), {"text": "hello"})
    first = await seen.get()
    assert await seen.get() == first, "it comes again after a 500"
    assert await seen.get() == first, "and again, as it was asked for"
    assert first[0] == "s-1"
    server.chats.said(ANNA, ANNA.chat(), {"text": "more"})
    await seen.get()
    info = await server.call("getWebhookInfo")
    assert (info["url"], "500" in info["last_error_message"]) == (url, True)
    shown = [message.get("text") for message in server.chats.messages(ANNA.id)]
    assert "in the answer" in shown
    assert await server.call("deleteWebhook")
    assert (await server.call("getWebhookInfo"))["url"] == ""
    await hook.close()


HTML = [
    ("<b>bold</b> &lt;&amp;", "bold <&", [("bold", 0, 4)]),
    ("😀 <i>x</i>", "😀 x", [("italic", 3, 1)]),
    ("<pre><code class='language-py'>a</code></pre>", "a", [("pre", 0, 1)]),
    ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
    ('<a href="https://e.org">e</a>', "e", [("text_link", 0, 1)]),
    ("  <u>x</u> /help ", "x /help", [("underline", 0, 1), ("bot_command", 2, 5)]),
    ("<tg-spoiler>s</tg-spoiler> &nbsp;", "s &nbsp;", [("spoiler", 0, 1)]),
]
BAD_HTML = [
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("ж<div>x</div>", 'Unsupported start tag "div" at byte offset 2'),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("1 < 2", "Unclosed start tag at byte offset 2"),
]


async def test_html_is_read_as_telegram_reads_it(server: Server) -> None:
    for source, text, entities in HTML:
        sent = await server.call("sendMessage", chat_id=ANNA.id, text=source, parse_mode="HTML")
        found = [(e["type"], e["offset"], e["length"]) for e in sent["entities"]]
        assert (sent["text"], found) == (text, entities), source
    for source, said in BAD_HTML:
        sent = server.refused("sendMessage", chat_id=ANNA.id, text=source, parse_mode="HTML")
        assert await sent == (f"Bad Request: can't parse entities: {said}")


def keyboard(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"inline_keyboard": [[button] for button in buttons]}


async def test_what_a_message_may_hold(server: Server) -> None:
    ok = {"text": "ok", "callback_data": "x" * 64}
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"text": " \n"}, "message text is empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"chat_id": 5}, "chat not found"),
        ({"chat_id": ""}, "chat_id is empty"),
        ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        (
            {"reply_markup": keyboard({"text": "b", "callback_data": "x" * 65})},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": keyboard({"text": "b", "callback_data": "ж" * 33})},
            "BUTTON_DATA_INVALID",
        ),
        ({"reply_markup": keyboard(*[ok] * 101)}, "REPLY_MARKUP_TOO_LONG"),
        (
            {"reply_markup": keyboard({"text": "b"})},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        (
            {"reply_markup": keyboard({"text": "b", "copy_text": {"text": "x" * 257}})},
            "BUTTON_COPY_TEXT_INVALID",
        ),
    ]
    for fields, said in refusals:
        sent = {"chat_id": ANNA.id, "text": "x", **fields}
        assert await server.refused("sendMessage", **sent) == f"Bad Request: {said}"
    first = await server.call("sendMessage", chat_id=ANNA.id, text="x" * 4096)
    answer = await server.call(
        "sendMessage", chat_id=ANNA.id, text="😀" * 2048, reply_markup=keyboard(ok),
        reply_parameters={"message_id": first["message_id"]},
    )  # fmt: skip
    assert answer["reply_to_message"]["message_id"] == first["message_id"]
    assert answer["reply_markup"] == keyboard(ok)
    server.chats.blocked.add(EMMA.id)
    assert await server.refused("sendMessage", chat_id=EMMA.id, text="x") == (
        "Forbidden: bot was blocked by the user"
    )


async def test_photos_are_made_smaller_and_files_are_not(server: Server) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = jpeg(3000, 1500, exif=exif)
    sent = await server.call(
        "sendPhoto", form("photo", turned, caption="<b>c</b>", parse_mode="HTML")
    )
    assert [max(size["width"], size["height"]) for size in sent["photo"]] == [90, 320, 800, 1280]
    assert (sent["photo"][-1]["width"], sent["photo"][-1]["height"]) == (640, 1280)
    assert (sent["caption"], sent["caption_entities"][0]["type"]) == ("c", "bold")
    file = await server.call("getFile", file_id=sent["photo"][-1]["file_id"])
    status, data = await server.get(f"/file/bot{TOKEN}/{file['file_path']}")
    with Image.open(io.BytesIO(data)) as image:
        assert (status, image.size, dict(image.getexif())) == (200, (640, 1280), {})
    assert [
        one["width"]
        for one in (await server.call("sendPhoto", form("photo", jpeg(60, 40))))["photo"]
    ] == [60]
    whole = await server.call("sendDocument", form("document", turned, "a b.jpg"))
    assert (whole["document"]["file_name"], whole["document"]["mime_type"]) == (
        "a b.jpg",
        "image/jpeg",
    )
    file = await server.call("getFile", file_id=whole["document"]["file_id"])
    assert (await server.get(f"/file/bot{TOKEN}/{file['file_path']}"))[1] == turned
    again = await server.call("sendPhoto", chat_id=ANNA.id, photo=sent["photo"][-1]["file_id"])
    assert again["photo"][-1]["width"] == 640
    server.now += PATH_SECONDS
    assert (await server.get(f"/file/bot{TOKEN}/{file['file_path']}"))[0] == 404, "an hour went by"


async def test_files_that_are_refused(server: Server) -> None:
    big = b"x" * (10 * 1024 * 1024 + 1)
    assert await server.refused("sendPhoto", form("photo", big)) == (
        f"Bad Request: file of size {len(big)} bytes is too big for a photo; "
        "the maximum size is 10485760 bytes"
    )
    assert await server.refused("sendPhoto", form("photo", b"no picture")) == (
        "Bad Request: IMAGE_PROCESS_FAILED"
    )
    assert await server.refused("sendPhoto", form("photo", jpeg(2100, 100))) == (
        "Bad Request: PHOTO_INVALID_DIMENSIONS"
    )
    huge = b"x" * (50 * 1024 * 1024 + 1)
    assert (
        await server.refused("sendDocument", form("document", huge)) == "Request Entity Too Large"
    )
    large = server.chats.files.add_document(b"x" * (20 * 1024 * 1024 + 1), "large.tif")
    assert (
        await server.refused("getFile", file_id=large["file_id"]) == "Bad Request: file is too big"
    )
    assert await server.refused("getFile", file_id="none") == "Bad Request: invalid file_id"
    assert await server.refused("sendPhoto", chat_id=ANNA.id, photo="none") == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    long = form("photo", jpeg(), caption="😀" * 513)
    assert await server.refused("sendPhoto", long) == "Bad Request: message caption is too long"
    assert await server.call("sendPhoto", form("photo", jpeg(), caption="😀" * 512))


async def test_an_album_is_one_group(server: Server) -> None:
    def album(count: int, kind: str = "photo") -> FormData:
        items = [
            {"type": kind, "media": f"attach://p{at}", "caption": f"c{at}"} for at in range(count)
        ]
        made = FormData({"chat_id": str(ANNA.id), "media": json.dumps(items)})
        for at in range(count):
            made.add_field(f"p{at}", jpeg(), filename="p.jpg")
        return made

    sent = await server.call("sendMediaGroup", album(3))
    assert len({message["media_group_id"] for message in sent}) == 1
    assert len({message["message_id"] for message in sent}) == 3
    assert [message["caption"] for message in sent] == ["c0", "c1", "c2"]
    server.now += 30
    assert "document" in (await server.call("sendMediaGroup", album(2, "document")))[0]
    assert await server.refused("sendMediaGroup", album(11)) == (
        "Bad Request: too many messages to send as an album"
    )


async def test_edits(server: Server) -> None:
    text = await server.call("sendMessage", chat_id=ANNA.id, text="a")
    photo = await server.call("sendPhoto", form("photo", jpeg()))
    mine = server.chats.said(ANNA, ANNA.chat(), {"text": "hers"})

    def at(message: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"chat_id": ANNA.id, "message_id": message["message_id"], **more}

    assert await server.refused("editMessageText", **at(text, text="a")) == NOT_MODIFIED
    edited = await server.call("editMessageText", **at(text, text="<b>a</b>", parse_mode="HTML"))
    assert edited["edit_date"]
    markup = keyboard({"text": "b", "callback_data": "c"})
    assert (await server.call("editMessageReplyMarkup", **at(text, reply_markup=markup)))[
        "reply_markup"
    ] == markup
    assert (
        await server.refused("editMessageReplyMarkup", **at(text, reply_markup=markup))
        == NOT_MODIFIED
    )
    assert "reply_markup" not in await server.call("editMessageText", **at(text, text="b"))
    assert (await server.call("editMessageCaption", **at(photo, caption="new")))["caption"] == "new"
    media = json.dumps({"type": "photo", "media": "attach://part", "caption": "x"})
    swap = form("media", jpeg(100, 100), message_id=str(photo["message_id"]))
    swap._fields = [one for one in swap._fields if one[0].get("name") != "media"]
    swap.add_field("media", media)
    swapped = await server.call("editMessageMedia", swap)
    assert (swapped["photo"][-1]["width"], swapped["caption"]) == (100, "x")
    refusals: list[tuple[str, dict[str, Any], str]] = [
        ("editMessageText", at(photo, text="x"), "there is no text in the message to edit"),
        ("editMessageCaption", at(text, caption="x"), "there is no caption in the message to edit"),
        ("editMessageText", at(mine, text="x"), "message can't be edited"),
        (
            "editMessageText",
            {"chat_id": ANNA.id, "message_id": 999, "text": "x"},
            "message to edit not found",
        ),
        ("deleteMessage", {"chat_id": ANNA.id, "message_id": 999}, "message to delete not found"),
    ]
    for name, fields, said in refusals:
        assert await server.refused(name, **fields) == f"Bad Request: {said}"
    assert await server.call(
        "setMessageReaction", **at(mine, reaction=[{"type": "emoji", "emoji": "👍"}])
    )
    assert (
        await server.refused(
            "setMessageReaction", **at(mine, reaction=[{"type": "emoji", "emoji": "x"}])
        )
        == "Bad Request: REACTION_INVALID"
    )
    assert await server.call("deleteMessage", **at(text))
    assert await server.call(
        "deleteMessages", chat_id=ANNA.id, message_ids=[photo["message_id"], 999]
    )
    assert server.chats.messages(ANNA.id) == [mine]
    assert server.chats.reactions == {mine["message_id"]: ["👍"]}


async def test_a_tap_is_answered_once_and_in_time(server: Server) -> None:
    shown = await server.call("sendMessage", chat_id=ANNA.id, text="a")
    listener = server.chats.listen()
    query = server.chats.tapped(ANNA, shown, "data")
    (update,) = await server.call("getUpdates", timeout=0)
    assert (update["callback_query"]["id"], update["callback_query"]["data"]) == (query, "data")
    assert await server.refused("answerCallbackQuery", callback_query_id=query, text="x" * 201) == (
        "Bad Request: MESSAGE_TOO_LONG"
    )
    assert await server.call(
        "answerCallbackQuery", callback_query_id=query, text="done", show_alert=True
    )
    told = [listener.get_nowait() for _ in range(listener.qsize())]
    assert {"event": "answer", "id": query, "text": "done", "alert": True, "url": ""} in told
    assert await server.refused("answerCallbackQuery", callback_query_id=query) == TOO_OLD
    late = server.chats.tapped(ANNA, shown, "data")
    server.chats.taps[late] -= 3600
    assert await server.refused("answerCallbackQuery", callback_query_id=late) == TOO_OLD


async def test_commands_actions_and_drafts(server: Server) -> None:
    commands = [{"command": "help", "description": "Help"}]
    assert await server.call("setMyCommands", commands=commands, language_code="ru")
    assert await server.call("getMyCommands", language_code="ru") == commands
    assert await server.refused(
        "setMyCommands", commands=[{"command": "Help!", "description": "x"}]
    ) == ("Bad Request: BOT_COMMAND_INVALID")
    assert await server.call("sendChatAction", chat_id=ANNA.id, action="upload_photo")
    assert await server.refused("sendChatAction", chat_id=ANNA.id, action="dance") == (
        "Bad Request: wrong parameter action in request"
    )
    assert await server.call("sendMessageDraft", chat_id=ANNA.id, draft_id=1, text="grow")
    assert "non-zero" in await server.refused(
        "sendMessageDraft", chat_id=ANNA.id, draft_id=0, text="x"
    )


async def test_limits_of_one_chat_and_of_a_group(server: Server) -> None:
    async def until_refused(chat_id: int) -> tuple[int, dict[str, Any]]:
        for count in range(60):
            server.now -= 1  # the clock stands still
            body = await server.raw("sendMessage", chat_id=chat_id, text=f"{count}")
            if not body["ok"]:
                return count, body
        raise AssertionError("never refused")

    server.now += 100
    count, body = await until_refused(ANNA.id)
    assert (count, body["error_code"], body["parameters"]) == (20, 429, {"retry_after": 1})
    assert body["description"] == "Too Many Requests: retry after 1"
    server.now += 100
    count, body = await until_refused(GROUP["id"])
    assert (count, body["parameters"]) == (20, {"retry_after": 3})


async def test_faults_come_once_and_go(server: Server) -> None:
    faults = server.api.faults
    faults.add(Fault(FaultKind.TOO_MANY, ("sendMessage",), seconds=7))
    body = await server.raw("sendMessage", chat_id=ANNA.id, text="x")
    assert (body["error_code"], body["parameters"]["retry_after"]) == (429, 7)
    assert await server.call("sendMessage", chat_id=ANNA.id, text="x")
    faults.add(Fault(FaultKind.SERVER_ERROR))
    assert (await server.get(f"/bot{TOKEN}/getMe"))[0] == 502
    faults.add(Fault(FaultKind.CUT_OFF, ("file",), times=2))
    with pytest.raises(ClientError):
        await server.get(f"/file/bot{TOKEN}/photos/x.jpg")
    faults.add(Fault(FaultKind.SLOW, ("getMe",), seconds=0.01))
    assert await server.call("getMe")
    faults.add(Fault(FaultKind.TWICE))
    server.chats.said(ANNA, ANNA.chat(), {"text": "one"})
    (update,) = await server.call("getUpdates", timeout=0)
    after = update["update_id"] + 1
    assert await server.call("getUpdates", offset=after, timeout=0) == [update]
    assert await server.call("getUpdates", offset=after, timeout=0) == []
