"""Flask and Jinja without what this site does not use; each of these is asked a dozen times a page (performance.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from app.security.cookies import Cookies


class Page(Template):
    """A template whose macros are imported as they stand: Jinja first compares the names known here with those known there,
    which are the same for every template of one environment, and does so in pure Python for every import of every page.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class Templates(Environment):
    template_class = Page


class Site(Flask):
    """Flask with the templates above and cookies that are verified once."""

    jinja_environment = Templates

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.session_interface = Cookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No hook and no view of ours is a coroutine, so there is nothing to wrap."""
        return func
