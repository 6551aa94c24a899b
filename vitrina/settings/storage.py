"""Where the database and the files are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr

from vitrina.settings.section import Section

HOME = Path(__file__).resolve().parents[2]
"""The folder that holds `weights` and `backgrounds`: the checkout, or site-packages."""


class StorageSettings(Section):
    """Folders."""

    data_dir: Path = Path("data")
    """Database, photos and results. One process at a time may use it."""
    database_url: SecretStr | None = None
    """postgresql://user:password@host/name lets many processes work together: `vitrina bot` talks
    to Telegram, `vitrina worker` cuts out. Empty takes SQLite in DATA_DIR, for one process."""
    files_url: str | None = None
    """Empty keeps files in DATA_DIR. s3://bucket/prefix keeps them in an S3-compatible store, for
    machines that share no disk: `pip install '.[s3]'`, credentials as AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY."""
    files_endpoint_url: str | None = None
    """The store's own address where it is not AWS."""
    retention_days: float = Field(default=7.0, gt=0)
    """Photos, cut-outs and results are deleted after this many days. Sellers' own backgrounds
    stay."""
    disk_quota_gb: float = Field(default=20.0, gt=0)
    """The oldest are deleted earlier where all take more than this."""
    weights_dir: Path = Field(default=HOME / "weights", examples=["/var/lib/vitrina/weights"])
    """Where `vitrina weights fetch` puts weights. Default: the project's own folder `weights`."""
    backgrounds_dir: Path = Field(
        default=HOME / "backgrounds", examples=["/etc/vitrina/backgrounds"]
    )
    """Presets and the file that names them. Default: the project's own folder `backgrounds`."""
    card_templates_dir: Path | None = Field(default=None, examples=["/etc/vitrina/cards"])
    """Templates of cards beside the project's own: NAME.toml and NAME.typ for each, docs/cards.md.
    They read nothing outside this folder. All processes are given the same one."""
