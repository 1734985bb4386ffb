"""How a command refuses."""

from __future__ import annotations

from typing import IO, Any

import click


class Fault(click.ClickException):
    """A refusal: its message is one Chinese line on stderr, exit 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True)
