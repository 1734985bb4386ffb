"""What somebody typed, given back on a page that could not take it. Never passwords, codes or tokens."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import HTTPException

MACHINERY = {"csrf_token", "version", "act", "next", "captcha", "code"}  # `code` is the second factor of staff
LONGEST = 20_000


def typed_back() -> list[tuple[str, str]]:
    """(field name, text) of the form that was sent, in its order; empty when there is none or it cannot be read."""
    try:
        pairs = list(request.form.items(multi=True))
    except (HTTPException, ValueError):
        return []
    return [
        (name, value[:LONGEST])
        for name, value in pairs
        if value.strip() and name not in MACHINERY and "password" not in name.lower()
    ]
