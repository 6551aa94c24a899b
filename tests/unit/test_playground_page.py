"""What the page asks of the playground, over HTTP; and how the bot is started beside it."""

from __future__ import annotations

import io
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import pytest_asyncio
from aiogram.utils.web_app import safe_parse_webapp_init_data
from aiohttp import ClientSession, FormData
from PIL import Image

from pipeline.errors import SettingsError
from playground.chats.people import ANNA, EMMA, GROUP
from playground.serving import Playground, serving
from vitrina.commands import try_out
from vitrina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

TOKEN = "424242:local-token"


def picture(kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (120, 90), (30, 90, 200)).save(buffer, kind)
    return buffer.getvalue()


class Browser:
    """Calls what the page calls."""

    def __init__(self, playground: Playground, session: ClientSession) -> None:
        self.chats = playground.api.chats
        self.api = playground.api
        self.url = playground.url
        self.session = session

    async def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        async with self.session.get(f"{self.url}{path}", headers=headers) as answer:
            return answer.status, await answer.read()

    async def post(self, path: str, body: FormData | dict[str, Any]) -> tuple[int, Any]:
        given: dict[str, Any] = {"data" if isinstance(body, FormData) else "json": body}
        async with self.session.post(f"{self.url}/play/{path}", **given) as answer:
            return answer.status, await answer.json()

    async def send(self, *files: tuple[str, bytes], **fields: str) -> tuple[int, Any]:
        form = FormData({"from": str(ANNA.id), "chat_id": str(ANNA.id), **fields})
        for name, data in files:
            form.add_field("file", data, filename=name)
        return await self.post("send", form)

    def updates(self) -> list[Any]:
        """What waits for the bot."""
        return list(self.chats.updates._waiting.values())


@pytest_asyncio.fixture
async def playground(samples: Path) -> AsyncIterator[Playground]:
    async with serving(TOKEN, samples, 0) as playground:
        yield playground


@pytest_asyncio.fixture
async def browser(playground: Playground) -> AsyncIterator[Browser]:
    async with ClientSession() as session:
        yield Browser(playground, session)


async def test_the_page_and_all_that_it_names_is_served(browser: Browser) -> None:
    status, page = await browser.get("/")
    assert status == 200
    names = {
        name.strip('"') for name in page.decode().replace("=", "=\n").split() if "/static/" in name
    }
    assert len(names) == 3
    waiting = [name.split('"')[0] for name in names]
    seen = set()
    while waiting:
        if (name := waiting.pop()) in seen:
            continue
        seen.add(name)
        status, text = await browser.get(name)
        assert status == 200, name
        imports = [line for line in text.decode().splitlines() if line.startswith("import ")]
        # All of them start with a dot: nothing comes from elsewhere.
        waiting += ["/static/" + line.split('"./')[1].split('"')[0] for line in imports]
    assert len(seen) > 8


async def test_photos_files_and_words_reach_the_bot(browser: Browser) -> None:
    photos = [(f"{at}.jpg", picture()) for at in range(12)]
    status, answer = await browser.send(*photos, text="blue /help")
    assert (status, len(answer["result"])) == (200, 12)
    groups = [message["media_group_id"] for message in answer["result"]]
    assert [groups.count(group) for group in dict.fromkeys(groups)] == [10, 2]
    assert answer["result"][0]["caption_entities"] == [
        {"type": "bot_command", "offset": 5, "length": 5}
    ]
    _, (answer) = await browser.send(("a.png", picture("PNG")), as_files="true")
    assert answer["result"][0]["document"]["mime_type"] == "image/png"
    _, answer = await browser.send(("a.jpg", b"no picture"))
    assert "document" in answer["result"][0], "as an app does with what is no photo"
    number = answer["result"][0]["message_id"]
    _, answer = await browser.send(text="hello", reply_to=str(number))
    assert answer["result"][0]["reply_to_message"]["message_id"] == number
    assert [update["message"].get("text") for update in browser.updates()][-1] == "hello"
    assert len(browser.updates()) == 15
    assert (await browser.send(text=" "))[0] == 400
    assert (await browser.send(text="x" * 4097))[0] == 400
    file_id = browser.updates()[0]["message"]["photo"][-1]["file_id"]
    assert (await browser.get(f"/play/file/{file_id}"))[1][:2] == b"\xff\xd8"
    assert (await browser.get("/play/file/none"))[0] == 404


async def test_words_are_edited_and_messages_forwarded(browser: Browser) -> None:
    _, answer = await browser.send(("a.jpg", picture()), ("b.jpg", picture()), text="blue")
    first, second = answer["result"]
    at = {"chat_id": ANNA.id, "message_id": first["message_id"]}
    status, _ = await browser.post("edit", {"from": ANNA.id, **at, "text": "red /help"})
    edited = browser.updates()[-1]["edited_message"]
    assert (status, edited["caption"], edited["photo"]) == (200, "red /help", first["photo"])
    assert browser.chats.find(ANNA.id, first["message_id"]) == edited
    assert (await browser.post("edit", {"from": EMMA.id, **at, "text": "x"}))[0] == 400
    _, answer = await browser.send(text="one")
    at["message_id"] = answer["result"][0]["message_id"]
    assert (await browser.post("edit", {"from": ANNA.id, **at, "text": " "}))[0] == 400
    both = [first["message_id"], second["message_id"]]
    asked = {"from": EMMA.id, "chat_id": ANNA.id, "message_ids": both, "to": EMMA.id}
    _, answer = await browser.post("forward", asked)
    one, two = answer["result"]
    assert one["media_group_id"] == two["media_group_id"]
    assert (one["caption"], one["chat"]["id"]) == ("red /help", EMMA.id)
    assert one["forward_origin"]["sender_user"]["id"] == ANNA.id
    assert browser.updates()[-1]["message"] == two
    assert (await browser.post("forward", {**asked, "message_ids": [9**9]}))[0] == 400


async def test_of_a_group_the_bot_learns_what_is_meant_for_it(browser: Browser) -> None:
    for words in ("hello", "/help", "look @vitrina_local_bot"):
        await browser.send(text=words, chat_id=str(GROUP["id"]))
    mine = browser.chats.post(GROUP, browser.chats.bot, {"text": "?"})
    await browser.send(text="answer", chat_id=str(GROUP["id"]), reply_to=str(mine["message_id"]))
    texts = [update["message"]["text"] for update in browser.updates()]
    assert texts == ["/help", "look @vitrina_local_bot", "answer"]


async def test_taps_blocks_and_faults(browser: Browser) -> None:
    markup = {"inline_keyboard": [[{"text": "b", "callback_data": "d"}]]}
    shown = browser.chats.post(
        ANNA.chat(), browser.chats.bot, {"text": "?", "reply_markup": markup}
    )
    body = {"from": ANNA.id, "chat_id": ANNA.id, "message_id": shown["message_id"], "data": "d"}
    status, answer = await browser.post("tap", body)
    assert (status, browser.updates()[0]["callback_query"]["id"]) == (200, answer["id"])
    assert (await browser.post("tap", {**body, "data": "other"}))[0] == 400
    await browser.post("block", {"from": EMMA.id, "blocked": True})
    await browser.send(text="unheard", **{"from": str(EMMA.id), "chat_id": str(EMMA.id)})
    assert len(browser.updates()) == 1
    _, answer = await browser.post("faults", {"kind": "429", "method": "sendMessage"})
    assert answer["faults"] == {"429 sendMessage": 1}
    _, answer = await browser.post("faults", {"kind": "twice", "times": "2"})
    assert answer["faults"] == {"429 sendMessage": 1, "twice": 2}
    assert (await browser.post("faults", {"kind": "fire"}))[0] == 400
    _, answer = await browser.post("faults", {"kind": "none"})
    assert answer["faults"] == {}
    state = json.loads((await browser.get("/play/state"))[1])
    assert (state["blocked"], state["ready"], len(state["samples"])) == ([EMMA.id], False, 6)
    assert (await browser.get(f"/play/samples/{state['samples'][0]}"))[0] == 200
    assert (await browser.get("/play/samples/..%2Fpyproject.toml"))[0] == 404


async def test_events_come_as_they_happen(browser: Browser) -> None:
    async with browser.session.get(f"{browser.url}/play/events") as answer:
        await browser.send(text="hello")
        line = await answer.content.readline()
    event = json.loads(line.removeprefix(b"data: "))
    assert (event["event"], event["message"]["text"]) == ("message", "hello")


async def test_only_this_machine_is_answered(browser: Browser) -> None:
    assert (await browser.get("/play/state", Host="evil.example"))[0] == 403
    assert (await browser.get("/play/state", Origin="http://evil.example"))[0] == 403
    assert (await browser.get("/play/state", Origin=browser.url))[0] == 200
    assert (await browser.get(f"/bot{TOKEN}/getMe", Host="evil.example"))[0] == 403


async def test_the_bot_gets_captions_settings_and_no_others(
    browser: Browser, playground: Playground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in try_out.CAPTIONS:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".env").write_text("DATABASE_URL=postgresql://x\nBOT_TOKEN=\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEBHOOK_URL", "https://example.org")
    made = try_out.environment(playground, "1:t", tmp_path)
    assert (made["BOT_TOKEN"], made["TELEGRAM_API_URL"]) == ("1:t", browser.url)
    assert made["COMPATIBLE_BASE_URL"] == playground.writer_url, "nobody else writes captions"
    assert not {"DATABASE_URL", "WEBHOOK_URL"} & set(made)
    assert (await browser.post("key", {"key": "sk-\n"}))[0] == 200, "blanks at the ends go"
    assert (await browser.post("key", {"key": "sk-2"}))[0] == 400, "one at a time"
    keyed = try_out._with_key(made, await playground.keys.get())
    assert keyed["OPENAI_API_KEY"] == "sk-"
    assert "COMPATIBLE_BASE_URL" not in keyed
    for wrong in (
        {"key": ""},
        {"key": "a\nb"},
        {"key": "ключ"},
        {"key": "k", "base_url": "file:///x"},
    ):
        assert (await browser.post("key", dict(wrong)))[0] == 400
    (tmp_path / ".env").write_text("OPENAI_API_KEY=sk-1\n")
    made = try_out.environment(playground, "1:t", tmp_path)
    assert made["OPENAI_API_KEY"] == "sk-1"
    assert "COMPATIBLE_BASE_URL" not in made


def test_it_refuses_a_real_token() -> None:
    settings = Settings.model_validate({"bot_token": "1:real"})
    with pytest.raises(SettingsError, match="BOT_TOKEN is set"):
        try_out.run(settings, 0, opens=False)


def test_a_taken_port_is_said() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="PLAYGROUND_PORT"):
            try_out.run(Settings.model_validate({}), taken.getsockname()[1], opens=False)


async def test_a_mini_app_is_opened_by_whom_the_playground_says(browser: Browser) -> None:
    url = "http://127.0.0.1:8081/editor/?photo=1-x"
    markup = {"inline_keyboard": [[{"text": "Edit", "web_app": {"url": url}}]]}

    async def sent(chat: int, keyboard: object) -> tuple[int, Any]:
        body = {"chat_id": chat, "text": "x", "reply_markup": json.dumps(keyboard)}
        async with browser.session.post(
            f"{browser.url}/bot{TOKEN}/sendMessage", json=body
        ) as answer:
            return answer.status, await answer.json()

    _, told = await sent(ANNA.id, markup)
    asked = {
        "from": ANNA.id, "chat_id": ANNA.id, "message_id": told["result"]["message_id"],
        "url": url, "theme": {"bg_color": "#ffffff"},
    }  # fmt: skip
    status, opened = await browser.post("web-app", asked)
    address, _, fragment = opened["url"].partition("#")
    given = parse_qs(fragment)
    assert (status, address) == (200, url)
    assert json.loads(given["tgWebAppThemeParams"][0]) == {"bg_color": "#ffffff"}
    user = safe_parse_webapp_init_data(TOKEN, given["tgWebAppData"][0]).user
    assert user is not None
    assert (user.id, user.language_code) == (ANNA.id, "ru")
    assert (await browser.post("web-app", asked | {"url": "http://127.0.0.1:1/"}))[0] == 400
    assert (await sent(GROUP["id"], markup))[1]["description"].endswith("BUTTON_TYPE_INVALID")
    plain = {"inline_keyboard": [[{"text": "Edit", "web_app": {"url": "http://example.org"}}]]}
    assert "Only HTTPS links" in (await sent(ANNA.id, plain))[1]["description"]
