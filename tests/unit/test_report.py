"""The page of the sheet: one file, safe whatever a photo is called, and it says what failed."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from pipeline.backdrops import Backdrops
from pipeline.drawings.page import PAGE_SIDE, Entry, draw_page
from pipeline.errors import BackdropError
from tests.conftest import ROOT
from vitrina.commands.sheet import chosen


def test_the_page_holds_its_pictures_and_escapes_names() -> None:
    wide = np.full((500, 2000, 3), 90, np.uint8)
    page = draw_page(
        [
            Entry("a<b>.jpg", "2000×500, confidence 0.91", [("original", wide)]),
            Entry("bad.jpg", "cut short", failed=True),
        ]
    )
    assert "2 photos, 1 without a picture" in page
    assert "a&lt;b&gt;.jpg" in page
    assert "<b>" not in page
    assert '<p class="bad">cut short</p>' in page
    (data,) = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (PAGE_SIDE, PAGE_SIDE // 4)
    assert "http" not in page


def test_a_sheet_has_the_first_backgrounds_or_those_that_are_named() -> None:
    backdrops = Backdrops(ROOT / "backgrounds")
    presets = [backdrops.preset(name) for name in backdrops.names]
    assert chosen(presets, ())[0].name == "blue"
    assert len(chosen(presets, ())) == 6
    assert [one.name for one in chosen(presets, ["white", "season"])] == [
        "white",
        "autumn-scene",
        "new-year-scene",
    ]
    assert chosen(presets, ["all"]) == presets
    with pytest.raises(BackdropError, match="first, plain"):
        chosen(presets, ["purple"])
