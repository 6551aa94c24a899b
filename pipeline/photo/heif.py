"""HEIC is decoded in a process of its own: a broken file can crash the library that reads it."""

from __future__ import annotations

import base64
import json
import signal
import subprocess
import sys

from PIL import Image

PATIENCE = 60.0
"""Seconds; a 48-megapixel HEIC takes two."""


def read_heif(data: bytes, pixels: int) -> Image.Image:
    """Decode a HEIC file's first picture, upright, with its profile and EXIF in ``info``.

    Raises DecompressionBombError, before anything is decoded, for one of more than ``pixels``;
    MemoryError where the system ended the process for want of memory; SyntaxError for a file
    that cannot be read, or not within PATIENCE.
    """
    command = [sys.executable, "-I", "-m", "pipeline.photo.heif_process", str(pixels)]
    try:
        done = subprocess.run(  # noqa: S603 - ourselves
            command, input=data, capture_output=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise SyntaxError(f"not decoded within {PATIENCE:.0f} s") from error
    if done.returncode == -signal.SIGKILL:
        raise MemoryError("the process that reads HEIC was killed")
    if done.returncode:
        words = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise SyntaxError(words or f"the process that reads HEIC ended with {done.returncode}")
    header, _, content = done.stdout.partition(b"\n")
    told = json.loads(header)
    width, height = told["size"]
    if width * height > pixels:
        raise Image.DecompressionBombError(f"{width}x{height} pixels, over {pixels}")
    image = Image.frombytes(told["mode"], (width, height), content)
    image.info["nclx_profile"] = told["nclx_profile"]
    for name in ("icc_profile", "exif"):
        image.info[name] = base64.b64decode(told[name])
    return image
