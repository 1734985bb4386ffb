"""Lists that leave the house: within scope, as text, neutralised, written down."""

from __future__ import annotations

import csv
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.actions import scope
from app.actions.exports import column_sets, exports
from app.actions.exports.exports import Narrowed
from app.actions.exports.kinds import kinds
from app.actions.papers.batch import write_papers
from app.actions.papers.papers import Look
from app.actions.payments.on_the_spot import record_offline
from app.adapters.documents.lists import write_list
from app.adapters.documents.tables import BadTable, read_table
from app.extensions import db
from app.models import AuditEvent
from app.rules import calendar
from app.rules.people.roles import SCHOOL_ROLES, Actor
from app.rules.refusals import Invalid, NotAllowed, NotFound
from tests import builders, reviewing
from tests.builders import NOW

CLI = Actor("system", None, "命令行")
LOOK = Look("考籍平台", "http://127.0.0.1:8000", lambda key: b"")
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "　＝", "\xa0=")
BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x","y")')
PAYLOADS = [start + body for start in STARTS for body in BODIES][:40]


def take(kind: str, path: Path, by: Actor = CLI, columns: list[str] | None = None, **narrowed: Any) -> int:
    return exports.export(kind, path, narrowed=Narrowed(**narrowed), columns=columns, by=by, on=NOW)


def table(path: Path) -> list[dict[str, str]]:
    return [row for _, row in read_table(path).rows]


def test_40_payloads_give_no_formula_cell(tmp_path: Path) -> None:
    assert len(PAYLOADS) == 40
    book, plain = tmp_path / "a.xlsx", tmp_path / "a.csv"
    for path in (book, plain):
        assert write_list(path, "申请", ["证件号码", "内容"], (["310101199503020012", text] for text in PAYLOADS)) == 40
    with zipfile.ZipFile(book) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<f " not in sheet
    assert len(re.findall(r't="(?:inlineStr|s)"', sheet)) == 2 + 80  # every cell is text, the ID numbers too
    with plain.open(encoding="utf-8-sig", newline="") as file:
        cells = [row[1] for row in csv.reader(file)][1:]
    assert [cell[1:] for cell in cells] == PAYLOADS
    assert {cell[0] for cell in cells} == {"'"}


def test_a_payload_in_a_name_reaches_the_list_as_text(app: Flask, tmp_path: Path) -> None:
    reviewing.submitted(name='=HYPERLINK("http://x")')
    take("applications", tmp_path / "a.xlsx")
    assert table(tmp_path / "a.xlsx")[0]["姓名"] == '=HYPERLINK("http://x")'
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist() if "sheet" in name)


def test_identity_numbers_stay_text_and_whole(app: Flask, tmp_path: Path) -> None:
    case = reviewing.submitted()
    for ending in ("xlsx", "csv"):
        take("applications", tmp_path / f"a.{ending}")
        row = table(tmp_path / f"a.{ending}")[0]
        assert row["证件号码"] == case.person.id_number
        assert row["准考证号"] == case.ticket.number
        assert row["状态"] == "待初审"
        assert row["回执编号"] == case.submission.receipt


def test_times_are_the_offices_own_to_the_minute(both: Flask, tmp_path: Path) -> None:
    case = reviewing.approved()
    case.row.decided_at = datetime(2026, 11, 24, 16, 5, 59, 999_999, tzinfo=UTC)
    db.session.commit()
    take("applications", tmp_path / "a.csv", columns=["submitted_at", "decided_at"])
    row = table(tmp_path / "a.csv")[0]
    assert re.fullmatch("2026-11-2[45] [0-9]{2}:[0-9]{2}", row["提交时间"])
    assert row["审定时间"] == "2026-11-25 00:05"


def test_a_zone_chosen_later_is_the_one_that_is_written(app: Flask, tmp_path: Path) -> None:
    case = reviewing.approved()
    case.row.decided_at = datetime(2026, 11, 24, 16, 5, tzinfo=UTC)
    db.session.commit()
    found = []
    for zone in ("Asia/Shanghai", "Asia/Urumqi"):
        calendar.use_zone(zone)
        take("applications", tmp_path / "a.csv", columns=["decided_at"])
        found.append(table(tmp_path / "a.csv")[0]["审定时间"])
    calendar.use_zone("Asia/Shanghai")
    assert found == ["2026-11-25 00:05", "2026-11-24 22:05"]


def test_a_school_takes_only_its_own_and_a_draft_is_nobodys(both: Flask, tmp_path: Path) -> None:
    own, other = reviewing.submitted(), reviewing.submitted("10999")
    builders.application(builders.ticket(builders.examinee()), own.window)
    school = reviewing.actor(builders.staff())
    assert take("applications", tmp_path / "own.csv", by=school) == 1
    assert [row["准考证号"] for row in table(tmp_path / "own.csv")] == [own.ticket.number]
    assert take("applications", tmp_path / "all.csv") == 2
    assert {row["准考证号"] for row in table(tmp_path / "all.csv")} == {own.ticket.number, other.ticket.number}
    assert take("applications", tmp_path / "school.csv", school="10999") == 1


def test_roles_take_only_what_is_theirs(app: Flask, tmp_path: Path) -> None:
    reviewing.submitted()
    finance, school = reviewing.actor(builders.staff("finance")), reviewing.actor(builders.staff())
    for by, kind in ((finance, "applications"), (finance, "graduates"), (school, "audit"), (finance, "audit")):
        with pytest.raises(NotAllowed):
            take(kind, tmp_path / "no.csv", by=by)
    assert not (tmp_path / "no.csv").exists()
    assert AuditEvent.query.filter(AuditEvent.action.startswith("export.")).count() == 0


def test_graduates_are_the_approved_with_dates_and_frozen_answers(both: Flask, tmp_path: Path) -> None:
    done = reviewing.approved()
    reviewing.submitted()
    columns = ["certificate", "name", "decided_at", "profile.address", "prior_degree.diploma_number"]
    assert take("graduates", tmp_path / "g.xlsx", columns=columns) == 1
    row = table(tmp_path / "g.xlsx")[0]
    assert list(row) == ["毕业证书编号", "姓名", "审定日期", "通讯地址", "前置学历证书编号"]
    assert row["姓名"] == done.person.name
    assert row["通讯地址"] == "上海市黄浦区某路 1 号"
    assert row["前置学历证书编号"] == "103311201806001234"
    assert row["审定日期"] == "2026-11-24"


def test_filters_narrow_by_state_window_and_time(both: Flask, tmp_path: Path) -> None:
    case = reviewing.submitted()
    assert take("applications", tmp_path / "a.csv", state="school_review", window=str(case.window.id)) == 1
    assert take("applications", tmp_path / "a.csv", state="approved") == 0
    assert take("applications", tmp_path / "a.csv", since=NOW, until=NOW + timedelta(seconds=1)) == 1
    assert take("applications", tmp_path / "a.csv", until=NOW) == 0
    for bad in ({"state": "draft"}, {"state": "x"}, {"window": "一"}):
        with pytest.raises(Invalid):
            take("applications", tmp_path / "b.csv", **bad)


def test_an_export_is_written_down_with_count_filter_and_columns(app: Flask, tmp_path: Path) -> None:
    reviewing.submitted()
    by = reviewing.actor(builders.staff())
    take("applications", tmp_path / "a.xlsx", by=by, columns=["ticket", "name"], state="school_review")
    event = AuditEvent.query.filter_by(action="export.applications").one()
    assert event.actor_id == by.id
    assert event.detail == {
        "count": 1,
        "filter": {"状态": "待初审"},
        "columns": ["ticket", "name"],
        "form": "xlsx",
    }


def test_the_workbook_says_who_took_it_and_what_for(app: Flask, tmp_path: Path) -> None:
    by = reviewing.actor(builders.staff(name="周明"))
    exports.export(
        "applications", tmp_path / "a.xlsx", narrowed=Narrowed(), columns=None, by=by, on=NOW, reason="报考办备案"
    )
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        notes = archive.read("xl/worksheets/sheet2.xml").decode()
    assert "周明（主考学校审核员）" in notes
    assert "报考办备案" in notes
    assert "2026 年 11 月 24 日 12:00" in notes


def test_the_audit_and_orders_are_lists_too(both: Flask, tmp_path: Path) -> None:
    case = reviewing.approved()
    from app.actions.payments.on_the_spot import record_offline

    record_offline(case.public_id, "A0012", by=reviewing.actor(builders.staff("finance")), on=reviewing.PAYING)
    take("orders", tmp_path / "o.csv")
    assert table(tmp_path / "o.csv")[0]["金额（元）"] == "50.00"
    assert table(tmp_path / "o.csv")[0]["支付方式"] == "现场缴费"
    number = take("audit", tmp_path / "l.csv")
    assert number == len(table(tmp_path / "l.csv")) == AuditEvent.query.count() - 1
    assert ("提交", "application.submitted") in {(row["动作"], row["动作代码"]) for row in table(tmp_path / "l.csv")}


def test_columns_are_remembered_for_each_person_and_kind(app: Flask) -> None:
    one, two = reviewing.actor(builders.staff()), reviewing.actor(builders.staff())
    usual = column_sets.last("applications", by=one)
    assert column_sets.remember("applications", ["name", "ticket", "no such column"], by=one) == ["ticket", "name"]
    assert column_sets.last("applications", by=one) == ["ticket", "name"]
    assert column_sets.last("applications", by=two) == usual
    assert column_sets.last("graduates", by=one) != ["ticket", "name"]
    column_sets.remember("applications", ["phone"], by=one)
    assert column_sets.last("applications", by=one) == ["phone"]


def test_sets_of_columns_are_kept_under_names_of_ones_own(app: Flask) -> None:
    one, two = reviewing.actor(builders.staff()), reviewing.actor(builders.staff())
    first = column_sets.keep_set("applications", "打印", ["name", "ticket"], by=one)
    assert column_sets.keep_set("applications", "打印", ["phone"], by=one) == first  # the same name again
    column_sets.keep_set("applications", "联系", ["name", "phone"], by=one)
    assert [(each.name, each.columns) for each in column_sets.sets("applications", by=one)] == [
        ("打印", ["phone"]),
        ("联系", ["name", "phone"]),
    ]
    assert column_sets.sets("applications", by=two) == column_sets.sets("graduates", by=one) == []
    with pytest.raises(NotFound):
        column_sets.drop_set("applications", first, by=two, on=builders.NOW)
    column_sets.drop_set("applications", first, by=one, on=builders.NOW)
    assert [each.name for each in column_sets.sets("applications", by=one)] == ["联系"]


@pytest.mark.parametrize(
    ("name", "columns", "field"), [("", ["name"], "set_name"), ("长" * 31, ["name"], "set_name"), ("空", [], "columns")]
)
def test_a_set_of_columns_needs_a_name_and_columns(app: Flask, name: str, columns: list[str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        column_sets.keep_set("applications", name, columns, by=reviewing.actor(builders.staff()))
    assert refused.value.field == field


def test_there_is_an_end_to_the_sets_of_one_person(app: Flask) -> None:
    one = reviewing.actor(builders.staff())
    for number in range(column_sets.SETS):
        column_sets.keep_set("orders", f"第{number}组", ["name"], by=one)
    with pytest.raises(Invalid, match="最多保存"):
        column_sets.keep_set("orders", "又一组", ["name"], by=one)
    column_sets.keep_set("orders", "第0组", ["amount"], by=one)


def test_a_batch_of_registers_is_one_file_with_a_form_each(app: Flask, tmp_path: Path) -> None:
    from pypdf import PdfReader

    names = [f"考生{word}" for word in "甲乙丙丁戊己庚辛壬癸子丑"]
    for name in names:
        reviewing.approved(name=name)
    steps: list[int] = []
    path = tmp_path / "forms.pdf"
    done = write_papers("graduates", path, narrowed=Narrowed(), look=LOOK, by=CLI, on=NOW, progress=steps.append)
    assert done == sum(steps) == 12
    pages = [re.sub(r"\s", "", page.extract_text()) for page in PdfReader(path).pages]
    assert len(pages) == 24
    assert [next(name for name in names if name in page) for page in pages[::2]] == names
    assert AuditEvent.query.filter_by(action="export.graduates").one().detail["count"] == 12
    assert list(tmp_path.glob("*.p*")) == [path]


def test_a_batch_of_nothing_and_an_unwritable_file_are_refused(app: Flask, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        write_papers("graduates", tmp_path / "forms.pdf", narrowed=Narrowed(), look=LOOK, by=CLI, on=NOW)
    reviewing.approved()
    with pytest.raises(BadTable):
        write_papers("graduates", tmp_path / "no" / "forms.pdf", narrowed=Narrowed(), look=LOOK, by=CLI, on=NOW)
    assert list(tmp_path.glob("*.p*")) == []


def test_a_list_shows_a_name_as_the_pages_show_it_to_who_takes_it(app: Flask, tmp_path: Path) -> None:
    """Every list, all its columns, every role that may take it: in full for who reviews, else masked and never in full."""
    reviewing.approved(name="吕晓雯")  # owes
    money = reviewing.actor(builders.staff("finance"))
    record_offline(reviewing.approved(name="吕晓雯").public_id, "No.1", by=money, on=reviewing.PAYING)
    wrong = []
    for kind in kinds().values():
        for role in kind.roles:
            by = reviewing.actor(builders.staff(role, school_code="10574" if role in SCHOOL_ROLES else ""))
            assert take(kind.key, tmp_path / "a.csv", by, [column.key for column in kind.columns])
            text = (tmp_path / "a.csv").read_text(encoding="utf-8-sig")
            reviews = role in scope.REVIEWING
            if ("吕晓雯" in text, "吕*雯" in text) != (reviews, not reviews):
                wrong.append((kind.key, role))
    assert not wrong
