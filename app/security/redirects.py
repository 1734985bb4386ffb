"""Redirect targets: only pages of our own router (security.md AC-34)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

LONGEST = 500


def local_target(raw: str | None, kind: str, default: str) -> str:
    """Return path and query of `raw` if this kind may open that page, else `default`."""
    if not raw or len(raw) > LONGEST or not raw.startswith("/") or raw.startswith("//"):
        return default
    if "\\" in raw or not raw.isprintable() or any(char.isspace() for char in raw):
        return default
    try:
        parts = urlsplit(raw)
    except ValueError:
        return default
    if parts.scheme or parts.netloc:
        return default
    endpoint = _page(parts.path)
    policy = getattr(current_app.view_functions.get(endpoint or ""), "kaoji_policy", None)
    if policy is None or kind not in policy.kinds:
        return default
    return parts.path + (f"?{parts.query}" if parts.query else "")


def came_from() -> str:
    """Return the address to return to after signing in, '' if it has no GET."""
    if _page(request.path) is None:
        return ""
    return request.full_path.rstrip("?")


def _page(path: str) -> str | None:
    """Return the endpoint for GET, or None."""
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return None
    try:
        endpoint, _ = adapter.match(path, method="GET")
    except (RequestRedirect, HTTPException):
        return None
    return str(endpoint)
