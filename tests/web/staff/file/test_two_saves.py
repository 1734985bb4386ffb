"""Two pages save the same file: the later one gets both texts and overwrites nothing, by 暂存, 记下 and decision alike."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.extensions import db
from app.models import Finding, Review
from tests import builders
from tests.reviewing import fields, submitted, url

DIPLOMA, PHONE = "prior_degree.diploma_number", "profile.phone"


@pytest.fixture
def desk(client, app):
    builders.sign_in(client, person=builders.staff(name="周明"))
    return submitted()


def stored() -> tuple[str, dict[str, tuple[str, str]]]:
    review = db.session.scalars(select(Review).execution_options(populate_existing=True)).one()
    rows = db.session.scalars(select(Finding).where(Finding.review_id == review.id))
    return review.message, {row.item: (row.verdict, row.reason) for row in rows}


def saves(client: Any, desk: Any, page: dict[str, str], decision: str = "save", **typed: str) -> Any:
    return client.post(url(desk), data={**page, "decision": decision, **typed})


FIRST = {f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "末四位应为 1243", "message": "请核对编号"}
SECOND = {f"verdict.{DIPLOMA}": "ok", f"verdict.{PHONE}": "ok", "message": "已电话核实"}


@pytest.mark.parametrize("decision", ["save", "save_next", "note", "pass", "return", "reject"])
def test_the_later_of_two_saves_gets_both_texts_and_overwrites_nothing(client, desk, decision):
    one, two = fields(client, desk), fields(client, desk)  # two tabs, opened before either saved
    assert saves(client, desk, one, **FIRST).status_code == 303
    before = stored()
    answer = saves(client, desk, two, decision, note="电话未接", **SECOND)
    assert answer.status_code == 409
    assert stored() == before == ("请核对编号", {DIPLOMA: ("return", "末四位应为 1243")})
    assert desk.row.state == "school_review"
    both = answer.text.partition('id="both"')[2].partition("</section>")[0]
    for text in ("请核对编号", "已电话核实", "退回：末四位应为 1243", "通过", "毕业证书编号", "手机号码"):
        assert text in both, text
    assert "电话未接" in answer.text  # the note is not lost either
    assert "已电话核实</textarea>" in answer.text  # nor is what was typed
    assert DIPLOMA not in both  # no raw names


def test_saved_again_knowingly_the_later_text_counts(client, desk):
    one, two = fields(client, desk), fields(client, desk)
    saves(client, desk, one, **FIRST)
    refused = saves(client, desk, two, **SECOND)
    again = {**two, "saved": refused.text.partition('name="saved" value="')[2].partition('"')[0]}
    assert saves(client, desk, again, **SECOND).status_code == 303
    assert stored() == ("已电话核实", {DIPLOMA: ("ok", ""), PHONE: ("ok", "")})


def test_the_same_save_twice_is_no_conflict(client, desk):
    page = fields(client, desk)
    half = {f"verdict.{PHONE}": "return", f"reason.{PHONE}": ""}  # a return without its reason is not stored yet
    for _ in range(2):
        assert saves(client, desk, page, **FIRST, **half).status_code == 303
    assert saves(client, desk, fields(client, desk), **SECOND).status_code == 303  # nor is one after the other


def test_another_reviewers_save_is_not_overwritten_either(client, app, desk):
    other = app.test_client()
    builders.sign_in(other, person=builders.staff(name="王丽"))
    mine = fields(client, desk)
    client.post(f"{url(desk)}/desk", data={"csrf_token": mine["csrf_token"], "act": "release"})
    theirs = fields(other, desk)
    assert saves(other, desk, theirs, **FIRST).status_code == 303
    other.post(f"{url(desk)}/desk", data={"csrf_token": theirs["csrf_token"], "act": "release"})
    answer = saves(client, desk, mine, **SECOND)
    assert answer.status_code == 409
    assert "请核对编号" in answer.text
    assert stored()[0] == "请核对编号"


def test_what_differs_stands_in_the_order_of_the_file_and_the_rest_in_one_line(client, desk):
    one, two = fields(client, desk), fields(client, desk)
    first = {f"verdict.{each}": "return" for each in (PHONE, DIPLOMA)}
    reasons = {f"reason.{each}": "看不清" for each in (DIPLOMA, PHONE)}
    assert saves(client, desk, one, **reasons, **first).status_code == 303
    answer = saves(
        client,
        desk,
        two,
        rest="1",
        message="已电话核实",
        **{f"verdict.{DIPLOMA}": "return", f"reason.{DIPLOMA}": "末四位不符"},
    )
    both = answer.text.partition('id="both"')[2].partition("</section>")[0]
    shown = re.findall("<dt>(.*?)</dt>", both)
    labels = desk.submission.content.labels
    rest = [label for key, label in labels.items() if key not in (PHONE, DIPLOMA)]
    assert shown == [labels[PHONE], labels[DIPLOMA], "审核意见", f"只有你标为通过的 {len(rest)} 项"]
    assert "通过：" + "、".join(rest) in both


def test_a_stale_page_of_a_file_put_aside_is_told_that_first(client, desk):
    """There is no 暂存 to press again: what stands in the way comes before what differs."""
    builders.staff("school_lead", school_code="10574")
    one, two = fields(client, desk), fields(client, desk)
    question = {"question": "能否认可？", "asked": "lead"}
    assert saves(client, desk, one, "ask", **FIRST, **question).status_code == 303
    for decision in ("pass", "save", "ask"):
        answer = saves(client, desk, two, decision, **SECOND, **question)
        assert answer.status_code == 409
        assert answer.text.index("这一件正在请示，还没有答复") < answer.text.index("已电话核实")
        assert "再按一次" not in answer.text
