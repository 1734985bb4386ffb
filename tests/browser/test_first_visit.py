"""What a phone's first visit costs: the sign-in page, then home after signing in, nothing cached, no proxy in front."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Request

from tests.browser.conftest import PHONE, Live, Visitor
from tests.browser.season import open_season, sign_in

MOST_BYTES = 60 * 1024  # bodies as they were sent, and the answers' headers
MOST_REQUESTS = 16


def test_a_phones_first_visit_is_small(live: Live, visit: Callable[..., Visitor]) -> None:
    """With -s it tells what each request cost."""
    visitor = visit(PHONE)
    done: list[Request] = []
    visitor.page.on("requestfinished", lambda request: done.append(request))
    sign_in(visitor, open_season(live.app).examinee())
    visitor.page.wait_for_load_state("networkidle")
    cost = {}
    for request in done:
        sizes = request.sizes()
        cost[request] = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        print(f"{cost[request]:7} {sizes} {request.method} {request.url.removeprefix(visitor.url)}")
    print(f"{sum(cost.values()):7} bytes in {len(cost)} requests")
    assert sum(cost.values()) <= MOST_BYTES
    assert len(cost) <= MOST_REQUESTS
