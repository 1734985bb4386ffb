"""How large a request may be, by route, told to the parser before anything reads the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, current_app, request

KIB = 1024
FORM_OVERHEAD = 100 * KIB  # the other fields of a step that travel with a picture
EVIDENCE = 1024 * KIB + FORM_OVERHEAD
EVIDENCE_LENIENT = 20 * 1024 * KIB + FORM_OVERHEAD
IMPORT = 10 * 1024 * KIB + FORM_OVERHEAD
View = TypeVar("View", bound=Callable[..., Any])


def body_limit(size: int) -> Callable[[View], View]:
    """Let a route take up to `size` bytes; all others take MAX_CONTENT_LENGTH (256 KiB)."""

    def mark(view: View) -> View:
        view.kaoji_body_limit = size  # type: ignore[attr-defined]
        return view

    return mark


def set_limit() -> None:
    """Before every request: 413 at once when the announced length is over the route's limit."""
    view = current_app.view_functions.get(request.endpoint or "")
    size = getattr(view, "kaoji_body_limit", None) or current_app.config["MAX_CONTENT_LENGTH"]
    request.max_content_length = size
    if request.content_length is not None and request.content_length > size:
        abort(413)
