"""OpenAI's images API, and any server that speaks it.

A picture costs money, so nothing is asked twice that may have been billed: only what was surely
not, such as 429 or a connection that was never made, is tried again. What a server refuses of a
request, as compatible ones do, is left out from then on.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx2
import openai
import structlog

from pipeline.captions.servers.address import OPENAI, address_of
from pipeline.captions.servers.bounded import bound, question
from pipeline.captions.servers.completion import REFUSALS
from pipeline.captions.servers.trouble import failure_line, short
from pipeline.errors import (
    CaptionError,
    SceneError,
    SceneRefusedError,
    SceneServiceError,
    SettingsError,
)
from pipeline.pictures.painter import COUNT, Painted

if TYPE_CHECKING:
    from decimal import Decimal

PICTURE_AT_MOST: Final = 8 * 1024 * 1024
"""Bytes of one picture; a PNG of 1,024 x 1,536 pixels has three million."""
READ_AT_MOST: Final = COUNT * (PICTURE_AT_MOST * 4 // 3 + 4096)
"""Bytes of all that is read for one scene."""
TRIES: Final = 3
"""Requests of one kind, where the earlier ones were surely not billed."""
PAUSE_SECONDS: Final = 2.0
LONGEST_PAUSE: Final = 20.0
_ENDPOINT: Final = "/images/generations"
_OPTIONAL: Final = ("output_format", "response_format", "quality", "n")
"""What may be left out of a request."""
_UNBILLED: Final = frozenset({429, 500, 503})
_DISLIKED: Final = frozenset({400, 422})
_SURELY_NOT: Final = 500
"""Statuses below this are answers of the server itself: nothing was drawn."""
_NO_SUCH_PATH: Final = frozenset({404, 405, 501})
_ACCESS: Final = frozenset({401, 403})
_MONEY: Final = ("billing", "quota", "credit")
_NOT_SENT: Final = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)

log = structlog.get_logger(__name__)


class OpenAIPainter:
    """A model behind ``/images/generations``.

    Without ``base_url`` it is at OpenAI. ``size`` is ``1024x1536`` or another that the model has,
    ``quality`` one of its own words, or None; ``seconds`` bounds a whole wish. Raises
    SettingsError for a key or an address that cannot be sent.
    """

    def __init__(
        self,
        key: str,
        base_url: str | None = None,
        *,
        model: str,
        price: Decimal,
        size: str = "1024x1536",
        quality: str | None = None,
        seconds: float = 90.0,
        pause: float = PAUSE_SECONDS,
    ) -> None:
        self._key = key.strip() or "none"
        if not self._key.isascii() or not self._key.isprintable():
            raise SettingsError("The key for pictures has characters no key has")
        address = address_of(
            (base_url or OPENAI).strip().rstrip("/").removesuffix(_ENDPOINT), self._key
        )
        self.server = address.name
        self.model, self.price, self.size = model, price, size
        self._seconds, self._pause = seconds, pause
        optional = {"quality": quality, "n": COUNT}
        # GPT models answer with pictures; others are asked to, and do not know the first word.
        is_gpt = model.removeprefix("openai/").startswith(("gpt-", "chatgpt-"))
        optional |= {"output_format": "jpeg"} if is_gpt else {"response_format": "b64_json"}
        self._optional = {name: value for name, value in optional.items() if value is not None}
        self._client = openai.AsyncOpenAI(
            api_key=self._key,
            base_url=address.base_url,
            default_query=address.query,
            default_headers=address.headers,
            timeout=seconds,
            max_retries=0,
        )
        bound(self._client._client)  # noqa: SLF001 - a client of our own would not read the proxies
        self._fetcher = httpx2.AsyncClient(timeout=seconds)
        bound(self._fetcher)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()
        await self._fetcher.aclose()

    async def look_up(self) -> None:
        """Ask for the model's own page, which costs nothing.

        Raises LookupError where the server does not list it, SceneServiceError where it cannot be
        asked.
        """
        try:
            with question():
                await self._client.models.with_raw_response.retrieve(self.model)
        except openai.APIStatusError as error:
            if error.status_code in _NO_SUCH_PATH:
                raise LookupError(self.model) from None
            raise self._error_of(error) from None
        except (openai.OpenAIError, httpx2.HTTPError, CaptionError) as error:
            raise SceneServiceError(self._told(error)) from None

    async def paint(self, prompt: str, *, once: str) -> Painted:
        """Draw COUNT variants; errors as `Painter` has them."""
        asked = _Asked()
        try:
            async with asyncio.timeout(self._seconds):
                with question(READ_AT_MOST, self._seconds):
                    found = await self._painted(prompt, once, asked)
        except SceneError as error:
            error.billed = asked.settle()
            raise
        except CaptionError as error:  # of the bounds, which captions have too
            failed = SceneServiceError(str(error))
        except TimeoutError:
            failed = SceneServiceError(f"no picture within {self._seconds:g} s")
        else:
            return Painted(tuple(found), asked.billed)
        failed.billed = asked.settle()
        raise failed

    async def _painted(self, prompt: str, once: str, asked: _Asked) -> list[bytes]:
        found = await self._request(prompt, once, asked)
        if "n" in self._optional:
            return found[:COUNT]
        # A server that draws one at a time.
        for number in range(len(found), COUNT):
            try:
                found += await self._request(prompt, f"{once}-{number}", asked)
            except SceneServiceError as error:
                log.warning("fewer variants", reason=str(error))
                asked.settle()
                break
        return found[:COUNT]

    async def _request(self, prompt: str, once: str, asked: _Asked) -> list[bytes]:
        """Make one request, with less each time that something is refused of it."""
        tries = 0
        while True:
            sent: dict[str, Any] = {"model": self.model, "prompt": prompt, "size": self.size}
            sent |= self._optional
            asked.open = int(sent.get("n", 1))
            try:
                raw = await self._client.images.with_raw_response.generate(
                    **sent, extra_headers={"Idempotency-Key": once}
                )
                content = raw.content
            except openai.APIStatusError as error:
                if error.status_code in _UNBILLED or error.status_code < _SURELY_NOT:
                    asked.open = 0
                if (refused := _refused_of(error, self._optional)) is not None:
                    log.info("a picture server refuses a parameter", parameter=refused)
                    del self._optional[refused]
                    continue
                tries += 1
                if error.status_code not in _UNBILLED or tries >= TRIES or _is_of_money(error):
                    raise self._error_of(error) from None
                await asyncio.sleep(_wait(error, self._pause * tries))
                continue
            except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError) as error:
                if isinstance(error.__cause__, _NOT_SENT):
                    asked.open, tries = 0, tries + 1
                    if tries < TRIES:
                        await asyncio.sleep(self._pause * tries)
                        continue
                raise SceneServiceError(self._told(error)) from None
            return await self._read(content, asked)

    async def _read(self, content: bytes, asked: _Asked) -> list[bytes]:
        """Take the pictures out of an answer; what it holds is billed, if not as many."""
        try:
            data = await asyncio.to_thread(_data_of, content)
        except (ValueError, RecursionError):
            raise SceneServiceError("the picture service's answer is none") from None
        if not data:
            raise SceneServiceError("the picture service's answer holds no picture")
        asked.open = len(data)
        asked.settle()
        pictures = [await self._fetched(one) if isinstance(one, str) else one for one in data]
        usable = [one for one in pictures if 0 < len(one) <= PICTURE_AT_MOST]
        if not usable:
            raise SceneServiceError("the picture service's pictures cannot be read")
        return usable

    async def _fetched(self, url: str) -> bytes:
        """Fetch a picture that an answer only names; empty where that fails.

        Without the key, by https or from the very server that was asked.
        """
        there, here = urlsplit(url), urlsplit(self.server)
        if there.scheme != "https" and (there.scheme, there.netloc) != (here.scheme, here.netloc):
            log.warning("a picture's address is not fetched", scheme=there.scheme)
            return b""
        try:
            answer = await self._fetcher.get(url)
        except httpx2.HTTPError as error:
            log.warning("a picture cannot be fetched", reason=self._told(error))
            return b""
        return answer.content if answer.is_success else b""

    def _error_of(self, error: openai.APIStatusError) -> SceneError:
        """Give an answer that is an error as ours."""
        status, code = error.status_code, str(error.code or "").lower()
        said = short(f"picture service: HTTP {status} - {error.body}", self._key)
        if code in REFUSALS:
            return SceneRefusedError(said)
        if status in _ACCESS:
            return SceneServiceError(f"the picture service refuses the key (HTTP {status})")
        if status in _DISLIKED and not _is_of_money(error) and "model" not in code:
            return SceneRefusedError(said)
        return SceneServiceError(said)

    def _told(self, error: Exception) -> str:
        return failure_line(error, self._key).replace("Caption service", "picture service")


class _Asked:
    """What was asked so far: ``billed`` pictures, and ``open`` ones of which that is not known."""

    def __init__(self) -> None:
        self.billed = self.open = 0

    def settle(self) -> int:
        """Count what is open as billed."""
        self.billed, self.open = self.billed + self.open, 0
        return self.billed


def _data_of(content: bytes) -> list[bytes | str]:
    """Read an answer: the pictures in it, or their addresses. Raises ValueError."""
    told_data = json.loads(content)
    listed = told_data.get("data") if isinstance(told_data, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no list of pictures")  # noqa: TRY004 - an answer, not an argument
    found: list[bytes | str] = []
    for one in listed[:COUNT]:
        if not isinstance(one, dict):
            continue
        coded, url = one.get("b64_json"), one.get("url")
        if isinstance(url, str) and url.startswith("data:"):
            coded = url.partition(",")[2]
        if isinstance(coded, str) and coded:
            try:
                found.append(base64.b64decode(coded, validate=True))
            except binascii.Error:
                found.append(b"")
        elif isinstance(url, str):
            found.append(url)
    return found


def _refused_of(error: openai.APIStatusError, sent: dict[str, Any]) -> str | None:
    """Name the optional parameter that a server does not take; None where it is another matter."""
    if error.status_code not in _DISLIKED:
        return None
    if error.param in sent:
        return error.param
    said = str(error.body)[:2000]
    quoted = (f"{mark}{name}{mark}" for name in sent for mark in "'`\"")
    named = [one.strip("'`\"") for one in quoted if one in said]
    named += [name for name in _OPTIONAL if name in sent and len(name) > 1 and name in said]
    return named[0] if named else None


def _is_of_money(error: openai.APIStatusError) -> bool:
    said = f"{error.code} {error.body}"[:2000].lower()
    return any(word in said for word in _MONEY)


def _wait(error: openai.APIStatusError, usual: float) -> float:
    """Return the seconds that a server asks to be left alone for, within reason."""
    try:
        return min(max(float(error.response.headers.get("retry-after", usual)), 0.0), LONGEST_PAUSE)
    except ValueError:
        return usual
