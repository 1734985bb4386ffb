"""Deny by default: every route says who may enter."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.security.allow import allow, check_routes
from tests.builders import sign_in
from tests.signing import on_staff


def test_every_route_of_the_site_has_a_policy(site: Flask) -> None:
    check_routes(site)


def test_a_route_without_a_policy_stops_the_start(site: Flask) -> None:
    site._got_first_request = False
    site.add_url_rule("/forgotten", view_func=lambda: "open")
    with pytest.raises(RuntimeError, match="/forgotten"):
        check_routes(site)


def test_a_route_without_a_policy_is_denied_even_if_it_slipped_in(site: Flask, browser: FlaskClient) -> None:
    site.add_url_rule("/forgotten", view_func=lambda: "open")
    assert browser.get("/forgotten").status_code == 403


def test_a_role_that_is_not_named_is_refused(site: Flask, browser: FlaskClient) -> None:
    def money() -> str:
        return "money"

    site.add_url_rule("/only-finance", view_func=allow("staff", roles=("finance",))(money))
    person, finance = on_staff(site, "admin"), on_staff(site, "finance")
    with site.app_context():
        sign_in(browser, person=person)
        assert browser.get("/only-finance").status_code == 403
        other = site.test_client()
        sign_in(other, person=finance)
    assert other.get("/only-finance").text == "money"
    assert site.test_client().get("/only-finance").location.startswith("/staff/login")


@pytest.mark.parametrize(
    ("kinds", "roles"), [((), ()), (("everybody",), ()), (("staff",), ("boss",)), (("examinee",), ("admin",))]
)
def test_a_policy_that_makes_no_sense_is_refused(kinds: tuple[str, ...], roles: tuple[str, ...]) -> None:
    with pytest.raises(ValueError):
        allow(*kinds, roles=roles)


def test_anonymous_visitors_see_only_public_pages(site: Flask, browser: FlaskClient) -> None:
    for rule in site.url_map.iter_rules():
        if rule.endpoint == "static" or "GET" not in (rule.methods or ()):
            continue
        policy = site.view_functions[rule.endpoint].kaoji_policy
        if "public" not in policy.kinds:
            path = rule.rule
            for argument in rule.arguments:
                path = path.replace(f"<int:{argument}>", "1").replace(f"<{argument}>", "1")
            answer = browser.get(path)
            assert answer.status_code == 303, rule
            assert "/login" in answer.location, rule
