"""Whoever is refused for now is told when to come again, at every address."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from app.security.throttle import TooOften
from tests.web.matrix import rules
from tests.web.matrix_map import World
from tests.web.odd.every_field import someone, wrapping


@pytest.mark.parametrize("refusal", [TooOften("请稍候"), TooManyRequests(), ServiceUnavailable()])
def test_every_429_and_503_says_when_to_come_again(odd_world: World, refusal: Exception) -> None:
    silent = []
    for rule, method, policy in rules(odd_world.app):
        for who in someone(policy)[-1:] if method == "GET" and not rule.arguments else ():
            with pytest.MonkeyPatch.context() as patch:
                wrapping(patch, odd_world.app, rule.endpoint, refusal)
                answer = odd_world.browsers[who].get(str(rule))
            if answer.status_code not in (429, 503) or not answer.headers.get("Retry-After", "").isdecimal():
                silent.append(f"{who} {rule}: {answer.status_code} {answer.headers.get('Retry-After')}")
    assert silent == []
