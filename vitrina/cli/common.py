"""What the commands share: the application, how a command starts, options of several."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Annotated

import typer

from vitrina.logging import set_up_logging
from vitrina.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

app = typer.Typer(
    name="vitrina",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
)

FOREGROUND_HELP = (
    "How the product is found: head, a saliency network of the manifest, both as head+NAME, "
    "largest-mask, grabcut."
)
RequireGpu = Annotated[
    bool, typer.Option("--require-gpu", help="Refuse to start without a GPU, as REQUIRE_GPU does.")
]


def _tell_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"vitrina {metadata.version('vitrina')}")
        raise typer.Exit


@app.callback()
def main_options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Print the version.",
            callback=lambda wanted: _tell_version(wanted=wanted),
            is_eager=True,
        ),
    ] = False,
) -> None:
    """Product photos from a phone, cut out and put on a clean background, with a caption."""
    del version


def start(*, require_gpu: bool = False) -> Settings:
    """Read the settings and set logging up. Raises SettingsError."""
    settings = read_settings()
    if require_gpu:
        settings = settings.model_copy(update={"require_gpu": True})
    set_up_logging(settings)
    return settings


def renamed(option: str, values: Sequence[str] | None) -> Sequence[str]:
    """Take the values of an option's old name, and warn where it was used."""
    if values:
        typer.echo(f"vitrina: {option} is now called --foreground", err=True)
    return values or ()
