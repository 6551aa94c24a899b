"""gpt-4o ends on 2027-01-14: captions go on, and the operator is told once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from pydantic import SecretStr

from pipeline.captions import Replacement, Request
from pipeline.captions.describer import ChatDescriber
from pipeline.captions.servers.address import OPENAI, address_of
from pipeline.captions.servers.catalogue import catalogue, price_of
from pipeline.captions.servers.provider_openai import OpenAIModel
from pipeline.captions.servers.succession import Succession
from pipeline.errors import CaptionServiceError, SettingsError
from tests.contract.openai import KEY, PICTURE, answer
from tests.stands.strict import Rule, StrictServer
from vitrina.commands.doctor.captions import check_provider
from vitrina.commands.doctor.finding import Finding, Grade
from vitrina.describers import ModelContext, describer
from vitrina.settings import CaptionProvider, Settings

if TYPE_CHECKING:
    from pathlib import Path

BEFORE, LAST, FEBRUARY = date(2026, 11, 30), date(2027, 1, 14), date(2027, 2, 1)
GONE = {
    "openai": (404, {"error": {"message": "The model `gpt-4o` does not exist or you do not have "
                     "access to it.", "type": "invalid_request_error", "param": None,
                     "code": "model_not_found"}}),
    "no access": (403, {"error": {"message": "Project `p` does not have access to model `gpt-4o`",
                        "code": "model_not_found"}}),
    "deprecated": (404, {"error": {"message": "The model `gpt-4o` has been deprecated, learn more "
                         "here: https://platform.openai.com/docs/deprecations", "code": None}}),
    "gone": (410, {"error": {"message": "Model gpt-4o is no longer available"}}),
    "routed": (400, {"error": {"message": "gpt-4o is not a valid model ID", "code": 400}}),
}  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` of the checkout, nothing from the environment."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(url: str, **more: Any) -> Settings:
    return Settings(openai_api_key=SecretStr(KEY), openai_base_url=url, **more)


def test_the_catalogue_leads_to_models_that_stay() -> None:
    known = catalogue()
    gpt_4o = known.find("gpt-4o-2024-11-20")
    assert gpt_4o is not None
    assert (gpt_4o.retires, gpt_4o.successor) == (LAST, "gpt-6-luna")
    luna = known.find("openai/gpt-6-luna")
    assert luna is not None
    assert luna.efforts[0] == "none"
    assert luna.retires is None
    assert luna.caption_cost < Decimal("0.001") < gpt_4o.caption_cost < Decimal("0.01")
    assert gpt_4o.picture.of(768, 768) == 85
    assert luna.picture.of(768, 512) == 24 * 16
    assert price_of("no such") is None


@pytest.mark.parametrize(
    ("today", "asked"),
    [(BEFORE, "gpt-4o"), (date(2027, 1, 13), "gpt-4o"), (LAST, "gpt-6-luna"),
     (FEBRUARY, "gpt-6-luna")],
)  # fmt: skip
async def test_the_successor_is_asked_from_the_last_day_on(today: date, asked: str) -> None:
    async with StrictServer(answer()) as server:
        model = OpenAIModel(KEY, server.url, today=lambda: today)
        caption = await ChatDescriber(model, timeout=60).describe(Request(PICTURE))
        await model.aclose()
    [body] = server.asked
    assert body["model"] == caption.model == asked
    assert body.get("reasoning_effort") == (None if asked == "gpt-4o" else "none")
    assert body["max_completion_tokens"] >= 3000
    expected = {"gpt-4o": Decimal("0.008"), "gpt-6-luna": Decimal("0.00035")}[asked]
    assert caption.cost == expected


async def test_the_day_comes_while_the_bot_runs() -> None:
    now = BEFORE
    told: list[Replacement] = []
    async with StrictServer(answer()) as server:
        model = OpenAIModel(KEY, server.url, today=lambda: now, replaced=told.append)
        writer = ChatDescriber(model, timeout=60)
        await writer.describe(Request(PICTURE))
        now = FEBRUARY
        for _ in range(3):
            await writer.describe(Request(PICTURE))
        await model.aclose()
    assert [body["model"] for body in server.asked] == ["gpt-4o"] + ["gpt-6-luna"] * 3
    assert told == [Replacement("gpt-4o", "gpt-6-luna", LAST)]


@pytest.mark.parametrize("watch", [None, lambda _: None], ids=["whole", "streamed"])
@pytest.mark.parametrize("gone", GONE)
async def test_the_first_model_not_found(gone: str, watch: Any) -> None:
    told: list[Replacement] = []
    async with StrictServer(answer(), [Rule("model:gpt-4o", *GONE[gone])]) as server:
        model = OpenAIModel(KEY, server.url, today=lambda: BEFORE, replaced=told.append, retries=0)
        writer = ChatDescriber(model, timeout=60)
        assert (await writer.describe(Request(PICTURE), watch)).model == "gpt-6-luna"
        await writer.describe(Request(PICTURE), watch)
        await model.aclose()
    assert [body["model"] for body in server.asked] == ["gpt-4o", "gpt-6-luna", "gpt-6-luna"]
    assert told == [Replacement("gpt-4o", "gpt-6-luna")]


async def test_a_server_that_has_only_the_old_one_after_its_day() -> None:
    """A proxy, or a key, that does not know the successor: the model itself is asked again."""
    rule = Rule("model:gpt-6-luna", 404, {"error": {"message": "model gpt-6-luna not found"}})
    async with StrictServer(answer(), [rule]) as server:
        model = OpenAIModel(KEY, server.url, today=lambda: FEBRUARY, retries=0)
        assert (await ChatDescriber(model, timeout=60).describe(Request(PICTURE))).model == "gpt-4o"
        await model.aclose()


async def test_neither_is_there() -> None:
    rules = [Rule(f"model:{name}", 404, {"error": {"message": f"model {name} not found"}})
             for name in ("gpt-4o", "gpt-6-luna")]  # fmt: skip
    async with StrictServer(answer(), rules) as server:
        model = OpenAIModel(KEY, server.url, today=lambda: BEFORE, retries=0)
        for _ in range(2):
            with pytest.raises(CaptionServiceError, match=r"has no model .* set CAPTION_MODEL"):
                await ChatDescriber(model, timeout=60).describe(Request(PICTURE))
        await model.aclose()
    assert len(server.asked) == 4, "all are asked anew next time"


@pytest.mark.parametrize(
    ("model", "dated", "expected"),
    [
        ("gpt-4o", True, "gpt-6-luna"),
        ("gpt-4o", False, "gpt-4o"),
        ("openai/gpt-4o", True, "openai/gpt-6-luna"),
        ("gpt-4o-2024-08-06", True, "gpt-6-luna"),
        ("gpt-6-luna", True, "gpt-6-luna"),
        ("qwen2.5vl", True, "qwen2.5vl"),
    ],
)
def test_who_follows_whom(model: str, *, dated: bool, expected: str) -> None:
    assert Succession(model, dated=dated, today=lambda: FEBRUARY).current == expected


def test_on_azure_and_on_a_server_of_ones_own_models_keep_their_days() -> None:
    azure = OpenAIModel(KEY, "https://x.openai.azure.com/openai/v1", today=lambda: FEBRUARY)
    assert (azure.name, azure.last_day) == ("gpt-4o", None)
    own = OpenAIModel(KEY, "http://127.0.0.1:1/v1", retires=False, today=lambda: FEBRUARY)
    assert own.name == "gpt-4o"


async def test_it_is_said_once_in_the_log() -> None:
    async with StrictServer(answer(), [Rule("model:gpt-4o", *GONE["openai"])]) as server:
        with structlog.testing.capture_logs() as logs:
            writer = describer(settings(server.url), ModelContext(today=lambda: BEFORE))
            for _ in range(3):
                await writer.describe(Request(PICTURE))
            await writer.aclose()
    said = [line for line in logs if "another model" in line["event"]]
    assert [line["reason"] for line in said] == [
        "gpt-6-luna in place of gpt-4o, which is not found"
    ]


# Doctor


async def diagnosed(server: StrictServer, today: date, **more: Any) -> Finding:
    return await check_provider(
        settings(server.url, **more), CaptionProvider.OPENAI, today=lambda: today
    )


@pytest.mark.parametrize(
    ("today", "grade", "text"),
    [
        (date(2026, 10, 15), Grade.OK, "gpt-4o at"),
        (date(2026, 10, 16), Grade.WARN, "ends on 2027-01-14, in 90 days"),
        (BEFORE, Grade.WARN, "in 45 days; gpt-6-luna is asked from then on: set CAPTION_MODEL"),
        (FEBRUARY, Grade.WARN, "gpt-6-luna in place of gpt-4o, which is retired on 2027-01-14"),
    ],
)
async def test_doctor_looks_ahead(today: date, grade: Grade, text: str) -> None:
    async with StrictServer(answer()) as server:
        server.models = {name: {"id": name, "object": "model"} for name in ("gpt-4o", "gpt-6-luna")}
        found = await diagnosed(server, today)
    assert found.grade is grade, found
    assert text in found.text


def unix(day: date) -> float:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "shutdown",
    ["2026-12-20", "2026-12-20T00:00:00Z", unix(date(2026, 12, 20)),
     int(unix(date(2026, 12, 20)) * 1000)],
)  # fmt: skip
async def test_doctor_believes_the_server(shutdown: object) -> None:
    async with StrictServer(answer()) as server:
        server.models["gpt-6-luna"] = {"id": "gpt-6-luna", "shutdown_date": shutdown}
        found = await diagnosed(server, BEFORE, caption_model="gpt-6-luna")
    assert found.grade is Grade.WARN
    assert "ends on 2026-12-20, in 20 days: set CAPTION_MODEL" in found.text


@pytest.mark.parametrize("shutdown", [None, "soon", -1e30, [], "99999999999999999999"])
async def test_doctor_reads_no_day_into_nonsense(shutdown: object) -> None:
    async with StrictServer(answer()) as server:
        server.models["gpt-6-luna"] = {"id": "gpt-6-luna", "shutdown_date": shutdown}
        found = await diagnosed(server, BEFORE, caption_model="gpt-6-luna")
    assert found.grade is Grade.OK, found
    assert "about $0.0004 a caption" in found.text


async def test_doctor_tells_of_a_model_that_is_gone() -> None:
    rule = Rule("model:gpt-4o", *GONE["openai"])
    async with StrictServer('{"invented": []}', [rule]) as server:
        found = await diagnosed(server, BEFORE)
    assert found.grade is Grade.WARN
    assert "gpt-6-luna in place of gpt-4o, which is not found" in found.text
    assert "set CAPTION_MODEL=gpt-6-luna" in found.text


# Addresses


@pytest.mark.parametrize(
    ("given", "base", "query"),
    [
        (None, OPENAI, {}),
        ("", OPENAI, {}),
        ("  ", OPENAI, {}),
        ("https://openrouter.ai/api/v1/", "https://openrouter.ai/api/v1", {}),
        ("http://box:11434/v1/chat/completions", "http://box:11434/v1", {}),
        ("https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21",
         "https://x.openai.azure.com/openai/deployments/d", {"api-version": "2024-10-21"}),
    ],
)  # fmt: skip
def test_an_address_as_operators_write_it(
    given: str | None, base: str, query: dict[str, str]
) -> None:
    address = address_of(given, KEY)
    assert (address.base_url, address.query) == (base, query)
    assert address.headers == ({"api-key": KEY} if "azure" in base else {})


def test_a_password_in_an_address_is_not_told() -> None:
    assert address_of("https://user:secret@box/v1", KEY).name == "https://box/v1"


@pytest.mark.parametrize("given", ["localhost:11434", "ftp://x/v1", "http://", "http://x:port/v1"])
def test_an_address_that_is_none(given: str) -> None:
    with pytest.raises(SettingsError):
        address_of(given, KEY)
