"""The editor's routes, and what is true of all of them: headers, limits, errors in words."""

from __future__ import annotations

import asyncio
import html
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from bot.editor_links import PATH
from bot.texts import language_of
from editor.access import LANGUAGE, Access
from editor.opened import OpenPhotos
from editor.painted import MAX_PAINTED, selection_of
from editor.reading import MAX_BODY, Done, Preview, State, Touch, body, read
from editor.result import Results
from editor.session import Sessions
from editor.swatches import PLACE, Swatches
from editor.touch import outline
from editor.wire import to_wire
from pipeline.errors import (
    BackdropError,
    EditorClosedError,
    EditorError,
    EditorExpiredError,
    EditorOvertakenError,
    EditorPhotoError,
    EditorRequestError,
    EditorTooFastError,
    ModelError,
    NothingFoundError,
    PhotoError,
    StorageError,
    VitrinaError,
)
from pipeline.foreground.parts import pack
from storage import editors, photos

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from aiohttp.typedefs import Handler, Middleware

    from editor.context import EditorContext

STATIC: Final = Path(__file__).with_name("static")
TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
SWEEP_SECONDS: Final = 60.0
SWATCH_SECONDS: Final = 24 * 3600
WORDS: Final = "editor-"
"""What the keys of the page's sentences begin with."""
STATUSES: Final[Mapping[type, int]] = {
    EditorRequestError: 400,
    EditorExpiredError: 401,
    EditorClosedError: 403,
    EditorPhotoError: 404,
    EditorOvertakenError: 409,
    EditorTooFastError: 429,
    PhotoError: 400,
    NothingFoundError: 409,
    BackdropError: 409,
    ModelError: 503,
    StorageError: 503,
}
KEYS: Final = {404: "editor-error-address", 405: "editor-error-address", 413: "editor-error-large"}
"""What is said where no handler was reached, by status."""

log = structlog.get_logger(__name__)


def application(context: EditorContext) -> web.Application:
    """Build it; ``PATH`` is the page."""
    app = web.Application(
        client_max_size=MAX_BODY, middlewares=[_headers(context), _errors(context)]
    )
    editor = Editor(context)
    app.cleanup_ctx.append(editor.sweeping)
    router = app.router
    router.add_get(PATH, editor.page)
    router.add_get(f"{PATH}static/{{name}}", editor.static)
    router.add_get(f"{PATH}texts/{{language}}", editor.texts)
    router.add_get(f"{PATH}{PLACE}{{name}}", editor.preset)
    api = f"{PATH}api/{{key}}"
    router.add_get(api, editor.session)
    router.add_get(f"{api}/picture", editor.picture)
    router.add_get(f"{api}/parts", editor.parts)
    router.add_get(f"{api}/{PLACE}{{ref}}", editor.own_backdrop)
    router.add_post(f"{api}/touch", editor.touch)
    router.add_put(f"{api}/mask", editor.mask)
    router.add_post(f"{api}/preview", editor.preview)
    router.add_put(f"{api}/state", editor.state)
    router.add_post(f"{api}/done", editor.done)
    return app


class Editor:
    """The handlers."""

    def __init__(self, context: EditorContext) -> None:
        self._context = context
        self._worker = context.worker
        self._access = Access(context)
        self._photos = OpenPhotos(context.worker)
        self._sessions = Sessions(context, self._photos)
        self._results = Results(context, self._photos)
        self._swatches = Swatches(context.worker)

    async def sweeping(self, app: web.Application) -> AsyncIterator[None]:
        """Forget what nobody asks for, while the application runs."""
        del app

        async def sweep() -> None:
            while True:
                await asyncio.sleep(SWEEP_SECONDS)
                self._photos.sweep()

        task = asyncio.create_task(sweep(), name="editor-sweep")
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        self._photos.close()

    async def page(self, request: web.Request) -> web.Response:
        """Return the page itself."""
        del request
        return _file("index.html")

    async def static(self, request: web.Request) -> web.Response:
        """Return one of its files."""
        return _file(request.match_info["name"])

    async def texts(self, request: web.Request) -> web.Response:
        """Return what the page says, in one language."""
        texts, language = self._context.services.texts, request.match_info["language"]
        if language not in texts.languages:
            raise web.HTTPNotFound
        return web.json_response(texts.beginning(language, WORDS))

    async def preset(self, request: web.Request) -> web.Response:
        """Return a preset's thumbnail: they are the same for all, and stay."""
        name = request.match_info["name"]
        if name not in {preset.name for preset in self._worker.studio.presets}:
            raise web.HTTPNotFound
        drawn = await self._swatches.preset(name)
        kept = {"Cache-Control": f"public, max-age={SWATCH_SECONDS}"}
        return web.Response(body=drawn, content_type="image/jpeg", headers=kept)

    async def own_backdrop(self, request: web.Request) -> web.Response:
        """Return the thumbnail of a background of the seller's own."""
        visit = await self._access.visit(request)
        drawn = await self._swatches.own(visit.photo, request.match_info["ref"])
        return web.Response(body=drawn, content_type="image/jpeg")

    async def session(self, request: web.Request) -> web.Response:
        """Begin: everything that the page shows first."""
        return web.json_response(await self._sessions.begin(await self._access.visit(request)))

    async def picture(self, request: web.Request) -> web.Response:
        """Return the photo, sized to a screen."""
        visit = await self._access.visit(request)
        opened = await self._photos.get(visit.photo)
        return web.Response(body=opened.picture, content_type="image/jpeg")

    async def parts(self, request: web.Request) -> web.Response:
        """Return the numbered parts; they are looked for where they are not known."""
        visit = await self._access.visit(request)
        photo = visit.photo
        if photo.parts_file is None:
            mask = await self._photos.selection(photo)
            found = await self._worker.studio.parts(await self._photos.decoded(photo), mask)
            key = await self._worker.files.put(await asyncio.to_thread(pack, found))
            async with self._context.services.database.write() as connection:
                await photos.update(connection, photo.id, parts_file=key)
            visit = await self._access.visit(request)
        return web.json_response({"parts": await self._sessions.parts(visit)})

    async def touch(self, request: web.Request) -> web.Response:
        """Answer taps and a box with an outline."""
        visit = await self._access.visit(request)
        asked = await read(request, Touch)
        opened = await self._photos.get(visit.photo)
        async with self._context.services.database.read() as connection:
            kept = await editors.get(connection, visit.photo.id)
        logits = await opened.newest(
            outline(self._worker, self._photos, visit.photo, asked, kept.painted_file)
        )
        mask = await asyncio.to_thread(to_wire, logits, opened.size)
        return web.json_response({"mask": mask, "sequence": asked.sequence})

    async def mask(self, request: web.Request) -> web.Response:
        """Take what was painted; answer with it as the pipeline reads it."""
        visit = await self._access.visit(request)
        if (request.content_length or 0) > MAX_PAINTED:
            raise web.HTTPRequestEntityTooLarge(MAX_PAINTED, request.content_length or 0)
        data, snap = await body(request), request.query.get("snap") == "1"
        opened = await self._photos.get(visit.photo)
        painted = await selection_of(self._worker.studio, opened, data, snap=snap)
        file = await self._worker.files.put(await asyncio.to_thread(painted.to_bytes))
        async with self._context.services.database.write() as connection:
            await editors.put_painted(connection, visit.photo.id, file)
        mask = await asyncio.to_thread(to_wire, painted.logits, opened.size)
        return web.json_response({"mask": mask})

    async def preview(self, request: web.Request) -> web.Response:
        """Draw the finished picture as it will be sent."""
        visit = await self._access.visit(request)
        asked = await read(request, Preview)
        drawn = await self._results.preview(visit, asked, asked.width)
        return web.Response(body=drawn.picture, content_type="image/jpeg", headers=drawn.headers)

    async def state(self, request: web.Request) -> web.Response:
        """Keep what the page shows."""
        visit = await self._access.visit(request)
        await self._results.keep(visit, await read(request, State))
        return web.Response(status=204)

    async def done(self, request: web.Request) -> web.Response:
        """Have it sent."""
        visit = await self._access.visit(request)
        await self._results.finish(visit, await read(request, Done))
        return web.Response(status=204)


@cache
def _files() -> Mapping[str, bytes]:
    """Read the page's files: what has another name is not there, whatever its path says."""
    return {path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}


def _file(name: str) -> web.Response:
    data = _files().get(name)
    if data is None:
        raise web.HTTPNotFound
    kind = TYPES[Path(name).suffix]
    response = web.Response(body=data, content_type=kind, charset="utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


def status_of(error: VitrinaError) -> int:
    """Return the status that an error is told with."""
    for kind in type(error).__mro__:
        if kind in STATUSES:
            return STATUSES[kind]
    return 500


def _headers(context: EditorContext) -> Middleware:
    policy = "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data: blob:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {' '.join(context.frames)}",
        )
    )

    @web.middleware
    async def headers(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return headers


def _errors(context: EditorContext) -> Middleware:
    texts = context.services.texts

    def told(request: web.Request, status: int, key: str, **details: str | int) -> web.Response:
        spoken = request.headers.get("Accept-Language", "")[:2].lower() or None
        language = request.get(LANGUAGE) or language_of(spoken)
        sentence = html.unescape(texts(language, key, **details))
        return web.json_response({"error": sentence}, status=status)

    @web.middleware
    async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except VitrinaError as error:
            status = status_of(error)
            log.info("refused", status=status, reason=str(error))
            is_empty = isinstance(error, NothingFoundError)
            key = "editor-error-empty" if is_empty else error.text_key
            return told(request, status, key, **error.details)
        except web.HTTPException as error:
            key = KEYS.get(error.status, EditorError.text_key)
            response = told(request, error.status, key)
            if "Allow" in error.headers:
                response.headers["Allow"] = error.headers["Allow"]
            return response
        except (SQLAlchemyError, TimeoutError) as error:
            log.warning("the storage does not answer", reason=repr(error))
            return told(request, 503, EditorError.text_key)
        except Exception:
            log.exception("a request broke")
            return told(request, 500, EditorError.text_key)

    return errors
