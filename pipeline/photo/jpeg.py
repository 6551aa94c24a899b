"""JPEG files whose end marker is missing: whole all the same, or cut short."""

from __future__ import annotations

END = b"\xff\xd9"
START_OF_SCAN = b"\xff\xda"
FILLING = b"\xa5\x5a\x3c" * 700
"""Bytes that no encoder writes in a row; a scan that is whole ends before them."""


def endings(data: bytes) -> tuple[bytes, bytes] | None:
    """Return a file without an end marker ended in two ways, None where it has one.

    A decoder fills up what a scan lacks, and says nothing that reaches us. So the file is decoded
    with nothing behind its data, and with bytes that mean something else: where both show the
    same picture, the scan was whole.
    """
    if data.rfind(END) > data.rfind(START_OF_SCAN):
        return None
    body = data.rstrip(b"\xff")
    return body + END, body + FILLING + END
