"""Headers of every response, errors and files included (security.md §5)."""

from __future__ import annotations

from typing import TypeVar

from flask import Flask, Response, current_app, request
from werkzeug.wrappers import Response as BaseResponse

FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_Answer = TypeVar("_Answer", bound=BaseResponse)
CACHE = '"cache"'  # in Clear-Site-Data: what is kept on one's own device stays
LATER = "60"  # seconds
FOREVER = "public, max-age=31536000, immutable"


def page_policy(*form_targets: str) -> str:
    """Return the policy of a page; `form_targets`: origins of gateways its forms lead to."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",
            "font-src 'self'",
            "connect-src 'self'",
            " ".join(("form-action 'self'", *form_targets)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            "manifest-src 'self'",
            "report-uri /csp-report",
        )
    )


PAGE_POLICY = page_policy()


def as_file(response: Response) -> Response:
    """Set the policy of files (evidence, documents), which forbids scripts."""
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def forgets_files() -> bool:
    """Whether this browser deletes what it cached once Clear-Site-Data says so: over https or here; Firefox does not, of Safari only the latest."""
    safe = current_app.extensions["kaoji"].secure or request.host.partition(":")[0] in ("localhost", "127.0.0.1")
    browser = request.headers.get("User-Agent", "")
    return safe and "Firefox/" not in browser and ("Chrome/" in browser or "Safari/" not in browser)


def forget_files(response: _Answer) -> _Answer:
    """Have the browser delete the pictures that a reviewer's pages cached, as their session is over."""
    response.headers["Clear-Site-Data"] = CACHE
    return response


def fixed_headers(secure: bool) -> list[tuple[str, str]]:
    """Return the headers equal on every response; `secure`: https."""
    return [
        *HEADERS.items(),
        *([("Strict-Transport-Security", "max-age=31536000; includeSubDomains")] if secure else []),
    ]


def init_app(app: Flask) -> None:
    """Add the headers to every response; the fixed ones are built once."""
    fixed = fixed_headers(app.extensions["kaoji"].secure)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(fixed)
        add_policies(response)
        return response


def add_policies(response: Response) -> None:
    """Set policy and caching; the view's own policy stays, uploaded pictures get FILE_POLICY."""
    headers, static = response.headers, request.endpoint == "static"
    picture = not static and headers.get("Content-Type", "").startswith("image/")
    headers.setdefault("Content-Security-Policy", FILE_POLICY if picture else PAGE_POLICY)
    if response.status_code in (429, 503):
        headers.setdefault("Retry-After", LATER)  # where nothing better is known
    if static and response.status_code in (200, 304):
        # the address contains the file's hash
        headers["Cache-Control"] = FOREVER if request.args.get("v") else "no-cache"
    elif "Cache-Control" in headers and response.cache_control.private:
        response.vary.update(("Cookie",))  # evidence a reviewer's browser may cache
    else:
        headers["Cache-Control"] = "no-store"
        if "Vary" in headers:
            response.vary.update(("Cookie", "HX-Request"))
        else:
            headers["Vary"] = "Cookie, HX-Request"
