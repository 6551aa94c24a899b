"""The command `vitrina`: each module here registers its commands with the application."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import typer

from pipeline.errors import VitrinaError
from vitrina.cli import measure, pictures, run
from vitrina.cli.common import app
from vitrina.commands import admin, captions, weights

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["app", "main", "measure", "pictures", "run"]

app.add_typer(admin.app, name="admin")
app.add_typer(captions.app, name="captions")
app.add_typer(weights.app, name="weights")


def main() -> None:
    """Run the command line; what cannot work becomes one line and exit status 1.

    Errors outside the tree keep their traceback: they are the program's own faults.
    """
    try:
        app()
    except (VitrinaError, OSError) as error:
        typer.echo(f"vitrina: {error}", err=True)
        sys.exit(1)
    except BaseExceptionGroup as group:
        ours, others = group.split((VitrinaError, OSError))
        if ours is None or others is not None:
            raise
        for one in _leaves(ours):
            typer.echo(f"vitrina: {one}", err=True)
        sys.exit(1)


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    """Return a group's errors, those of the groups in it too."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
