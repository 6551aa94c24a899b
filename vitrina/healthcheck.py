"""`python -m vitrina.healthcheck`: by its exit status, whether a container's process serves.

It asks the private port of METRICS_PORT. Where that is off (0 or empty) there is nobody to ask, and
the process counts as healthy: that it runs is what the container's engine sees by itself. Reads the
environment alone, and imports nothing that takes long: it runs every half a minute.
"""

from __future__ import annotations

import http.client
import os
import sys

SECONDS = 4.0
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not bound
"""Where a process that listens at such an address is asked."""


def trouble(host: str, port: int) -> str | None:
    """Return what the process says is wrong, or that it says nothing; None where it serves."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=SECONDS)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        told = answer.read(1000).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"nobody answers at port {port}: {error!r}"
    finally:
        connection.close()
    return None if answer.status == http.HTTPStatus.OK else told or f"status {answer.status}"


def main() -> int:
    """Print what is wrong and return 1, or return 0."""
    port = int(os.environ.get("METRICS_PORT") or 0)
    found = trouble(os.environ.get("METRICS_HOST", ""), port) if port else None
    if found is not None:
        sys.stdout.write(f"{found}\n")
    return int(found is not None)


if __name__ == "__main__":
    sys.exit(main())
