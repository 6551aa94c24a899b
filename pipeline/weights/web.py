"""Download over HTTP into a ``.part`` file, going on where an earlier try broke off.

The file's contents are pinned by size and hash, so no validator (``If-Range``) is kept beside the
part: another file under the same address is noticed by its size at once, or by its hash.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

import httpx

from pipeline.errors import WeightsError

if TYPE_CHECKING:
    from pathlib import Path

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many bytes are there and how many there will be."""

ATTEMPTS = 6
"""How often one address is asked, as long as each time brings more bytes."""
TIMEOUT = httpx.Timeout(30.0, connect=5.0)


def download(url: str, part: Path, size: int, progress: Progress) -> None:
    """Fill ``part`` up to ``size`` bytes from ``url``.

    A cut connection is taken up again while that brings more bytes. Raises WeightsError; what
    has arrived then stays in ``part``.
    """
    cause: httpx.HTTPError | None = None
    # Counted bytes and ranges are those of the file, so it must not come compressed.
    headers = {"Accept-Encoding": "identity"}
    with _client(headers) as client:
        for _ in range(ATTEMPTS):
            before = _size(part)
            try:
                _stream(client, url, part, size, progress)
            except httpx.HTTPError as error:
                cause = error
            if _size(part) == size:
                return
            if _size(part) <= before:
                break
    reason = (str(cause) or type(cause).__name__) if cause else "the answer ended early"
    raise WeightsError(f"{reason} ({_size(part):,} of {size:,} bytes are there)") from cause


def _client(headers: dict[str, str]) -> httpx.Client:
    try:
        return httpx.Client(timeout=TIMEOUT, follow_redirects=True, headers=headers)
    except (OSError, ValueError, ImportError) as error:
        # It reads proxies and certificates from the environment at once.
        raise WeightsError(
            f"no connection can be made: {error}; look at HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE"
        ) from error


def _stream(client: httpx.Client, url: str, part: Path, size: int, progress: Progress) -> None:
    """Ask once for what is missing and append what comes."""
    done = _size(part)
    with client.stream("GET", url, headers={"Range": f"bytes={done}-"} if done else {}) as answer:
        match answer.status_code:
            case HTTPStatus.PARTIAL_CONTENT:
                offered = answer.headers.get("Content-Range", "")
                if offered not in {f"bytes {done}-{size - 1}/{size}", f"bytes {done}-{size - 1}/*"}:
                    raise WeightsError(f"the server sends another range: {offered!r}")
            case HTTPStatus.OK:
                offered = answer.headers.get("Content-Length", str(size))
                if offered != str(size):
                    raise WeightsError(f"the server has a file of {offered} bytes, not {size}")
                done = 0
            case status:
                raise WeightsError(f"the server answers {status} {answer.reason_phrase}")
        with part.open("ab" if done else "wb") as file:
            for block in answer.iter_raw():
                if done + len(block) > size:
                    raise WeightsError(f"the server sends more than {size} bytes")
                file.write(block)
                done += len(block)
                progress(done, size)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
