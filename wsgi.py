"""`wsgi:app` for any WSGI server; `python wsgi.py` is `kaoji serve`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def __getattr__(name: str) -> Flask:
    """The application is made when a server asks for it, so that importing this file needs no instance."""
    if name != "app":
        raise AttributeError(name)
    from app import create_app
    from app.cli.common import instance
    from app.cli.migrations import refuse_mismatch
    from app.cli.serving import log_lines
    from app.cli.serving.database_check import guarded
    from app.config.folder import keep_private

    keep_private()
    log_lines.install(hooks=False)
    config = instance(refuse_demo=True)
    refuse_mismatch(config)
    globals()["app"] = made = guarded(create_app(config), config)
    return made


if __name__ == "__main__":
    from app.cli import main

    main(["serve", *sys.argv[1:]])
