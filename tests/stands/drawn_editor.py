"""A stand-in for the editor's routes: what the page asks for is answered by drawn masks.

Taps are discs and boxes are rectangles, so that a test knows what outline is right. ``asked`` holds
what the page sent; while ``is_away`` is set, connections are cut off; ``gate`` holds answers back.
"""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np
from aiohttp import web

from bot.texts import Texts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from numpy.typing import NDArray

    Mask = NDArray[np.uint8]
    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

STATIC: Final = Path(__file__).resolve().parents[2] / "editor" / "static"
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'"
)
SIZE: Final = (480, 640)
"""Of the photo and of masks, width and height in pixels."""
RADIUS: Final = 0.12
"""Of a tap's disc, a share of the photo's width."""
FRAME: Final = (600, 600)
CANDIDATES: Final = {"1": (0.5, 0.5, 0.25), "2": (0.3, 0.7, 0.15)}
"""Discs: x, y and radius in shares of the photo's width and height, and width."""
COLOURS: Final = {"white": (255, 255, 255), "blue": (150, 185, 225)}
"""RGB of the backdrops."""
ACCENT: Final = (200, 60, 40)
"""RGB of the product in the photo."""


def disc(x: float, y: float, radius: float) -> Mask:
    mask = np.zeros(SIZE[::-1], np.uint8)
    centre = round(x * SIZE[0]), round(y * SIZE[1])
    return np.asarray(cv2.circle(mask, centre, round(radius * SIZE[0]), 255, -1), np.uint8)


def wire(mask: Mask) -> dict[str, Any]:
    flat = mask.ravel() > 0
    edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    runs = np.diff(np.concatenate(([0], edges, [flat.size]))).tolist()
    runs = [0, *runs] if flat[0] else runs
    return {"w": mask.shape[1], "h": mask.shape[0], "runs": ",".join(map(str, runs))}


def jpeg(pixels: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".jpg", pixels[:, :, ::-1])[1].tobytes()


class EditorStand:
    """The routes, and what was asked of them."""

    def __init__(self, language: str = "ru", picture: bytes | None = None) -> None:
        self.language = language
        self.asked: list[tuple[str, Any]] = []
        self.state: dict[str, Any] | None = None
        self.painted: Mask | None = None
        self.is_away = False
        self.refusal: tuple[int, str] | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self._texts = Texts()
        self.photo = np.full((*SIZE[::-1], 3), (188, 180, 166), np.uint8)
        self.photo[disc(*CANDIDATES["1"]) > 0] = ACCENT
        self.picture = picture or jpeg(self.photo)

    def count(self, what: str) -> int:
        return sum(name == what for name, _ in self.asked)

    def last(self, what: str) -> Any:
        return next(value for name, value in reversed(self.asked) if name == what)

    def application(self) -> web.Application:
        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            if self.is_away and "/api/" in request.path:
                if request.transport is not None:
                    request.transport.abort()
                raise web.HTTPServiceUnavailable
            if "/api/" in request.path:
                if self.refusal:
                    status, sentence = self.refusal
                    return web.json_response({"error": sentence}, status=status)
                assert request.headers["Authorization"].startswith("tma user=")
                assert request.match_info["key"] == "7-key"
            response = await handler(request)
            response.headers["Content-Security-Policy"] = POLICY
            return response

        app = web.Application(middlewares=[guarded])
        api = "/editor/api/{key}"
        app.add_routes(
            [
                web.get("/editor/", self._index),
                web.get("/editor/texts/{language}", self._words),
                web.static("/editor/static", STATIC),
                web.get(api, self._session),
                web.get(f"{api}/picture", self._picture),
                web.get(f"{api}/parts", self._parts),
                web.get(f"{api}/backdrops/own:1", self._backdrop),
                web.post(f"{api}/touch", self._touch),
                web.put(f"{api}/mask", self._mask),
                web.post(f"{api}/preview", self._preview),
                web.put(f"{api}/state", self._keep),
                web.post(f"{api}/done", self._done),
            ]
        )
        return app

    async def _index(self, request: web.Request) -> web.FileResponse:
        del request
        return web.FileResponse(STATIC / "index.html")

    async def _words(self, request: web.Request) -> web.Response:
        language = request.match_info["language"]
        if language not in self._texts.languages:
            raise web.HTTPNotFound
        keys = [key for key in self._texts.keys("en") if key.startswith("editor-")]
        return web.json_response({key: self._texts(language, key) for key in keys})

    async def _picture(self, request: web.Request) -> web.Response:
        del request
        return web.Response(body=self.picture, content_type="image/jpeg")

    async def _backdrop(self, request: web.Request) -> web.Response:
        del request
        return web.Response(body=jpeg(self.photo), content_type="image/jpeg")

    async def _session(self, request: web.Request) -> web.Response:
        del request
        self.asked.append(("session", None))
        dot = base64.b64encode(jpeg(cv2.resize(self.photo, (96, 96)))).decode()
        thumb = f"data:image/jpeg;base64,{dot}"
        listed = {
            "formats": [("", "По центру"), ("square", "Квадрат 1:1"), ("ozon", "Ozon")],
            "shadows": [("", "По фото"), ("soft", "Товар стоит"), ("none", "Без тени")],
            "margins": [("", "Обычные поля"), ("narrow", "Узкие поля")],
        }
        choices: dict[str, Any] = {
            name: [{"name": code, "title": title} for code, title in options]
            for name, options in listed.items()
        }
        choices["backdrops"] = [
            {"name": "preset:white", "title": "Белый", "thumb": thumb},
            {"name": "preset:blue", "title": "Голубой", "thumb": thumb},
            {"name": "own:1", "title": "Мой стол", "thumb": None},
            *(
                {"name": f"preset:{number}", "title": f"Фон {number}", "thumb": thumb}
                for number in range(5)
            ),
        ]
        return web.json_response(
            {
                "width": SIZE[0] * 2, "height": SIZE[1] * 2, "language": self.language,
                "market": None, "mask": wire(disc(*CANDIDATES["1"])),
                "candidates": [
                    {"id": name, "mask": wire(disc(*where)), "thumb": thumb}
                    for name, where in CANDIDATES.items()
                ],
                "parts": [], "choices": choices,
                "now": {
                    "backdrop": "preset:white", "format": "", "shadow": "", "margin": "",
                    "placement": None,
                },
                "state": self.state,
            }
        )  # fmt: skip

    async def _parts(self, request: web.Request) -> web.Response:
        del request
        masks = [disc(0.5, 0.15, 0.12), disc(0.5, 0.5, 0.2)]
        return web.json_response(
            {"parts": [{"number": at, "mask": wire(one)} for at, one in enumerate(masks, 1)]}
        )

    def outline(self, asked: dict[str, Any]) -> Mask:
        """Draw what an outline means."""
        base, box = asked["base"], asked["box"]
        if base == "painted":
            assert self.painted is not None
            mask = self.painted.copy()
        elif base is None:
            mask = np.zeros(SIZE[::-1], np.uint8)
        else:
            mask = disc(*CANDIDATES["1" if base == "now" else base])
        if 1 in asked["parts"]:
            mask |= disc(0.5, 0.15, 0.12)
        if box:
            x0, y0, x1, y1 = (round(one * SIZE[at % 2]) for at, one in enumerate(box))
            mask[y0:y1, x0:x1] = 255
        for click in asked["clicks"]:
            one = disc(click["x"], click["y"], RADIUS)
            mask = mask | one if click["label"] else mask & ~one
        return mask

    async def _touch(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.asked.append(("touch", asked))
        await self.gate.wait()
        return web.json_response({"mask": wire(self.outline(asked)), "sequence": asked["sequence"]})

    async def _mask(self, request: web.Request) -> web.Response:
        data = await request.read()
        read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert read is not None
        assert read.ndim == 2, "a PNG of one channel"
        snaps = request.query.get("snap") == "1"
        self.asked.append(("snap" if snaps else "mask", (len(data), read)))
        small = cv2.resize(np.asarray(read, np.uint8), SIZE, interpolation=cv2.INTER_AREA)
        mask = np.where(small > 127, 255, 0).astype(np.uint8)
        if snaps:
            # The product's own edge; and a hole far from any stroke, which nobody asked for.
            mask = disc(*CANDIDATES["1"])
            mask[250:330, 230:250] = 0
        else:
            self.painted = mask
        return web.json_response({"mask": wire(mask)})

    async def _preview(self, request: web.Request) -> web.Response:
        asked = await request.json()
        self.asked.append(("preview", asked))
        placement = asked["placement"] or {"dx": 0, "dy": 0, "scale": 1, "turn": 0, "mirror": False}
        mask = self.outline(asked)
        rows, columns = np.nonzero(mask)
        left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        width, height = FRAME
        unit = 0.8 * min(width / (right - left), height / (bottom - top)) * placement["scale"]
        middle = np.array([(left + right) / 2, (top + bottom) / 2])
        angle = np.deg2rad(placement["turn"])
        turned = np.array(
            [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
        ) @ np.diag([-unit if placement["mirror"] else unit, unit])
        centre = np.array([(0.5 + placement["dx"]) * width, (0.5 + placement["dy"]) * height])
        matrix = np.column_stack([turned, centre - turned @ middle])
        edge = np.column_stack([columns, rows]) + 0.5
        places = edge @ turned.T + matrix[:, 2]
        ground = COLOURS[(asked["backdrop"] or "preset:white").removeprefix("preset:")]
        canvas = np.full((height, width, 3), ground, np.uint8)
        seen = cv2.warpAffine(mask, matrix, FRAME) > 127
        canvas[seen] = cv2.warpAffine(self.photo, matrix, FRAME)[seen]
        box = [*(places.min(0) / FRAME), *(places.max(0) / FRAME)]
        breaches = ["Товар заходит за поля."] if min(box) < 0.02 else []
        headers = {
            "X-Breaches": json.dumps(breaches),
            "X-Size": f"{width},{height}",
            "X-Product": ",".join(f"{side:.5f}" for side in box),
        }
        return web.Response(body=jpeg(canvas), content_type="image/jpeg", headers=headers)

    async def _keep(self, request: web.Request) -> web.Response:
        self.state = await request.json()
        self.asked.append(("state", self.state))
        return web.Response(status=204)

    async def _done(self, request: web.Request) -> web.Response:
        self.asked.append(("done", await request.json()))
        return web.Response(status=204)


@asynccontextmanager
async def serving_editor(stand: EditorStand) -> AsyncIterator[str]:
    """Serve while the block runs; gives the page's address."""
    runner = web.AppRunner(stand.application(), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/editor/?photo=7-key"
    finally:
        await runner.cleanup()
