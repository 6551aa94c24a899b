"""What the operator sees."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from vitrina.settings.section import Section


class LogSettings(Section):
    """Logs and metrics."""

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """debug, info, warning or error."""
    log_format: Literal["text", "json"] = "text"
    """text for people, json for collectors."""
    log_salt: SecretStr = SecretStr("")
    """Sellers stand in the log as a hash. Any secret words; the same on all machines makes the same
    hashes. Empty makes new ones at every start."""
    metrics_host: str = "127.0.0.1"
    """The address of the private port."""
    metrics_port: int = Field(default=0, ge=0, le=65535)
    """Prometheus metrics at /metrics, /healthz and /readyz; 0 is off. Never open this port to the
    world."""
