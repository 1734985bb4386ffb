"""Request size limits by route: the server asks before it takes a body, the program before a form is parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import Flask, abort, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from app.security.sessions import cookie_may_live

KIB = 1024
LARGEST = 24 * 1024 * KIB  # any body, before its address is known
ANONYMOUS = 300 * KIB  # a body of an upload whose browser shows no session
FORM_OVERHEAD = 100 * KIB  # the fields sent with a picture
EVIDENCE = 1024 * KIB + FORM_OVERHEAD
EVIDENCE_LENIENT = 20 * 1024 * KIB + FORM_OVERHEAD
MOST_ROWS = 2**31 - 1  # largest integer key of PostgreSQL
View = TypeVar("View", bound=Callable[..., Any])


class RowNumber(IntegerConverter):
    """<int:…> in an address: ASCII digits; others, and numbers above MOST_ROWS, answer 404."""

    regex = "[0-9]+"

    def __init__(self, map: Map, max: int = MOST_ROWS) -> None:
        super().__init__(map, max=max)


def bound_row_numbers(app: Flask) -> None:
    """Install RowNumber, before any route is registered."""
    app.url_map.converters["int"] = RowNumber


def body_limit(size: int) -> Callable[[View], View]:
    """Set the route's limit in bytes; the default is MAX_CONTENT_LENGTH (256 KiB)."""

    def decorate(view: View) -> View:
        view.kaoji_body_limit = size  # type: ignore[attr-defined]
        return view

    return decorate


class Bound(NamedTuple):
    """Most bytes of a body; `sign_in` where a signed-in browser may send more."""

    size: int
    sign_in: bool = False


def bound(app: Flask, method: str, path: str, cookies: str) -> Bound:
    """Return what the server may take before the program sees the request (waitress stores whole bodies first).

    `path` and `cookies` are as WSGI gives them, bytes as latin-1. Asks no database: whether the session was ended is asked later.
    """
    try:
        at = app.url_map.bind("").match(path.encode("latin-1", "replace").decode("utf-8", "replace"), method)
    except HTTPException:  # no such address; werkzeug's redirects are one too
        return Bound(app.config["MAX_CONTENT_LENGTH"])
    size: int = getattr(app.view_functions[at[0]], "kaoji_body_limit", None) or app.config["MAX_CONTENT_LENGTH"]
    if size <= ANONYMOUS or cookie_may_live(app, cookies):
        return Bound(size)
    return Bound(ANONYMOUS, sign_in=True)


def set_limit() -> None:
    """Answer 413, before every request, when the announced length exceeds the limit."""
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, "kaoji_body_limit", None) or current_app.config["MAX_CONTENT_LENGTH"]
    request.max_content_length = size
    if request.content_length is not None and request.content_length > size:
        abort(413)
