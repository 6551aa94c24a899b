"""Read a HEIC file on standard input, write a line of JSON and its pixels: see ``heif``."""

from __future__ import annotations

import base64
import json
import sys
from io import BytesIO

from pi_heif import HeifImageFile


def main() -> None:
    """Decode what has at most as many pixels as the command line says; of more, say its size."""
    with HeifImageFile(BytesIO(sys.stdin.buffer.read())) as image:
        fits = image.width * image.height <= int(sys.argv[1])
        if fits:
            image.load()
        header = {
            "mode": image.mode,
            "size": image.size,
            "nclx_profile": image.info.get("nclx_profile"),
            "icc_profile": base64.b64encode(image.info.get("icc_profile") or b"").decode(),
            "exif": base64.b64encode(image.info.get("exif") or b"").decode(),
        }
        sys.stdout.buffer.write(json.dumps(header).encode() + b"\n")
        if fits:
            sys.stdout.buffer.write(image.tobytes())


if __name__ == "__main__":
    main()
