"""The export pages and the administrator's pages of certificate numbers and missing characters."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from app.models import AuditEvent, ExportColumns, PlanRow
from app.models.base import transaction
from tests import builders as build
from tests import reviewing
from tests.builders import csrf_of


def post(client: FlaskClient, url: str, **fields: Any) -> Any:
    return client.post(url, data={"csrf_token": csrf_of(client.get(url).text), "reason": "报考办备案", **fields})


@pytest.fixture
def case(app: Any) -> reviewing.Desk:
    return reviewing.approved()


def test_a_reviewer_chooses_columns_and_finds_them_chosen_again(client: FlaskClient, case: reviewing.Desk) -> None:
    person = build.staff()
    build.sign_in(client, person=person)
    answer = post(client, "/staff/exports/applications", file="csv", columns=["name", "ticket"], reason="核对")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/csv")
    assert "no-store" in answer.headers["Cache-Control"]
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    said = rows[1][2]
    assert rows == [["准考证号", "姓名", "导出说明"], [case.ticket.number, case.person.name, said]]
    assert said.startswith(
        f"导出人：{person.name}"
    )  # on each row: what reads a table finds the other columns as they were
    assert "用途：核对" in said
    assert ExportColumns.query.filter_by(staff_id=person.id, kind="applications").one().columns == ["ticket", "name"]
    page = client.get("/staff/exports/applications").text
    assert page.count(" checked") == 3  # two columns and the kind of file


def test_columns_are_kept_under_a_name_chosen_again_and_forgotten(client: FlaskClient, case: reviewing.Desk) -> None:
    build.sign_in(client, person=build.staff())
    page = "/staff/exports/applications?since=2026-01-01"
    token = csrf_of(client.get(page).text)
    chosen = {"csrf_token": token, "since": "2026-01-01", "columns": ["ticket", "phone"]}
    refused = client.post("/staff/exports/applications/columns", data={**chosen, "set_name": " "})
    assert refused.status_code == 422
    assert "请给这组列起个名字" in refused.text
    answer = client.post("/staff/exports/applications/columns", data={**chosen, "set_name": "打<b>电话"})
    assert answer.status_code == 303
    post(client, "/staff/exports/applications", file="csv", columns=["name"])  # another last choice
    named = client.get(answer.location).text
    assert "打&lt;b&gt;电话" in named
    assert 'value="2026-01-01"' in named
    assert [key for key in ("ticket", "phone", "name") if f'value="{key}" checked' in named] == ["ticket", "phone"]
    kept = ExportColumns.query.filter(ExportColumns.name != "").one().id
    gone = client.post("/staff/exports/applications/columns", data={**chosen, "drop": kept})
    assert (gone.status_code, "set=" in gone.location, "since=2026-01-01" in gone.location) == (303, False, True)
    again = client.post("/staff/exports/applications/columns", data={**chosen, "drop": kept})
    assert again.status_code == 404


@pytest.mark.parametrize("reason", ["", " ", "长" * 101])
def test_nobody_takes_a_list_without_saying_what_for(client: FlaskClient, case: reviewing.Desk, reason: str) -> None:
    build.sign_in(client, person=build.staff())
    answer = post(client, "/staff/exports/applications", reason=reason)
    assert answer.status_code == 422
    assert "用途" in answer.text.split('id="reason-error"')[1][:120]
    assert AuditEvent.query.filter_by(action="export.applications").count() == 0
    post(client, "/staff/exports/applications")
    assert AuditEvent.query.filter_by(action="export.applications").one().detail["reason"] == "报考办备案"


def test_the_queue_and_the_orders_lead_to_the_export_with_their_filters(
    client: FlaskClient, case: reviewing.Desk
) -> None:
    build.sign_in(client, person=build.staff("office_reviewer"))
    page = client.get("/staff/applications?state=approved").text
    assert "/staff/exports/applications?state=approved" in page
    assert '<option value="approved" selected>' in client.get("/staff/exports/applications?state=approved").text
    assert "/staff/exports/orders" in client.get("/staff/orders").text


def test_registers_of_many_come_as_one_file(client: FlaskClient, case: reviewing.Desk) -> None:
    reviewing.approved(name="第二人")
    build.sign_in(client, person=build.staff())
    answer = post(client, "/staff/exports/graduates", file="pdf", reason="归档")
    assert answer.content_type == "application/pdf"
    assert len(PdfReader(io.BytesIO(answer.data)).pages) == 4
    assert AuditEvent.query.filter_by(action="export.graduates").one().detail["count"] == 2


def test_too_many_registers_for_the_page_are_told_to_the_command(
    client: FlaskClient, case: reviewing.Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.staff.exports.views.FORMS_MOST", 0)
    build.sign_in(client, person=build.staff())
    answer = post(client, "/staff/exports/graduates", file="pdf", reason="归档")
    assert answer.status_code == 422
    assert "kaoji export graduates" in answer.text


def test_a_filter_that_makes_no_sense_is_told_at_its_field(client: FlaskClient, case: reviewing.Desk) -> None:
    build.sign_in(client, person=build.staff())
    answer = post(client, "/staff/exports/applications", since="2026-13-01", reason="核对")
    assert answer.status_code == 422
    assert "2026-12-01" in answer.text


def test_nothing_to_print_is_told(client: FlaskClient, app: Any) -> None:
    build.sign_in(client, person=build.staff())
    answer = post(client, "/staff/exports/graduates", file="pdf", reason="归档")
    assert answer.status_code == 422
    assert "没有符合条件的登记表" in answer.text


@pytest.mark.parametrize(
    ("role", "kind", "status"),
    [
        ("finance", "applications", 403),
        ("finance", "graduates", 403),
        ("finance", "orders", 200),
        ("finance", "audit", 403),
        ("school_reviewer", "audit", 403),
        ("school_reviewer", "orders", 200),
        ("office_reviewer", "audit", 403),
        ("admin", "audit", 200),
        ("admin", "nothing", 404),
    ],
)
def test_each_role_sees_its_exports(client: FlaskClient, app: Any, role: str, kind: str, status: int) -> None:
    build.sign_in(client, person=build.staff(role))
    assert client.get(f"/staff/exports/{kind}").status_code == status
    page = client.get("/staff").text
    answer = client.post(f"/staff/exports/{kind}", data={"csrf_token": csrf_of(page), "reason": "备案"})
    assert answer.status_code == status


def test_the_administrator_switches_numbers_on_numbers_and_voids(client: FlaskClient, case: reviewing.Desk) -> None:
    from app.actions.payments.on_the_spot import record_offline

    record_offline(case.public_id, "A1", by=reviewing.actor(build.staff("finance")), on=reviewing.PAYING)
    build.sign_in(client, person=build.staff("admin"))
    here = "/admin/certificates"
    assert "还没有选择编号办法" in client.get(here).text
    assert post(client, here, rule="ticket", province="3", area="", act="save").status_code == 422
    assert post(client, here, rule="ticket", province="31", area="", act="save").status_code == 303
    assert post(client, here, act="assign").status_code == 303
    page = client.get(here).text
    assert "已编 1 个编号" in page
    from app.models import Certificate

    number = Certificate.query.one().number
    assert post(client, here, act="void", number=number, reason="").status_code == 422
    assert "没有这个编号" in post(client, here, act="void", number="1" * 17, reason="错").text
    assert post(client, here, act="void", number=number, reason="姓名有误").status_code == 303
    assert "姓名有误" in client.get(here).text
    assert post(client, here, act="void", number=number, reason="再来").status_code == 409


def test_characters_that_cannot_be_printed_are_listed(client: FlaskClient, app: Any) -> None:
    build.sign_in(client, person=build.staff("admin"))
    assert "都能打印" in client.get("/admin/characters").text
    build.examinee(name="张\U0002a6a5")
    build.examinee(name="李𬭎䶮")
    page = client.get("/admin/characters").text
    assert "U+2A6A5" in page
    assert "U+2CB4E" not in page
    build.plan()
    with transaction() as session:
        plan = session.query(PlanRow).one()
        courses = [{**plan.body["courses"][0], "name": "印刷学\U0002a6a6"}, *plan.body["courses"][1:]]
        plan.body = {**plan.body, "courses": courses}
    assert "U+2A6A6" in client.get("/admin/characters").text


@pytest.mark.parametrize(
    ("step", "field"), [("prior-degree", "diploma_number"), ("prior-degree", "record_remark"), ("profile", "address")]
)
def test_whatever_is_printed_is_checked_where_it_is_typed(client: FlaskClient, app: Any, step: str, field: str) -> None:
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan))
    given = build.answers()
    row = build.application(tick, build.window(), answers=given, reached="confirm")
    build.sign_in(client, tick=tick)
    page = client.get(f"/applications/{row.public_id}/{step}").text
    version = page.split('name="version" value="')[1].split('"')[0]
    typed = given[step.replace("-", "_")]
    data = {
        "csrf_token": csrf_of(page),
        "version": version,
        "act": "next",
        **typed,
        field: typed.get(field, "") + "\U0002a6a5",
    }
    answer = client.post(f"/applications/{row.public_id}/{step}", data=data)
    assert answer.status_code == 422
    assert "\U0002a6a5（U+2A6A5）”字库里没有" in answer.text


def test_a_statement_with_a_character_no_font_has_is_told_at_input(client: FlaskClient, app: Any) -> None:
    build.school()
    plan = build.plan()
    tick = build.ticket(build.examinee())
    build.scores(tick, build.all_passed(plan))
    given = build.answers(statement={"statement": build.STATEMENT + "加油😀"})
    row = build.application(tick, build.window(), answers=given, reached="confirm")
    build.sign_in(client, tick=tick)
    page = client.get(f"/applications/{row.public_id}/statement").text
    version = page.split('name="version" value="')[1].split('"')[0]
    data = {"csrf_token": csrf_of(page), "version": version, "act": "next", **given["statement"]}
    answer = client.post(f"/applications/{row.public_id}/statement", data=data)
    assert answer.status_code == 422
    assert "😀（U+1F600）" in answer.text
