"""What the Bot API says when it does not do what it is asked."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
"""An object of the Bot API, as its JSON has it."""


class RefusedError(Exception):
    """A call that is refused: Telegram's status, its words and its `ResponseParameters`."""

    def __init__(self, description: str, code: int = 400, **parameters: int) -> None:
        prefix = {400: "Bad Request: ", 403: "Forbidden: ", 409: "Conflict: "}.get(code, "")
        super().__init__(f"{prefix}{description}")
        self.code = code
        self.parameters = parameters

    def body(self) -> Json:
        """Return the answer to send."""
        told: Json = {"ok": False, "error_code": self.code, "description": str(self)}
        if self.parameters:
            told["parameters"] = self.parameters
        return told
