"""The catalogue of reasons on the file: offered line by line, filled in, changed before it is sent, counted afterwards."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from wtforms import Form

from app.extensions import db
from app.models import Finding, ReturnReason
from app.models.base import transaction
from app.rules.evidence.kinds import SLOT_BY_KEY
from app.rules.review.lifecycle import State
from app.rules.review.reasons import BLANK
from app.services.graduation import GRADUATION
from app.services.graduation.reasons import PLACES
from app.wizard.step import names_of
from tests import builders
from tests.reviewing import LATER, fields, missing_course, submitted, url

NUMBER, ASSESSMENT = "prior_degree.diploma_number", "scores.assessment"


def options(page: str, item: str) -> dict[str, tuple[str, str]]:
    """Label -> id and the words that would be written, as the page offers them for an item."""
    found = re.search(rf'<select id="cause\.{re.escape(item)}".*?</select>', page, re.S)
    assert found, item
    each = re.findall(r'<option value="(\d+)" data-text="([^"]*)"[^>]*>\d+ ([^<]*)</option>', found[0])
    return {html.unescape(label): (ident, html.unescape(text)) for ident, text, label in each}


def written(page: str, item: str) -> str:
    """What stands in the field of an item's reason."""
    found = re.search(rf'<textarea id="reason\.{re.escape(item)}".*?>\n(.*?)</textarea>', page, re.S)
    assert found, item
    return html.unescape(found[1])


def store(**over: Any) -> ReturnReason:
    given = {"label": "自定", "text": "文字", "places": [], "position": 999, **over}
    return builders.store(ReturnReason(**given))


@pytest.fixture
def reviewer(client, app) -> Any:
    person = builders.staff(name="周明")
    builders.sign_in(client, person=person)
    return person


def test_each_item_is_offered_its_own_reasons_in_order(client, reviewer):
    page = client.get(url(submitted())).text
    assert next(iter(options(page, NUMBER))) == "证书编号与照片不一致"
    assert "总学分不足" not in options(page, NUMBER)
    assert "总学分不足" in options(page, ASSESSMENT)
    assert list(options(page, "profile.phone")) == ["填写有误"]


def test_course_and_credits_of_the_line_are_filled_in(client, reviewer):
    course = missing_course()
    short = submitted(without=(course,))
    offered = options(client.get(url(short)).text, ASSESSMENT)
    assert offered["课程没有合格成绩"][1].startswith(f"课程【{course} ")
    assert re.fullmatch(r"总学分不足，已修 [\d.]+ / 要求 [\d.]+", offered["总学分不足"][1])


def test_a_chosen_reason_is_written_out_without_script_and_kept_with_its_line(client, reviewer):
    desk = submitted()
    ident, text = options(client.get(url(desk)).text, NUMBER)["证书编号与照片不一致"]
    given = {f"verdict.{NUMBER}": "return", f"cause.{NUMBER}": ident, f"reason.{NUMBER}": ""}
    assert client.post(url(desk), data=fields(client, desk, decision="return", **given)).status_code == 303
    found = db.session.scalars(select(Finding)).one()
    assert (found.reason, found.cause_id) == (text, int(ident))
    assert db.session.get_one(ReturnReason, int(ident)).used


def test_what_is_sent_is_what_the_reviewer_made_of_it(client, reviewer):
    desk = submitted()
    ident, text = options(client.get(url(desk)).text, NUMBER)["证书编号与照片不一致"]
    given = {f"verdict.{NUMBER}": "return", f"cause.{NUMBER}": ident, f"reason.{NUMBER}": f"{text}，末四位应为 1243"}
    client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert db.session.scalars(select(Finding)).one().reason == "证书编号与证书照片不一致，末四位应为 1243"
    with transaction() as session:
        session.get_one(ReturnReason, int(ident)).text = "别的文字"
    assert db.session.scalars(select(Finding)).one().reason == "证书编号与证书照片不一致，末四位应为 1243"


def test_a_blank_that_nobody_filled_in_is_not_sent_and_stands_in_the_field(client, reviewer):
    desk = submitted()  # nothing is missing, so there is no course to fill in
    ident, text = options(client.get(url(desk)).text, ASSESSMENT)["课程没有合格成绩"]
    assert BLANK in text
    given = {f"verdict.{ASSESSMENT}": "return", f"cause.{ASSESSMENT}": ident, f"reason.{ASSESSMENT}": ""}
    answer = client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert answer.status_code == 422
    assert f'href="#reason.{ASSESSMENT}"' in answer.text
    assert written(answer.text, ASSESSMENT) == text
    assert re.search(rf'<option value="{ident}"[^>]* selected', answer.text)
    assert desk.row.state == State.SCHOOL_REVIEW


def test_a_saved_choice_is_there_again(client, reviewer):
    desk = submitted()
    ident, text = options(client.get(url(desk)).text, NUMBER)["证书编号与照片不一致"]
    given = {f"verdict.{NUMBER}": "return", f"cause.{NUMBER}": ident, f"reason.{NUMBER}": ""}
    client.post(url(desk), data=fields(client, desk, decision="save", **given))
    page = client.get(url(desk)).text
    assert re.search(rf'<option value="{ident}"[^>]* selected', page)
    assert written(page, NUMBER) == text


@pytest.mark.parametrize("cause", ["99999", "x", "-1", "١", "9" * 30])
def test_a_line_that_is_not_in_the_catalogue_is_dropped_and_the_words_are_kept(client, reviewer, cause):
    desk = submitted()
    given = {f"verdict.{NUMBER}": "return", f"cause.{NUMBER}": cause, f"reason.{NUMBER}": "末四位不符"}
    assert client.post(url(desk), data=fields(client, desk, decision="return", **given)).status_code == 303
    found = db.session.scalars(select(Finding)).one()
    assert (found.reason, found.cause_id) == ("末四位不符", None)


def test_a_retired_line_and_another_schools_are_not_offered_and_not_taken(client, reviewer):
    store(label="停用的", active=False)
    own, foreign = store(label="本校的", school_code="10574"), store(label="别校的", school_code="10002")
    desk = submitted(on=LATER)
    offered = options(client.get(url(desk)).text, NUMBER)
    assert "本校的" in offered
    assert not {"停用的", "别校的"} & set(offered)
    given = {f"verdict.{NUMBER}": "return", f"cause.{NUMBER}": str(foreign.id), f"reason.{NUMBER}": "借用"}
    client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert db.session.scalars(select(Finding)).one().cause_id is None
    assert not builders.refresh(foreign).used
    assert not builders.refresh(own).used


def test_a_decision_under_undo_keeps_the_line_until_it_takes_effect(client, app, reviewer):
    desk = submitted()
    ident, _ = options(client.get(url(desk)).text, NUMBER)["证书编号与照片不一致"]
    given = {f"verdict.{NUMBER}": "return", f"cause.{NUMBER}": ident, "undo": "1"}
    client.post(url(desk), data=fields(client, desk, decision="return", **given))
    assert desk.row.state == State.SCHOOL_REVIEW
    app.clock.now = builders.NOW + timedelta(minutes=6)
    client.get("/staff/applications")
    client.get(url(desk))
    assert desk.row.state == State.RETURNED
    assert db.session.scalars(select(Finding)).one().cause_id == int(ident)


def test_the_office_is_offered_the_common_lines_only(client, app):
    store(label="本校的", school_code="10574")
    desk = submitted()
    desk.decide("pass", builders.staff())
    builders.sign_in(client, person=builders.staff("office_reviewer"))
    offered = options(client.get(url(desk)).text, NUMBER)
    assert "证书编号与照片不一致" in offered
    assert "本校的" not in offered


def test_the_places_of_the_catalogue_are_the_items_of_the_file(client, reviewer):
    """Every item that a file shows can be named in the catalogue, in the file's own words."""
    rows = dict(re.findall(r'id="label-([\w.]+)">([^<]+)<', client.get(url(submitted())).text))
    known = {key: label for _, _, items in PLACES for key, label in items}
    assert len(rows) > 20
    assert {key: label for key, label in rows.items() if known.get(key) != label} == {"notice.read_at": "考生须知"}
    for key in set(known) - set(rows):  # of other windows and other papers
        step, _, name = key.partition(".")
        found = GRADUATION.step(step.replace("_", "-"))
        assert found is not None, key
        assert name in {"portrait", "extra_option", "missing_reason", *names_of(found.form or Form)} | set(
            SLOT_BY_KEY
        ), key
