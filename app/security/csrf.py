"""CSRF checks: origin from headers, and the token of the browser's session (AC-09)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app, g, render_template, request
from flask import session as browser
from flask_wtf.csrf import CSRFError, validate_csrf
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer
from wtforms import ValidationError

from app.extensions import csrf, db
from app.models import Staff
from app.models.base import random_id
from app.rules.people.roles import Actor, staff_actor
from app.security.redirects import came_from, comes_back, in_staff_area
from app.security.request_time import arrived
from app.security.typed_text import posted, sent_again, typed_back

SAFE = ("GET", "HEAD", "OPTIONS")
NAME = "csrf_token"  # of the field, the session key and the template function
WHOSE = "whose"  # field: for whom of staff the page was made
LATEST = timedelta(days=3)  # that a form may come after its page was made, to be kept: over a weekend
REMEMBERED = 4096  # tokens per process


def init_app(app: Flask) -> None:
    """Replace Flask-WTF's hook, which parses the form before authentication, by check_token."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    kept = [given for given in app.template_context_processors[None] if given.__module__ != "flask_wtf.csrf"]
    app.template_context_processors[None] = kept  # its token() signs for every page
    app.jinja_env.globals.update({NAME: token, "form_token": random_id, "whose_page": whose_page})
    app.register_error_handler(CSRFError, refused)


def token() -> str:
    """Return Flask-WTF's token of this browser's session, signed once per session."""
    if NAME not in g:
        if NAME not in browser:
            browser[NAME] = secrets.token_hex(20)
        g.csrf_token = _signed(current_app.config["SECRET_KEY"], browser[NAME])
    found: str = g.csrf_token
    return found


@lru_cache(maxsize=REMEMBERED)
def _signed(key: str | bytes, raw: str) -> str:
    return str(URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(raw))


def check_origin() -> None:
    """Check the origin by headers before every request. HX-Request proves nothing: any page may send it."""
    if request.method in SAFE or request.endpoint is None or csrf._is_exempt():
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise CSRFError(f"Sec-Fetch-Site: {site[:20]}")
        g.from_here = site == "same-origin"
        return
    # browsers before 2020 and plain http send an Origin, other clients nothing
    origin = request.headers.get("Origin") or _origin_of(request.headers.get("Referer", ""))
    if origin and origin not in _our_origins():
        raise CSRFError("another origin")
    g.from_here = bool(origin)


def _our_origins() -> set[str]:
    public = _origin_of(current_app.extensions["kaoji"].public_url)
    return {origin for origin in (_origin_of(request.host_url), public) if origin}


def _origin_of(url: str) -> str:
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}"


def check_token() -> None:
    """Check the token (form field or X-CSRFToken) before every request, after authentication."""
    if request.method not in SAFE and request.endpoint is not None and not csrf._is_exempt() and is_ours():
        g.csrf_valid = True
    else:
        csrf.protect(apply_exemptions=True)


def is_ours() -> bool:
    """Whether the form holds the token this process signed for this browser; it needs no verification.

    Flask-WTF checks all others (of another process, in a header, wrong, missing).
    """
    raw = browser.get(NAME)
    if not raw:
        return False
    ours = _signed(current_app.config["SECRET_KEY"], raw)
    return hmac.compare_digest(request.form.get(NAME, "").encode(), ours.encode())


def is_proven() -> bool:
    """Whether the form holds a token of this browser's session, whatever was checked of the request by now."""
    if g.get("csrf_valid") or is_ours():
        return True
    try:
        validate_csrf(request.form.get(NAME, ""))
    except ValidationError:
        return False
    return True


def refused(error: CSRFError) -> tuple[str, int]:
    """Render the 400 page with the typed text and a way to go on: from a page of ours that grew old, a button to send it again.

    A page made for another member of staff is not sent again under this one's name.
    """
    ours = "from_here" in g and g.from_here and "_user_id" in browser
    foreign = ours and _made_for() not in (None, _staff_id())
    typed = typed_or_kept() if foreign else {"kept": typed_back()}
    again = sent_again() if ours and not foreign else []
    here, area = request.full_path.rstrip("?"), "staff" if in_staff_area() else ""
    back = came_from()
    page = render_template("errors/400.html", **typed, foreign=foreign, again=again, here=here, back=back, area=area)
    return page, 400


# --- forms that come after the end of their session -------------------------------------------------------------------

Keep = Callable[[Actor, dict[str, Any]], bool]
_keepers: dict[str, Keep] = {}
"""Endpoint -> what keeps its form when the session is over."""


def keeps(endpoint: str) -> Callable[[Keep], Keep]:
    """Register a function (who, values of the address) that keeps the posted form and says whether it did.

    The form holds `whose_page` (components/form.html: whose): it says whose work it is when session, cookie and token are
    gone (idle, too old, signed in elsewhere, signed out in another tab), and nobody else can make one.
    """

    def decorate(keep: Keep) -> Keep:
        _keepers[endpoint] = keep
        return keep

    return decorate


def whose_page() -> str:
    """Return the signed number of the member of staff for whom this page is made, with the time; '' for others."""
    ident = _staff_id()
    return "" if ident is None else str(_signer().dumps([ident, int(arrived().timestamp())]))


def typed_or_kept() -> dict[str, Any]:
    """Return what an error page says of the posted text: `safe`, kept for its person, or `kept`, label -> text to copy.

    `filled`: it comes back with the page by itself.
    """
    kept = typed_back() if request.method not in SAFE else {}
    safe = request.method not in SAFE and _keep()
    filled = bool(kept) and not safe and comes_back()
    return {"kept": {} if safe or filled else kept, "safe": safe, "filled": filled}


def _keep() -> bool:
    """Keep the posted form for whom its page was made; False if that is nobody, or its page keeps nothing."""
    keep, ident = _keepers.get(request.endpoint or ""), _made_for()
    person = db.session.get(Staff, ident) if keep and ident is not None else None
    if keep is None or person is None or not person.active:
        return False
    return keep(staff_actor(person), dict(request.view_args or {}))


def _made_for() -> int | None:
    """Return for whom of staff the page of the posted form was made; None for a page without, a forged or an old one."""
    try:
        ident, at = _signer().loads(dict(posted()).get(WHOSE, ""))
    except BadSignature:
        return None
    return int(ident) if 0 <= arrived().timestamp() - at <= LATEST.total_seconds() else None


def _staff_id() -> int | None:
    me = g.get("kaoji_me")
    return me.staff_id if me is not None else None


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="whose-page")
