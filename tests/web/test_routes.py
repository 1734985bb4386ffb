"""Every address with its methods and who may enter, as a page that is read in review.

After a deliberate change: `python -m tests.web.test_routes` writes routes.txt anew.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from flask import Flask

from app.security.allow import policy_of

LISTED = Path(__file__).with_name("routes.txt")


def routes(app: Flask) -> str:
    """One line a route: methods, address, kinds of sessions that may enter, and roles where only some may."""
    lines = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        policy = policy_of(app, rule.endpoint)
        assert policy is not None
        methods = ",".join(sorted(set(rule.methods or ()) - {"HEAD", "OPTIONS"}))
        roles = f" ({', '.join(sorted(policy.roles))})" if policy.roles else ""
        lines.append(f"{rule!s:<52} {methods:<8} {', '.join(policy.kinds)}{roles}")
    return "\n".join(sorted(lines)) + "\n"


def test_the_list_of_routes_is_current(site: Flask) -> None:
    assert routes(site) == LISTED.read_text(encoding="utf-8")


if __name__ == "__main__":
    from app import create_app
    from app.config import REAL, load, stamp_instance

    with tempfile.TemporaryDirectory() as folder:
        stamp_instance(Path(folder), REAL)
        LISTED.write_text(routes(create_app(load(Path(folder), {}))), encoding="utf-8")
