"""Proxies and certificates of the environment: used, or named in one line."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from typer.testing import CliRunner

from bot.telegram.session import Session, connect
from pipeline.captions import Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.provider_openai import OpenAIModel
from pipeline.errors import SettingsError, WeightsError
from pipeline.weights.web import download
from tests.contract.openai import KEY, PICTURE, SWEATER, answer
from tests.stands.proxies import running
from tests.stands.strict import StrictServer
from vitrina import environment
from vitrina.commands.doctor.telegram import token
from vitrina.commands.weights import app
from vitrina.describers import describer
from vitrina.environment import telegram_proxy
from vitrina.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = f"123456:{'a' * 35}"
ME = {"ok": True, "result": {"id": 1, "is_bot": True, "first_name": "V", "username": "v_bot"}}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the checkout, no proxies of this machine."""
    monkeypatch.chdir(tmp_path)
    names = (*environment.PROXIES, *environment.CERTIFICATES, "NO_PROXY", "no_proxy")
    for name in (*(name.upper() for name in Settings.model_fields), *names):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("kind", "variable", "scheme"),
    [
        ("http", "HTTP_PROXY", "http"),
        ("http", "ALL_PROXY", "http"),
        ("socks5", "ALL_PROXY", "socks5"),
        ("socks5", "all_proxy", "socks5h"),
        ("socks5", "ALL_PROXY", "socks"),
    ],
)
async def test_captions_go_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, kind: str, variable: str, scheme: str
) -> None:
    async with StrictServer(answer()) as server, running(kind) as proxy:
        monkeypatch.setenv(variable, f"{scheme}://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        writer = describer(read_settings())
        caption = await writer.describe(Request(PICTURE))
        await writer.aclose()
    assert caption.listing.title == SWEATER["title"]
    assert proxy.targets
    assert all(target in server.url for target in proxy.targets)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_weights_come_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    async def file(_: web.Request) -> web.Response:
        return web.Response(body=b"weights")

    site = web.Application()
    site.router.add_get("/file", file)
    async with TestServer(site) as server, running(kind) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"{kind}://127.0.0.1:{proxy.port}")
        url = str(server.make_url("/file"))
        await asyncio.to_thread(download, url, tmp_path / "part", 7, lambda *_: None)
    assert (tmp_path / "part").read_bytes() == b"weights"
    assert len(proxy.targets) == 1


async def _answer_me(_: web.Request) -> web.Response:
    return web.json_response(ME)


@pytest.mark.parametrize("kind", ["http", "socks5"])
@pytest.mark.parametrize("by", ["setting", "environment"])
async def test_telegram_is_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch, kind: str, by: str
) -> None:
    site = web.Application()
    site.router.add_route("*", "/{path:.*}", _answer_me)
    async with TestServer(site) as server, running(kind) as proxy:
        address = f"{kind}://127.0.0.1:{proxy.port}"
        more: dict[str, Any] = {}
        if by == "setting":
            more["telegram_proxy"] = SecretStr(address)
        else:
            monkeypatch.setenv("ALL_PROXY", address)
        url = str(server.make_url("")).rstrip("/")
        settings = Settings(bot_token=SecretStr(TOKEN), telegram_api_url=url, **more)
        found = await token(settings)
    assert "@v_bot" in found.text, found
    assert len(proxy.targets) == 1


async def test_a_proxy_keeps_certificates_and_limit() -> None:
    direct = connect(TOKEN, "https://api.telegram.org").session
    through = connect(TOKEN, "https://api.telegram.org", proxy="socks5://127.0.0.1:1080").session
    assert isinstance(direct, Session)
    assert isinstance(through, Session)
    for name in ("ssl", "limit"):
        kept = through._connector_init[name]
        assert type(kept) is type(direct._connector_init[name])


@pytest.mark.parametrize(
    ("variables", "setting", "url", "proxy"),
    [
        ({}, None, "https://api.telegram.org", None),
        ({"HTTPS_PROXY": "http://p:3128"}, None, "https://api.telegram.org", "http://p:3128"),
        ({"https_proxy": "p:3128"}, None, "https://api.telegram.org", "http://p:3128"),
        ({"HTTPS_PROXY": "http://p"}, None, "https://api.telegram.org", "http://p:80"),
        ({"ALL_PROXY": "socks5h://u:w@p"}, None, "https://api.telegram.org", "socks5://u:w@p:1080"),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "api.telegram.org"}, None,
         "https://api.telegram.org", None),
        ({"HTTPS_PROXY": "http://p:1"}, None, "http://127.0.0.1:8081", None),
        ({"HTTPS_PROXY": "http://p:1"}, "socks://q:2", "https://api.telegram.org", "socks5://q:2"),
    ],
)  # fmt: skip
def test_which_proxy_is_telegrams(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    setting: str | None,
    url: str,
    proxy: str | None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    given = None if setting is None else SecretStr(setting)
    assert telegram_proxy(given, url) == proxy


@pytest.mark.parametrize("value", ["https://p:1", "ftp://p:1", "socks5://", "http://p:port"])
def test_a_proxy_that_telegram_cannot_be_reached_through_is_named(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(SettingsError, match="TELEGRAM_PROXY"):
        telegram_proxy(SecretStr(value), "https://api.telegram.org")
    monkeypatch.setenv("HTTPS_PROXY", value)
    with pytest.raises(SettingsError, match="HTTPS_PROXY"):
        telegram_proxy(None, "https://api.telegram.org")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSL_CERT_FILE", "/no/such.pem"),
        ("SSL_CERT_DIR", "/no/such"),
        ("ALL_PROXY", "socks4://127.0.0.1:1080"),
        ("ALL_PROXY", "ftp://127.0.0.1:1080"),
        ("HTTPS_PROXY", "http://:port"),
        ("https_proxy", "http://127.0.0.1:99999"),
    ],
)
def test_what_cannot_work_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    with pytest.raises(SettingsError, match=name):
        describer(read_settings())
    with pytest.raises(SettingsError, match=name):
        environment.check()
    if name not in {"SSL_CERT_DIR", "https_proxy", "HTTPS_PROXY"}:
        with pytest.raises(WeightsError, match=r"no connection can be made|look at"):
            download("https://127.0.0.1:1/x", tmp_path / "part", 7, lambda *_: None)


@pytest.mark.parametrize(
    ("name", "value"), [("SSL_CERT_FILE", "/no/such.pem"), ("ALL_PROXY", "ftp://127.0.0.1:1")]
)
def test_fetching_weights_names_it_too(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    run = CliRunner().invoke(app, ["fetch", "u2net"])
    assert isinstance(run.exception, SettingsError)
    assert name in str(run.exception)


def test_a_file_without_certificates_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_text("nothing")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "empty.pem"))
    with pytest.raises(SettingsError, match=r"SSL_CERT_FILE names .*empty.pem"):
        environment.check()


async def test_empty_variables_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `docker run --env-file .env` hands them over."""
    ours = ("OPENAI_BASE_URL", "GIGACHAT_BASE_URL", "GIGACHAT_AUTH_URL", "COMPATIBLE_BASE_URL")
    for name in (*ours, "OPENAI_ORG_ID", "HTTPS_PROXY", "SSL_CERT_FILE", "TELEGRAM_PROXY"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    writer = describer(read_settings())
    assert isinstance(writer, ChatDescriber)
    assert isinstance(writer._model, OpenAIModel)
    assert writer._model.server == "https://api.openai.com/v1"
    await writer.aclose()
