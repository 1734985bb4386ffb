"""A form counts only when our own page sent it: origin by headers, and the token of the browser's session (AC-09)."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, current_app, render_template, request
from flask_wtf.csrf import CSRFError

from app.extensions import csrf
from app.security.redirects import came_from
from app.security.typed import typed_back

SAFE = ("GET", "HEAD", "OPTIONS")


def init_app(app: Flask) -> None:
    """Flask-WTF's own hook would read the form before anybody knows who asks; check_token runs in its place."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.register_error_handler(CSRFError, refused)


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
    csrf.protect(apply_exemptions=True)


def refused(error: CSRFError) -> tuple[str, int]:
    """400: the page was too old or not ours. What was typed is given back, with how to go on."""
    area = "staff" if request.path.startswith(("/staff", "/admin")) else ""
    return render_template("errors/400.html", kept=typed_back(), back=came_from(), area=area), 400
