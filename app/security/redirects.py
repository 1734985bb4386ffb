"""Redirect targets: only pages of our own router (security.md AC-34)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect, Rule

LONGEST = 4000  # characters, escaped: the filters of a list and what an export is for
Address = TypeVar("Address", bound=Callable[[], str])
_filled: dict[str, Callable[[], str]] = {}
"""Endpoint of a form -> what makes the address of its page with all that was posted."""


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
    page = _page(parts.path)
    policy = getattr(current_app.view_functions.get(page.endpoint if page else ""), "kaoji_policy", None)
    if policy is None or kind not in policy.kinds:
        return default
    return parts.path + (f"?{parts.query}" if parts.query else "")


def came_from() -> str:
    """Return the address to return to after signing in, '' if there is none.

    Where a form is posted to an address without a page: the page it stood on, or else the one above the address.
    """
    if request.endpoint is None:
        return ""
    if address := _filled_page():
        return address
    if _page(request.path) is not None:
        return request.full_path.rstrip("?")
    return _referring() or _above()


def leads_back(*endpoints: str) -> Callable[[Address], Address]:
    """Register what makes the address of a form's page with all that the form held, for these endpoints.

    For forms before which 身份确认 may come: without it the page would open as new, and the next press do more than was chosen.
    Such an address holds nothing secret.
    """

    def decorate(address: Address) -> Address:
        _filled.update(dict.fromkeys(endpoints, address))
        return address

    return decorate


def comes_back() -> bool:
    """Whether `came_from` opens the page with all that the posted form held."""
    return bool(_filled_page())


def in_staff_area() -> bool:
    """Whether the address is one of staff's."""
    return request.path.startswith(("/staff", "/admin"))


def _filled_page() -> str:
    """Return the address that `leads_back` makes of the posted form, '' where there is none or it would be too long."""
    make = _filled.get(request.endpoint or "") if request.method == "POST" else None
    if make is None:
        return ""
    try:
        address = make()
    except (HTTPException, ValueError):  # a form that cannot be read
        return ""
    return address if len(address) <= LONGEST else ""


def _referring() -> str:
    """Return path and query of the page of ours that the browser says it comes from, or ''."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    if parts.netloc != request.host or _page(parts.path) is None:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _above() -> str:
    """Return the nearest page above this address, with its query, or ''."""
    path, query = request.path.rstrip("/"), request.full_path.removeprefix(request.path).rstrip("?")
    while path:
        path = path.rpartition("/")[0]
        if _page(path or "/") is not None:
            return (path or "/") + query
    return ""


def _page(path: str) -> Rule | None:
    """Return the rule of the page at this path, or None.

    An address that only takes forms is none, though its last word could be read as the key of another page
    (/staff/applications/bulk, /staff/applications/<public_id>). Where it is the form's that has a key there, it is a page
    (/applications/<public_id>/register.pdf, /applications/<public_id>/<step>).
    """
    page, form = _rule(path, "GET"), _rule(path, "POST")
    if page and form and form.rule != page.rule and len(form.arguments) <= len(page.arguments):
        return None
    return page


def _rule(path: str, method: str) -> Rule | None:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return None
    try:
        rule, _ = adapter.match(path, method=method, return_rule=True)
    except (RequestRedirect, HTTPException):
        return None
    return rule
