"""Refusal of a command."""

from __future__ import annotations

from typing import IO, Any

import click


class Fault(click.ClickException):
    """A refusal with one Chinese line on stderr and exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(self.message, err=True)


class Told(Fault):
    """Exit code 1 after the command has said each reason itself."""

    def __init__(self) -> None:
        super().__init__("")

    def show(self, file: IO[Any] | None = None) -> None:
        """Write nothing more."""
