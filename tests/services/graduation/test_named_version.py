"""A roster with a plan version of its own is offered no other one without a word."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from app.actions.records.forecast import Wanted, forecast
from app.extensions import db
from app.models import PlanRow
from app.rules.calendar import today
from app.rules.plans.named_version import NOT_HERE, NamedVersion, another_chosen, none_offered
from app.rules.plans.plan import to_json
from tests import builders as build

NEW = "050101.10574.2024"


def steps(client: FlaskClient, named: str, chosen: str) -> Any:
    """Pages of somebody for whom the roster names a version and who chose a plan."""
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee(), plan_version=named)
    build.scores(tick, build.all_passed(plan))
    answers = build.answers()
    answers["scores"] = {**answers["scores"], "major": chosen}
    row = build.application(tick, build.window(), answers=answers, reached="confirm", at_step="confirm")
    build.sign_in(client, tick=tick)
    return lambda page: client.get(f"/applications/{row.public_id}/{page}").text


def test_the_named_version_is_chosen_without_a_word(client, app):
    page = steps(client, "2024", NEW)
    assert "考籍登记的" not in page("scores") + page("confirm") + client.get("/forecast").text


def test_a_version_that_does_not_exist_here_is_said_on_every_page(client, app):
    page = steps(client, "2019", NEW)
    words = f"考籍登记的计划版本是 2019 版，这里是 2024 版，课程要求可能不同。登记的版本不能选：{NOT_HERE}。"
    for text in (page("scores"), client.get(f"/forecast?major={NEW}").text, page("confirm")):
        assert words in text
    assert "（考籍登记的是 2019 版）" in page("confirm")
    line = client.get("/forecast/line", headers={"HX-Request": "true"}).text
    assert "按 2024 版计划（考籍登记的是 2019 版）" in line


def test_before_anything_is_chosen_it_is_said_too(client, app):
    assert "考籍登记的计划版本是 2019 版，不能选" in steps(client, "2019", "")("scores")


def test_the_forecast_opens_on_no_other_major_than_the_declared_one(client, app):
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee(), major_code="630201", plan_version="2019")
    build.scores(tick, build.all_passed(plan))
    build.sign_in(client, tick=tick)
    page = client.get("/forecast").text
    assert "考籍登记的计划版本是 2019 版，不能选" in page
    assert 'id="answer"' not in page
    assert client.get("/forecast/line", headers={"HX-Request": "true"}).text == "选择专业，逐门核对"


def test_a_declared_major_without_a_plan_is_said_before_anything_is_chosen(client, app):
    build.school()
    tick = build.ticket(build.examinee(), major_code="630201", plan_version="")
    build.scores(tick, build.all_passed(build.plan()))
    build.sign_in(client, tick=tick)
    assert "考籍登记的专业是 630201，它的计划现在不能选" in client.get("/forecast").text


def test_the_list_of_the_forecast_says_which_plan_the_roster_names(app):
    build.school()
    plan = build.plan()
    for number, given in (("1", {"plan_version": "2019"}), ("2", {"major_code": "630201"}), ("3", {})):
        tick = build.ticket(build.examinee(), number=f"01012610100{number}", **given)
        build.scores(tick, build.all_passed(plan))
    with app.app_context():
        notes = {line.ticket[-1]: line.note for line in forecast(db.session(), Wanted(), today(build.NOW))}
    assert notes["1"] == "考籍登记的是 050101 2019 版"
    assert notes["2"].startswith("考籍登记的是 630201")
    assert notes["3"] == ""


def test_a_named_version_that_can_be_chosen_is_recommended():
    named = NamedVersion("050101", "2018")
    assert "请选 2018 版" in another_chosen(named, "050101", "2024")
    assert another_chosen(named, "080901", "2024") == ""
    assert none_offered(named) == ""


def test_who_chose_another_version_than_the_named_one_that_is_offered_too_is_told_on_every_page(client, app):
    page = steps(client, "2018", NEW)
    older = replace(build.plan_of("050101/2024"), version="2018")
    keys = ("major_code", "school_code", "version", "name", "level", "starts_on", "ends_on")
    values = {name: getattr(older, name) for name in keys}
    build.store(PlanRow(**values, body=to_json(older), imported_at=build.NOW + timedelta(minutes=1)))
    words = "考籍登记的计划版本是 2018 版，这里是 2024 版，课程要求可能不同。主考学校没有让你换版本的，请选 2018 版"
    for text in (page("scores"), page("confirm"), client.get(f"/forecast?major={NEW}").text):
        assert words in text
    assert "（考籍登记的是 2018 版）" in page("confirm")
