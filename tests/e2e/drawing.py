"""Draws what a chat shows as SVG: bubbles, pictures, buttons; the tapped one is framed."""

from __future__ import annotations

import base64
import html
import io
import re
import textwrap
from dataclasses import dataclass, field

from PIL import Image

WIDTH, BUBBLE, PAD, GAP = 440, 340, 12, 10
LINE, SIZE, LETTER = 19, 14, 8.4
"""Height of a line, of a letter, and a letter's usual width, in pixels."""
PICTURE = 300
COLOURS = {"page": "#d9e4ec", "bot": "#ffffff", "seller": "#e3f7d3", "button": "#f0f4f7"}
FONT = "font-family='system-ui, -apple-system, Segoe UI, Roboto, DejaVu Sans, sans-serif'"


@dataclass
class Bubble:
    """One message as the chat shows it; ``tapped`` is the label of a button."""

    mine: bool
    text: str = ""
    picture: bytes | None = None
    rows: list[list[str]] = field(default_factory=list)
    tapped: str = ""

    @property
    def plain(self) -> str:
        """The text without its markup."""
        return html.unescape(re.sub(r"<[^>]+>", "", self.text))

    def lines(self) -> list[tuple[str, bool]]:
        """Return the text line by line, each with whether it is bold."""
        found = []
        for paragraph in self.text.split("\n"):
            bold = paragraph.startswith("<b>")
            words = html.unescape(re.sub(r"<[^>]+>", "", paragraph))
            wrapped = textwrap.wrap(words, int((BUBBLE - 2 * PAD) / LETTER)) or [""]
            found += [(line, bold) for line in wrapped]
        return found if self.text else []


def draw(bubbles: list[Bubble]) -> str:
    """Return the chat as SVG, the newest message below."""
    parts: list[str] = []
    top = float(GAP)
    for bubble in bubbles:
        drawn, height = _bubble(bubble, top)
        parts.append(drawn)
        top += height + GAP
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{top:.0f}' "
        f"viewBox='0 0 {WIDTH} {top:.0f}' {FONT} font-size='{SIZE}'>\n"
        f"<rect width='100%' height='100%' fill='{COLOURS['page']}'/>\n"
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _bubble(bubble: Bubble, top: float) -> tuple[str, float]:
    left = WIDTH - BUBBLE - GAP if bubble.mine else GAP
    inside: list[str] = []
    y = top + float(PAD)
    if bubble.picture is not None:
        data, wide, tall = _small(bubble.picture)
        encoded = base64.b64encode(data).decode()
        inside.append(
            f"<image x='{left + (BUBBLE - wide) / 2}' y='{y}' width='{wide}' height='{tall}' "
            f"href='data:image/jpeg;base64,{encoded}'/>"
        )
        y += tall + 6
    for line, bold in bubble.lines():
        inside.append(_text(left + PAD, y + SIZE, line, "#111", "start", bold=bold))
        y += LINE
    height = y - top + PAD - 4
    parts = [_box(left, top, BUBBLE, height, COLOURS["seller" if bubble.mine else "bot"]), *inside]
    for row in bubble.rows:
        width = (BUBBLE - 4 * (len(row) - 1)) / len(row)
        for place, label in enumerate(row):
            x = left + place * (width + 4)
            frame = " stroke='#1c7ed6' stroke-width='3'" if label == bubble.tapped else ""
            parts.append(_box(x, top + height + 4, width, 30, COLOURS["button"], frame))
            size = min(13.0, (width - 8) / max(1, len(label)) / 0.58)
            middle = x + width / 2
            parts.append(_text(middle, top + height + 24, label, "#1c5d99", "middle", size=size))
        height += 34
    return "\n".join(parts), height


def _box(x: float, y: float, width: float, height: float, fill: str, more: str = "") -> str:
    return (
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{width:.1f}' height='{height:.1f}' rx='9' "
        f"fill='{fill}'{more}/>"
    )


def _text(
    x: float, y: float, text: str, fill: str, anchor: str, *, bold: bool = False, size: float = 0
) -> str:
    weight = " font-weight='bold'" if bold else ""
    sized = f" font-size='{size:.1f}'" if size else ""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' fill='{fill}' text-anchor='{anchor}'{weight}{sized}>"
        f"{html.escape(text)}</text>"
    )


def _small(picture: bytes) -> tuple[bytes, int, int]:
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB")
    small.thumbnail((PICTURE, PICTURE))
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=78)
    return buffer.getvalue(), small.width, small.height
