"""Access control, rate limits and response headers; `install` registers them in order."""

from flask import Flask


def install(app: Flask) -> None:
    """Register the hooks once all routes exist. Raises RuntimeError for a route without a policy."""
    from app.security import allow, csp, csrf, hosts, limits, sessions

    sessions.init_app(app)
    csp.init_app(app)
    # order: host and size before parsing the form, origin from headers alone, then the person, then the token
    app.before_request(hosts.refuse_foreign)
    app.before_request(limits.set_limit)
    app.before_request(csrf.check_origin)
    app.before_request(allow.enforce)
    app.before_request(csrf.check_token)
    csrf.init_app(app)
    allow.check_routes(app)
