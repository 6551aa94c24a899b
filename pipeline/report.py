"""The sheet as a page for a browser: every picture larger, with what is known of it."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.output import encode_jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values import Pixels

SIDE = 640
"""Longer side of the pictures on the page, in pixels."""
QUALITY = 85

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Vitrina: {count} photos</title>
<style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }}
section {{ margin: 0 0 2.5em }}
h2 {{ font-size: 1.1em; margin: 0 }}
p {{ margin: 0 0 .5em; color: #666 }}
.bad {{ color: #b00 }}
div {{ display: flex; gap: 8px; overflow-x: auto }}
figure {{ margin: 0; flex: none }}
img {{ height: 320px; display: block; border: 1px solid #ddd }}
img:hover {{ outline: 2px solid #69c }}
figcaption {{ color: #666; font-size: .85em }}
</style>
<h1>{count} photos</h1>
{sections}
</html>
"""


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What the page tells of one photo: its name, a line about it, and its pictures by title.

    ``failed`` tells that the line says why there are no pictures.
    """

    name: str
    about: str
    pictures: Sequence[tuple[str, Pixels]] = ()
    failed: bool = False


def draw_report(entries: Sequence[Entry]) -> str:
    """Return the page; its pictures are inside, so that it can be sent on as one file."""
    return PAGE.format(count=len(entries), sections="\n".join(map(_section, entries)))


def _section(entry: Entry) -> str:
    figures = "".join(
        f'<figure><img alt="" src="{source}"><figcaption>{html.escape(title)}</figcaption></figure>'
        for title, source in ((title, _inside(picture)) for title, picture in entry.pictures)
    )
    kind = ' class="bad"' if entry.failed else ""
    return (
        f"<section><h2>{html.escape(entry.name)}</h2>"
        f"<p{kind}>{html.escape(entry.about)}</p><div>{figures}</div></section>"
    )


def _inside(picture: Pixels) -> str:
    scale = SIDE / max(picture.shape[:2])
    if scale < 1:
        size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    data = base64.b64encode(encode_jpeg(picture, quality=QUALITY)).decode()
    return f"data:image/jpeg;base64,{data}"
