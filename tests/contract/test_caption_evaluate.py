"""`vitrina captions evaluate` against a mock: real HTTP, real photos, the figures it prints."""

from __future__ import annotations

import asyncio
import itertools
import json
import shutil
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from tests.contract.caption_servers import OpenAIServer, Say
from vitrina.commands.captions import app
from vitrina.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

SEEN = {"product": "футболка", "colour": "зелёный", "material": "", "details": [], "text": ""}
TEXTS = (
    ("Зелёная футболка с круглым вырезом", "Вырез круглый, шов ровный. Рукав закрывает плечо."),
    ("Футболка травяного цвета", "Надел и пошёл. Цвет держит внимание сам, принта нет."),
    ("Лёгкая вещь на лето", "Свободный крой не липнет к спине. Горловина не тянется."),
)


class Judged(OpenAIServer):
    """Writes a different text each time, the first with an invention; finds one as a judge."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._numbers = itertools.count()
        self.verdicts = 0

    def _next(self, body: Mapping[str, Any]) -> Say:
        if body["response_format"]["json_schema"]["name"] == "verdict":
            self.verdicts += 1
            return Say(json.dumps({"invented": ["Горловина не тянется"]}))
        number = next(self._numbers)
        title, description = TEXTS[number % len(TEXTS)]
        draft = {
            "seen": SEEN, "unknown": [], "contradictions": [], "title": title,
            "description": description, "bullets": ["100% хлопок"] if number == 0 else [],
            "call_to_action": "Напишите.", "keywords": [],
        }  # fmt: skip
        return Say(json.dumps(draft, ensure_ascii=False))


async def test_measures_providers_side_by_side(
    tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, broken = Judged(), OpenAIServer([Say("no listing at all")])
    await good.start()
    await broken.start()
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    monkeypatch.setenv("OPENAI_BASE_URL", good.url)
    monkeypatch.setenv("COMPATIBLE_BASE_URL", broken.url)
    monkeypatch.setenv("COMPATIBLE_MODEL", "small")
    (tmp_path / "in").mkdir()
    shutil.copy(samples / "green-t-shirt.jpg", tmp_path / "in")
    (tmp_path / "in" / "green-t-shirt.txt").write_text("Зелёная, размер M")
    words = ["evaluate", "--photos", "in", "--as-is", "--judge", "openai", "--json", "out.json"]

    run = await asyncio.to_thread(CliRunner().invoke, app, words)

    await good.stop()
    await broken.stop()
    assert run.exit_code == 0, run.output
    figures = json.loads((tmp_path / "out.json").read_text())
    ours, theirs = figures["summary"]["openai"], figures["summary"]["compatible"]
    assert (ours["asked"], ours["written"]) == (2, 2)
    assert ours["drafts_clean"] == 0.5
    assert ours["rules_kept"] == 1
    assert ours["invented_by_rules"] == 0.5
    assert ours["invented_by_judge"] == 1
    assert good.verdicts == 2
    assert 0 <= ours["alike_most"] < 0.3
    assert float(ours["cost"]) > 0
    assert ours["seconds_median"] > 0
    assert (theirs["written"], theirs["rules_kept"]) == (0, None)
    assert theirs["cost"] is None
    assert "размер M" in str(good.asked[0])
    assert "Размер: M" in figures["captions"][0]["text"]
    for label in ("texts that keep all rules", "overlap of versions", "dollars in all"):
        assert label in run.output


async def test_nothing_set_up_is_said_plainly(
    tmp_path: Path, samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)

    run = CliRunner().invoke(app, ["evaluate", "--photos", str(samples)])

    assert run.exit_code == 1
    assert "no caption provider is set up" in str(run.exception)
