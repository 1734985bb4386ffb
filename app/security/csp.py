"""The headers that every response carries, errors and files included (security.md §5)."""

from __future__ import annotations

from flask import Flask, Response, request

FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
FOREVER = "public, max-age=31536000, immutable"


def page_policy(*form_targets: str) -> str:
    """The policy of a page; `form_targets` are the origins of gateways that a form of this page may lead to."""
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
    """Mark a response as somebody's file (evidence, a document): nothing in it may run."""
    response.headers["Content-Security-Policy"] = FILE_POLICY
    return response


def fixed_headers(secure: bool) -> list[tuple[str, str]]:
    """What does not change from answer to answer; `secure`: people come by https."""
    return [
        *HEADERS.items(),
        *([("Strict-Transport-Security", "max-age=31536000; includeSubDomains")] if secure else []),
    ]


def init_app(app: Flask) -> None:
    """Every answer of this site carries them; what does not change is put together once."""
    fixed = fixed_headers(app.extensions["kaoji"].secure)

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.extend(fixed)
        add_policies(response)
        return response


def add_policies(response: Response) -> None:
    """A policy that the view set itself stays; a picture that somebody uploaded gets the one of files."""
    headers, static = response.headers, request.endpoint == "static"
    picture = not static and headers.get("Content-Type", "").startswith("image/")
    headers.setdefault("Content-Security-Policy", FILE_POLICY if picture else PAGE_POLICY)
    if static and response.status_code in (200, 304):
        # the address carries the file's hash, so what is behind it never changes
        headers["Cache-Control"] = FOREVER if request.args.get("v") else "no-cache"
    elif "Cache-Control" in headers and response.cache_control.private:
        response.vary.update(("Cookie",))  # evidence that a reviewer's own browser may keep for a while
    else:
        headers["Cache-Control"] = "no-store"
        if "Vary" in headers:
            response.vary.update(("Cookie", "HX-Request"))
        else:
            headers["Vary"] = "Cookie, HX-Request"
