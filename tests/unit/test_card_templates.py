"""An operator's own templates of cards: drawn as ours are, held to their folder, told where bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pipeline.cards.own import try_out
from pipeline.cards.staging import BYTES_AT_MOST
from pipeline.cards.templates import FOLDER, Templates, load_templates
from pipeline.errors import CardError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
order = 9
needs = { claims = 1 }
[title]
en = "Poster"
ru = "Афиша"
[[arrangement]]
name = "below"
shapes = ["portrait"]
product = [0.06, 0.24, 0.94, 0.74]
[arrangement.slots]
title = { within = [0.06, 0.055, 0.94, 0.235] }
claims = { within = [0.06, 0.75, 0.94, 0.955] }
"""
DRAWN = """
#import "common.typ": *
#show: setup
#stage()
#title("title")
#claims("claims", wide: true)
"""


def write(folder: Path, told: str = GOOD, drawn: str | None = DRAWN, name: str = "poster") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.toml").write_text(told, "utf-8")
    if drawn is not None:
        (folder / f"{name}.typ").write_text(drawn, "utf-8")
    return folder


def test_an_own_template_stands_among_ours_or_in_the_place_of_one(tmp_path: Path) -> None:
    folder = write(tmp_path / "own")
    write(folder, GOOD.replace("Poster", "Front"), name="hero")
    templates = Templates(own=folder)
    try_out(templates)
    assert templates.own == ("hero", "poster")
    assert set(templates.names) == {*load_templates().names, "poster"}
    assert templates.get("poster").title("ru") == "Афиша"
    assert templates.get("hero").title("en") == "Front"
    assert templates.get("panel").path.parent == FOLDER


def test_what_is_wrong_with_a_template_is_said_before_any_seller_sees_it(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    broken = {
        "order is missing": (GOOD.replace("order = 9", ""), DRAWN),
        "colour is missing or unknown": (GOOD.replace("order = 9", "order = 9\ncolour = 1"), DRAWN),
        "no box in shares": (GOOD.replace("0.06, 0.24", "0.96, 0.24"), DRAWN),
        "poster.toml is unusable": ("order =", DRAWN),
        "poster.typ is missing": (GOOD, None),
        "unknown variable: titel": (GOOD, DRAWN.replace("#title", "#titel")),
        "unclosed delimiter": (GOOD, DRAWN + "#("),
        "fits nowhere": (GOOD.replace("0.955] }", "0.755] }"), DRAWN),
        # None of these may be read: what lies above, wherever the path begins, or on the network.
        "cannot be set": (GOOD, DRAWN + '#read("../secret.txt")'),
        "file not found": (GOOD, DRAWN + f'#read("{tmp_path}/secret.txt")'),
        "imports a package": (GOOD, '#import "@preview/cetz:0.3.0"\n' + DRAWN),
    }
    for number, (said, (told, drawn)) in enumerate(broken.items()):
        folder = write(tmp_path / str(number), told, drawn)
        with pytest.raises(CardError) as caught:
            try_out(Templates(own=folder))
        assert said in str(caught.value)
        assert "poster" in str(caught.value)


def test_a_folder_of_templates_holds_nothing_else(tmp_path: Path) -> None:
    folder = write(tmp_path / "own")
    (tmp_path / "secret.typ").write_text("secret")
    link = folder / "secret.typ"
    link.symlink_to(tmp_path / "secret.typ")
    with pytest.raises(CardError, match="leads out of its folder"):
        Templates(own=folder)
    link.unlink()
    (folder / "large.png").write_bytes(bytes(BYTES_AT_MOST + 1))
    with pytest.raises(CardError, match="is larger than"):
        Templates(own=folder)
    with pytest.raises(CardError, match="no templates can be read"):
        Templates(own=tmp_path / "nowhere")
