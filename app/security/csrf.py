"""A form counts only when our own page sent it: origin by headers, and the token of the browser's session (AC-09)."""

from __future__ import annotations

import hmac
import secrets
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask, current_app, g, render_template, request
from flask import session as browser
from flask_wtf.csrf import CSRFError
from itsdangerous import URLSafeTimedSerializer

from app.extensions import csrf
from app.security.redirects import came_from
from app.security.typed_text import typed_back

SAFE = ("GET", "HEAD", "OPTIONS")
NAME = "csrf_token"  # of the field, of the key in the browser's session, of the function in templates
REMEMBERED = 4096  # tokens of one process


def init_app(app: Flask) -> None:
    """Flask-WTF's own hook would read the form before anybody knows who asks; check_token runs in its place."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    kept = [given for given in app.template_context_processors[None] if given.__module__ != "flask_wtf.csrf"]
    app.template_context_processors[None] = kept  # its own token() would be signed anew for every page
    app.jinja_env.globals[NAME] = token
    app.register_error_handler(CSRFError, refused)


def token() -> str:
    """Flask-WTF's token of this browser's session, signed once: it lives as long as the session, so a page need not sign it anew."""
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
    """Before every request, from headers alone. HX-Request proves nothing: any page may send a request that has it."""
    if request.method in SAFE or request.endpoint is None or csrf._is_exempt():
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise CSRFError(f"Sec-Fetch-Site: {site[:20]}")
        return
    # browsers before 2020, and pages on plain http: an Origin, or nothing when it is no browser
    origin = request.headers.get("Origin") or _origin_of(request.headers.get("Referer", ""))
    if origin and origin not in _our_origins():
        raise CSRFError("another origin")


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
    """Before every request, after it is known who asks: the synchroniser token in the form or the X-CSRFToken header."""
    if request.method not in SAFE and request.endpoint is not None and not csrf._is_exempt() and _is_ours():
        g.csrf_valid = True
    else:
        csrf.protect(apply_exemptions=True)


def _is_ours() -> bool:
    """Is it the very token that this process writes into this browser's pages? Then its signature needs no look.

    Any other (of another process, in a header, wrong, none) is Flask-WTF's to judge.
    """
    raw = browser.get(NAME)
    if not raw:
        return False
    ours = _signed(current_app.config["SECRET_KEY"], raw)
    return hmac.compare_digest(request.form.get(NAME, "").encode(), ours.encode())


def refused(error: CSRFError) -> tuple[str, int]:
    """400: the page was too old or not ours. What was typed is given back, with how to go on."""
    area = "staff" if request.path.startswith(("/staff", "/admin")) else ""
    return render_template("errors/400.html", kept=typed_back(), back=came_from(), area=area), 400
