"""Command options made from dataclasses of app.rules.settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from app.cli.common import Moment
from app.rules.papers.money import BadAmount, parse_fen
from app.rules.settings import Setting


def option_of(setting: Setting) -> Any:
    """Return a click option for the setting; None where not given."""
    about = setting.about
    given: dict[str, Any] = {"default": None, "help": about.help}
    if about.choices:
        given["type"] = click.Choice([str(key) for key in about.choices])
        given["callback"] = lambda _context, _parameter, value: None if value is None else setting.type(value)
    elif about.kind == "money":
        given["callback"] = lambda _context, _parameter, value: _fen(value)
    elif setting.type is datetime:
        given["type"] = Moment()
    elif setting.type is not bool:  # a yes/no flag has two names
        given["type"] = setting.type
    return click.option(about.flag, setting.name, **given)


def _fen(value: str | None) -> int | None:
    try:
        return None if value is None else parse_fen(value)
    except BadAmount as error:
        raise click.BadParameter(str(error)) from None
