"""What the environment holds for libraries that read it themselves: proxies and certificates."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pipeline.errors import SettingsError

if TYPE_CHECKING:
    from pydantic import SecretStr

PROXIES: Final = tuple(
    name for upper in ("ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY") for name in (upper, upper.lower())
)
CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_FOREIGN: Final = ("OPENAI_", "GIGACHAT_", "SSL_CERT_")
_HTTPX: Final = frozenset({"http", "https", "socks5", "socks5h"})
_TELEGRAM: Final = {
    "http": "http", "socks5": "socks5", "socks5h": "socks5", "socks": "socks5",
    "socks4": "socks4", "socks4a": "socks4",
}  # fmt: skip
"""Schemes of proxies for Telegram, and as its client calls them; names are looked up there."""


def tidy(settings: frozenset[str]) -> None:
    """Take out what is there and empty, and write ``socks://``, as desktops do, as ``socks5://``.

    ``settings`` are the names of our own. A library takes an empty address for an address.
    """
    for name, value in list(os.environ.items()):
        is_read = name in settings or name in PROXIES or name.startswith(_FOREIGN)
        if is_read and not value.strip():
            del os.environ[name]
        elif name in PROXIES and value.startswith("socks://"):
            os.environ[name] = f"socks5://{value.removeprefix('socks://')}"


def check() -> None:
    """Look at proxies and certificates before a client does. Raises SettingsError naming one."""
    for name in PROXIES:
        if value := os.environ.get(name):
            _check_proxy(name, value)
    for name in CERTIFICATES:
        if value := os.environ.get(name):
            _check_certificates(name, Path(value))


def telegram_proxy(setting: SecretStr | None, api_url: str) -> str | None:
    """Return the proxy for Telegram: the setting, or what the environment has for its address.

    Raises SettingsError that names the variable of one that cannot be used.
    """
    parts = urlsplit(api_url)
    if setting is not None:
        return _for_telegram("TELEGRAM_PROXY", setting.get_secret_value())
    proxies = getproxies()
    name = next((one for one in (parts.scheme, "all") if proxies.get(one)), None)
    if name is None or proxy_bypass(parts.netloc):
        return None
    return _for_telegram(f"{name.upper()}_PROXY", proxies[name])


def _for_telegram(name: str, value: str) -> str:
    scheme, _, rest = value.rpartition("://")
    known = _TELEGRAM.get(scheme.lower() or "http")
    if known is None:
        raise SettingsError(
            f"{name}: Telegram is reached through http:// and socks5:// proxies, not {scheme}://"
        )
    proxy = f"{known}://{rest.rstrip('/')}"
    _port(name, proxy)
    return proxy if urlsplit(proxy).port else f"{proxy}:{80 if known == 'http' else 1080}"


def _check_proxy(name: str, value: str) -> None:
    scheme = value.partition("://")[0].lower() if "://" in value else "http"
    if scheme not in _HTTPX:
        raise SettingsError(f"{name}: proxies of http:// and socks5:// work, not {scheme}://")
    _port(name, value if "://" in value else f"http://{value}")


def _port(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name} is no proxy's address, such as socks5://host:1080")


def _check_certificates(name: str, path: Path) -> None:
    if not path.exists():
        raise SettingsError(f"{name} names {path}, which is not there")
    if path.is_file():
        try:
            ssl.create_default_context(cafile=str(path))
        except (ssl.SSLError, OSError) as error:
            reason = getattr(error, "reason", None) or error
            raise SettingsError(
                f"{name} names {path}, which holds no certificates: {reason}"
            ) from error
