"""Typst: a template and its data in, a transparent picture of one layer out."""

from __future__ import annotations

import json
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import cv2
import numpy as np
import typst

from pipeline.cards import fonts
from pipeline.errors import CardError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    LayerName: TypeAlias = Literal["below", "above", "text"]
    Picture: TypeAlias = NDArray[np.uint8]
    """(height, width, 4) uint8 RGBA, straight."""

POINTS_PER_INCH: Final = 72
"""At this resolution a point is a pixel."""


class Typesetter:
    """Sets the template of one file; one thread at a time."""

    def __init__(self, path: Path) -> None:
        fonts.check()
        self._path = path
        self._lock = threading.Lock()
        self._compiler = typst.Compiler(str(path), root=str(path.parent), font_paths=_fonts())

    def fits(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        """Lay the data out; return what became of each slot. Raises CardError."""
        try:
            with self._lock:
                self._compiler.compile(format="svg", sys_inputs=_inputs(data, "text"))
                told = self._compiler.query("<fit>", field="value")
        except RuntimeError as error:
            raise CardError(f"the template {self._path.name} cannot be set: {error}") from error
        found: list[dict[str, Any]] = json.loads(told)
        return found

    def draw(self, data: dict[str, Any], name: LayerName, scale: float) -> Picture:
        """Draw one layer, ``scale`` pixels to a pixel of the data. Raises CardError."""
        try:
            with self._lock:
                drawn = self._compiler.compile(
                    format="png", ppi=POINTS_PER_INCH * scale, sys_inputs=_inputs(data, name)
                )
        except RuntimeError as error:
            raise CardError(f"the template {self._path.name} cannot be set: {error}") from error
        if not isinstance(drawn, bytes):
            raise CardError(f"the template {self._path.name} has more than one page")
        picture = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_UNCHANGED)
        return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGRA2RGBA))


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(fonts.FOLDER)],
    )


def _inputs(data: dict[str, Any], name: LayerName) -> dict[str, str]:
    return {"card": json.dumps(data, ensure_ascii=False), "layer": name}
