"""Request size limits by route, set before the form is parsed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, current_app, request
from werkzeug.routing import IntegerConverter, Map

KIB = 1024
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


def set_limit() -> None:
    """Answer 413, before every request, when the announced length exceeds the limit."""
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, "kaoji_body_limit", None) or current_app.config["MAX_CONTENT_LENGTH"]
    request.max_content_length = size
    if request.content_length is not None and request.content_length > size:
        abort(413)
