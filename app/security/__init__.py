"""Who may do what, how often, and what every answer carries. One idea a module; `install` puts them in order."""

from flask import Flask


def install(app: Flask) -> None:
    """Wire everything into an application whose routes are all registered; refuses routes without a policy."""
    from app.security import allow, csp, csrf, hosts, limits, sessions

    sessions.init_app(app)
    csp.init_app(app)
    # the order matters: host and size before anything reads the form, origin by headers alone, then who, then the token
    app.before_request(hosts.refuse_foreign)
    app.before_request(limits.set_limit)
    app.before_request(csrf.check_origin)
    app.before_request(allow.enforce)
    app.before_request(csrf.check_token)
    csrf.init_app(app)
    allow.check_routes(app)
