"""What a photo's message shows: a value, and the line that rows of any version hold."""

from __future__ import annotations

import pytest

from storage.render_key import RenderKey, View, Waiting, parse

MASK, CANDIDATES = "1234567890123456", "f" * 64
LINES = {
    "offer": Waiting(),
    "offer|12": Waiting(ahead=12),
    "text": Waiting(is_text=True),
    "text|0": Waiting(is_text=True, ahead=0),
    f"offer|{MASK}": RenderKey(View.OFFER, MASK),
    f"result|preset:white|centred|usual|usual|{MASK}": RenderKey(
        View.RESULT, MASK, "preset:white", "centred", "usual", "usual"
    ),
    f"choices|{CANDIDATES}": RenderKey(View.CHOICES, CANDIDATES),
    f"parts|{MASK}|0": RenderKey(View.PARTS, MASK),
    f"parts|{MASK}|3|1|14|1": RenderKey(View.PARTS, MASK, parts=(1, 14, 1)),
    f"scenes|plain|{MASK}": RenderKey(View.SCENES, MASK, "plain"),
}
"""As version 0.1.0 wrote them."""


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_an_older_version_is_read_and_written_the_same(line: str) -> None:
    assert parse(line) == LINES[line]
    assert str(LINES[line]) == line


@pytest.mark.parametrize(
    "line", [None, "", "x", "result|preset:blue", "parts", "parts|a|1|x", "scenes|x", "|"]
)
def test_what_nobody_wrote_is_nothing(line: str | None) -> None:
    assert parse(line) is None


def test_the_longest_line_fits_its_column() -> None:
    taps = RenderKey(View.PARTS, MASK, parts=(99,) * 50)
    look = "x" * 64, "x" * 32, "x" * 16, "x" * 16
    result = RenderKey(View.RESULT, MASK, *look, market="x" * 32)
    assert parse(str(result)) == result
    assert max(len(str(taps)), len(str(result))) <= 255
