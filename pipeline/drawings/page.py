"""Pictures as a page for a browser, larger than in a sheet, with what is known of each."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from pipeline.photo.encode import encode_jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.values import Pixels

PAGE_SIDE = 960
"""Longer side of the pictures on the page, in pixels."""
PAGE_QUALITY = 85

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Vitrina: {title}</title>
<style>
body {{ font: 14px/1.5 system-ui, sans-serif; margin: 2em; color: #222; background: #fff }}
section {{ margin: 0 0 2em }}
h1 {{ font-size: 1.5em }}
h2 {{ font-size: 1.05em; margin: 0 }}
p {{ margin: 0 0 .5em; color: #666 }}
.bad {{ color: #b00 }}
div {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 8px }}
figure {{ margin: 0 }}
img {{ width: 100%; box-sizing: border-box; border: 1px solid #ddd; cursor: zoom-in }}
img:focus {{ position: fixed; inset: 0; height: 100%; object-fit: contain; z-index: 1;
  background: #fffd; border: 0; outline: 0; pointer-events: none }}
figcaption {{ color: #666; font-size: .85em }}
</style>
<h1>{title}</h1>
<p>A click on a picture shows it large, one into the margin puts it back.</p>
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


def draw_page(entries: Sequence[Entry]) -> str:
    """Return the page; its pictures are inside, so that it can be sent on as one file."""
    failed = sum(entry.failed for entry in entries)
    title = f"{len(entries)} photos" + (f", {failed} without a picture" if failed else "")
    return PAGE.format(title=title, sections="\n".join(map(_section, entries)))


def _section(entry: Entry) -> str:
    figures = "".join(
        f'<figure><img tabindex="0" alt="{title}" src="{source}">'
        f"<figcaption>{title}</figcaption></figure>"
        for title, source in (
            (html.escape(title), _inside(picture)) for title, picture in entry.pictures
        )
    )
    kind = ' class="bad"' if entry.failed else ""
    return (
        f"<section><h2>{html.escape(entry.name)}</h2>"
        f"<p{kind}>{html.escape(entry.about)}</p><div>{figures}</div></section>"
    )


def _inside(picture: Pixels) -> str:
    scale = PAGE_SIDE / max(picture.shape[:2])
    if scale < 1:
        size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    data = base64.b64encode(encode_jpeg(picture, quality=PAGE_QUALITY)).decode()
    return f"data:image/jpeg;base64,{data}"
