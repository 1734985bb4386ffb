"""Flask with faster templates and cookies. Figures: processor time of the home page, alternating runs."""

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
    """A template importing macros without Jinja's comparison of globals, equal within one environment: 3 % of the home
    page.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class Templates(Environment):
    template_class = Page


class Site(Flask):
    """Flask with these templates and cookies verified once."""

    jinja_environment = Templates

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.session_interface = Cookies()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: no view or hook is a coroutine, and Flask looks at each of fourteen a page: 2 % of the home page."""
        return func
