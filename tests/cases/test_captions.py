"""Answers and refusals of caption servers, and an operator's surroundings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from pipeline.captions import Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.provider_gigachat import GigaChatModel
from pipeline.captions.servers.provider_openai import OpenAIModel
from pipeline.errors import SettingsError
from tests.cases.conftest import FILES, data_of
from tests.contract.openai import KEY, PICTURE, answer, openai_describer
from tests.stands.completions import Service
from tests.stands.proxies import running
from tests.stands.strict import Rule, StrictServer
from vitrina import environment
from vitrina.describers import describer
from vitrina.settings import read_settings

if TYPE_CHECKING:
    from pathlib import Path

REPLIES = sorted(path.name for path in FILES.glob("reply-*.json"))
REFUSED = ["json_schema", "max_completion_tokens", "stream_options", "detail"]


@pytest.mark.parametrize("name", REPLIES)
async def test_the_listing_is_had(name: str) -> None:
    service = Service().says(json.loads(data_of(name)))
    app = web.Application()
    app.router.add_post("/v1/chat/completions", service.handle)
    async with TestServer(app) as server:
        asked = openai_describer(KEY, str(server.make_url("/v1")), retries=0)
        caption = await asked.describe(Request(PICTURE))
        await asked.aclose()
    assert caption.listing.title == "Жёлтая кепка с вышивкой"
    assert len(service.bodies) == 1
    if name == "reply-usage-null.json":
        assert caption.cost is None


@pytest.mark.parametrize("status", [400, 422])
async def test_what_is_refused_is_left_out(status: int) -> None:
    for name in REFUSED:
        told = {"error": {"message": f"Unsupported parameter: {name}", "param": name}}
        async with StrictServer(answer(), [Rule(name, status, told)]) as server:
            model = OpenAIModel(KEY, server.url, model="some-model", retries=0)
            asked = ChatDescriber(model, timeout=60)
            assert (await asked.describe(Request(PICTURE), lambda _: None)).text, name
            await asked.aclose()
        assert len(server.asked) == 2, name


@pytest.mark.usefixtures("elsewhere")
async def test_empty_addresses_of_docker_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for line in data_of("docker.env").decode().split():
        name, _, value = line.partition("=")
        monkeypatch.setenv(name, value)
    environment.check()
    asked = describer(read_settings())
    assert isinstance(asked, ChatDescriber)
    assert isinstance(asked._model, OpenAIModel)
    assert asked._model.server == "https://api.openai.com/v1"
    await asked.aclose()
    monkeypatch.delenv("OPENAI_API_KEY")
    monkeypatch.setenv("GIGACHAT_CREDENTIALS", "eA==")
    asked = describer(read_settings())
    assert isinstance(asked, ChatDescriber)
    assert isinstance(asked._model, GigaChatModel)
    assert asked._model._client._settings.base_url == "https://api.giga.chat/v1"
    await asked.aclose()


@pytest.mark.usefixtures("elsewhere")
async def test_captions_through_socks(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("socks5", "socks"):
        async with StrictServer(answer()) as server, running("socks5") as proxy:
            monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("OPENAI_API_KEY", KEY)
            monkeypatch.setenv("OPENAI_BASE_URL", server.url)
            asked = describer(read_settings())
            assert (await asked.describe(Request(PICTURE))).text
            await asked.aclose()
        assert proxy.targets


@pytest.mark.usefixtures("elsewhere")
def test_a_missing_file_of_certificates_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")
    with pytest.raises(SettingsError, match="SSL_CERT_FILE"):
        environment.check()


@pytest.mark.usefixtures("elsewhere")
def test_notes_of_another_encoding_in_the_settings_are_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("# ключ\nBOT_TOKEN=1:a\n".encode("cp1251"))
    with pytest.raises(SettingsError, match=r"\.env"):
        read_settings()
