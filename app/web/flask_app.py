"""Flask with faster templates and cookies, whose requests hold only what can be stored. Figures: processor time of the home page, alternating runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from flask.templating import Environment
from jinja2 import Template
from jinja2.environment import TemplateModule
from jinja2.runtime import Context
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.routing import Map, UnicodeConverter

from app.security.cookies import Cookies


class Page(Template):
    """A template importing macros without Jinja's comparison of globals, equal within one environment: 3 % of the home
    page.
    """

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        return super()._get_default_module()


class Templates(Environment):
    template_class = Page


class Storable(ImmutableMultiDict[Any, Any]):
    """The fields of a form or an address without NUL, which PostgreSQL cannot hold: another control character stands for it, told or cleaned as any."""

    def __init__(self, mapping: Any = None) -> None:
        super().__init__([(without_nul(name), without_nul(value)) for name, value in mapping or ()])


def without_nul(value: Any) -> Any:
    return value.replace("\x00", "\x01") if isinstance(value, str) and "\x00" in value else value


class Asked(Request):
    """A request whose fields can be stored."""

    parameter_storage_class = Storable


class Word(UnicodeConverter):
    """<name> in an address: no NUL; others answer 404."""

    def __init__(self, map: Map) -> None:
        super().__init__(map)
        self.regex = "[^/\\x00]+"


class Site(Flask):
    """Flask with these templates and cookies verified once."""

    jinja_environment = Templates
    request_class = Asked

    def __init__(self, *given: Any, **settings: Any) -> None:
        super().__init__(*given, **settings)
        self.session_interface = Cookies()
        self.url_map.converters |= {"default": Word, "string": Word}

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function: no view or hook is a coroutine, and Flask looks at each of fourteen a page: 2 % of the home page."""
        return func
