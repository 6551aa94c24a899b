"""What the methods of the Bot API work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from playground.api.forms import Form
from playground.api.limits import Limits

if TYPE_CHECKING:
    from playground.chats.history import Chats


@dataclass
class Webhook:
    """Where updates are sent instead of being waited for; no address, no webhook."""

    url: str = ""
    secret: str = ""
    connections: int = 40
    error: str = ""
    error_at: int = 0
    """The last failure, and when (Unix seconds)."""


@dataclass
class Context:
    """The chats, the limits and the webhook."""

    chats: Chats
    limits: Limits = field(default_factory=Limits)
    webhook: Webhook = field(default_factory=Webhook)
    resolve: Callable[[str], str] = str
    """Tells where a webhook's address leads, as a name server and a load balancer do."""


Method = Callable[[Context, Form], Awaitable[object]]
"""A method of the Bot API: takes a call, returns its result as JSON has it."""
