"""The page of the sheet: one file, safe whatever a photo is called, and it says what failed."""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from pipeline.drawings.page import PAGE_SIDE, Entry, draw_page


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
