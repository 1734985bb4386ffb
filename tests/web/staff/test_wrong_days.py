"""A filter by days that is wrong lists nothing and says why at its field, with what was typed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.actions.payments.orders import open_order
from tests import builders
from tests.builders import csrf_of
from tests.reviewing import PAYING, Desk, approved, myself

TEMPLATES = Path(__file__).parents[3] / "templates"
LISTS = {
    "/staff/orders": "staff/money/_filters.html",
    "/staff/orders/due": "staff/money/_filters.html",
    "/admin/audit": "admin/audit.html",
}
EXPORTS = ("applications", "graduates", "orders", "unpaid", "audit")
WRONG = (
    ({"since": "2026-13-40"}, "since"),
    ({"until": "昨天"}, "until"),
    ({"since": "20261127"}, "since"),
    ({"since": "0001-01-01"}, "since"),
    ({"since": "2026-12-02", "until": "2026-12-01"}, "until"),
)


@pytest.fixture
def desk(app, client) -> Desk:
    found = approved()
    open_order(found.public_id, by=myself(found), on=PAYING)
    approved()
    builders.sign_in(client, person=builders.staff("admin"))
    return found


def said_at(page: str, field: str) -> bool:
    return bool(re.search(rf'id="{field}-error"[^>]*><span[^>]*>错误：</span>\s*[^<]*(日期应写成|应不早于)', page))


def given_back(page: str, typed: dict[str, str]) -> bool:
    """In an input that shows it: a browser's date picker shows nothing but a day."""
    fields = {name: re.search(rf'<input id="{name}"[^>]*type="(\w+)" value="([^"]*)"', page) for name in typed}
    day = re.compile(r"\d{4}-(0\d|1[0-2])-\d\d")
    return all(
        fields[name][2] == text and fields[name][1] == ("date" if day.fullmatch(text) else "text")
        for name, text in typed.items()
    )


def test_these_are_all_lists_with_such_a_filter():
    forms = re.compile(r'<form[^>]*method="get".*?</form>', re.DOTALL)
    found = {
        str(path.relative_to(TEMPLATES))
        for path in TEMPLATES.rglob("*.html")
        if any("f.date(" in form for form in forms.findall(path.read_text(encoding="utf-8")))
    }
    assert found == set(LISTS.values())


def test_a_list_with_a_wrong_day_lists_nothing(client, desk):
    for address in LISTS:
        assert desk.ticket.number in client.get(address).text
        for typed, field in WRONG:
            page = client.get(address, query_string=typed).text
            assert said_at(page, field)
            assert given_back(page, typed)
            assert "没有列出" in page
            assert "<tbody>" not in page
            assert 'class="totals"' not in page
            assert 'rel="next"' not in page
            assert "/staff/exports/" not in page  # the file would hold what was not asked for


@pytest.mark.parametrize(("typed", "field"), WRONG)
def test_an_export_with_a_wrong_day_says_so_and_gives_no_file(client, desk, typed, field):
    for kind in EXPORTS:
        address = f"/staff/exports/{kind}"
        page = client.get(address, query_string=typed).text
        assert said_at(page, field)
        assert given_back(page, typed)
        answer = client.post(address, data={"csrf_token": csrf_of(page), "file": "csv", "reason": "核查", **typed})
        assert answer.status_code == 422
        assert said_at(answer.text, field)


def test_the_queue_lists_nothing_for_such_days_of_a_figure(client, desk):
    assert desk.ticket.number in client.get("/staff/applications?state=all").text
    for typed, _ in WRONG:
        page = client.get("/staff/applications", query_string={"state": "all", **typed}).text
        assert desk.ticket.number not in page
        assert re.search("提交日期 [^<]*(日期应写成|应不早于)", page)


def test_a_draw_from_such_days_is_not_made(client, desk):
    page = client.get("/staff/spot-checks")
    given = {"window": str(desk.window.id), "stage": "office_review", "way": "number", "amount": "1"}
    for typed, field in WRONG:
        answer = client.post("/staff/spot-checks", data={"csrf_token": csrf_of(page.text), **given, **typed})
        assert answer.status_code == 422
        assert said_at(answer.text, field)
        assert given_back(answer.text, typed)
