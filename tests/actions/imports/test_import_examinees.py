"""The roster: who somebody is, what they confirmed themselves, and whose a 准考证号 is."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.actions.imports import ImportResult, import_examinees
from app.adapters.documents.cells import LOST
from app.adapters.documents.tables import CellError, Table
from app.extensions import db
from app.models import Examinee, Ticket
from app.rules.people.roles import SYSTEM
from app.security.passwords import initial_matches
from tests.builders import NOW, examinee, id_number, ticket

SECRET = b"k" * 32
A, B = id_number(serial=801), id_number(serial=802)


def load(*rows: dict[str, str], check: bool = False) -> ImportResult:
    header = tuple(dict.fromkeys(title for row in rows for title in row))
    full = [(line, {title: row.get(title, "") for title in header}) for line, row in enumerate(rows, start=2)]
    return import_examinees(
        Table("", header, full), by=SYSTEM, on=NOW, file_name="考生.csv", secret=SECRET, check=check
    )


def row(number: str = A, tick: str = "010126100001", name: str = "林晓雯", **more: str) -> dict[str, str]:
    return {"证件号码": number, "姓名": name, "准考证号": tick, **more}


def person(number: str = A) -> Examinee:
    db.session.rollback()
    found = db.session.scalars(select(Examinee).where(Examinee.id_number == number)).one()
    db.session.refresh(found)
    return found


def counts() -> tuple[int, int]:
    db.session.rollback()
    found = [db.session.scalar(select(func.count()).select_from(model)) for model in (Examinee, Ticket)]
    return found[0] or 0, found[1] or 0


def test_rows_of_one_id_number_are_one_person_with_several_tickets(both: Flask) -> None:
    result = load(row(), row(tick="010126100002"), row(number=B, tick="010126100003", name="赵敏"))
    assert (result.new, result.changed, result.unchanged) == (3, 0, 0)
    assert counts() == (2, 3)


def test_full_width_digits_and_a_small_x_are_made_plain(both: Flask) -> None:
    number = next(n for n in (id_number(serial=s) for s in range(300, 400)) if n.endswith("X"))
    wide = number.translate({ord(str(d)): chr(0xFF10 + d) for d in range(10)}).replace("X", "ｘ")
    load(row(number=f" {wide} "))
    assert person(number).birth_date == date(1995, 3, 2)


def test_the_same_file_again_changes_nothing(both: Flask) -> None:
    given = row(手机号码="138 1234 5678", 民族="汉", 政治面貌="党员", 注册日期="2024/9/1", 考籍状态="在籍")
    load(given)
    again = load(given)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)
    assert (person().nation, person().political_status, person().phone) == ("汉族", "中共党员", "13812345678")


def test_an_empty_cell_leaves_what_is_there(both: Flask) -> None:
    load(row(民族="回族", 报考专业代码="050101", 考籍状态="停考", 状态截止日期="2027-01-01"))
    load(row(民族="", 报考专业代码="", 考籍状态="", 状态截止日期=""))
    found = db.session.scalars(select(Ticket)).one()
    assert (found.major_code, found.status, found.status_until) == ("050101", "停考", date(2027, 1, 1))
    assert person().nation == "回族"


def test_what_the_examinee_confirmed_is_not_overwritten(both: Flask) -> None:
    someone = examinee(id_number=A, phone="13900000000", nation="回族", contact_confirmed_at=NOW)
    ticket(someone, number="010126100001")
    result = load(row(手机号码="13811112222", 民族="汉族", 政治面貌="共青团员", 性别="男"))
    found = person()
    assert (found.phone, found.nation, found.political_status) == ("13900000000", "回族", "群众")
    assert found.sex == "男"
    assert [warning.column for warning in result.warnings if warning.column == "手机号码"] == ["手机号码"]


def test_a_ticket_of_another_person_is_an_error_and_never_a_move(both: Flask) -> None:
    ticket(examinee(id_number=B), number="010126100001")
    result = load(row(), row(tick="010126100002"))
    assert [(error.row, error.column, error.value) for error in result.errors] == [(2, "准考证号", "010126100001")]
    assert counts() == (1, 1)


def test_of_a_mistyped_id_number_it_is_not_said_that_the_ticket_is_somebody_elses(both: Flask) -> None:
    load(row())
    result = load({**row(), "证件号码": A[:17] + ("0" if A[17] != "0" else "1")})
    assert [(error.row, error.column) for error in result.errors] == [(2, "证件号码")]


def test_a_changed_name_is_an_update_that_is_pointed_out(both: Flask) -> None:
    load(row())
    result = load(row(name="林小文"))
    assert (result.new, result.changed) == (0, 1)
    assert person().name == "林小文"
    assert [warning.reason for warning in result.warnings] == ["姓名由“林晓雯”改为“林小文”"]


def test_a_name_that_no_font_can_print_is_pointed_out_and_taken(both: Flask) -> None:
    result = load(row(name="张\U0002a6a5"), row(number=B, tick="010126100002", name="李𬭎䶮·买买提"), check=True)
    assert [(each.row, each.column) for each in result.warnings] == [(2, "姓名")]
    assert "\U0002a6a5（U+2A6A5）" in result.warnings[0].reason
    assert "字库缺字" in result.warnings[0].reason
    assert load(row(name="张\U0002a6a5")).new == 1
    assert person().name == "张\U0002a6a5"


def test_one_id_number_with_two_names_in_a_file_is_an_error(both: Flask) -> None:
    result = load(row(), row(tick="010126100002", name="林小文"))
    assert [(error.row, error.column) for error in result.errors] == [(3, "姓名")]
    assert "第 2 行" in result.errors[0].reason
    assert counts() == (0, 0)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"证件号码": A[:17] + ("0" if A[17] != "0" else "1")}, "证件号码"),
        ({"准考证号": "12345"}, "准考证号"),
        ({"姓名": ""}, "姓名"),
        ({"手机号码": "12345678901"}, "手机号码"),
        ({"出生日期": "1990-02-30"}, "出生日期"),
        ({"民族": "某族"}, "民族"),
        ({"考籍状态": "毕业"}, "考籍状态"),
        ({"证件类型": "学生证"}, "证件类型"),
        ({"初始密码": "12345"}, "初始密码"),
    ],
)
def test_a_wrong_value_is_an_error_at_its_column(app: Flask, changes: dict[str, str], column: str) -> None:
    result = load({**row(), **changes}, row(number=B, tick="010126100009", name="赵敏"))
    assert [(error.row, error.column) for error in result.errors] == [(2, column)]
    assert counts() == (0, 0)


def test_a_passport_is_taken_with_its_type_and_has_no_check_digit(both: Flask) -> None:
    assert load(row(number="E12345678", 证件类型="护照")).ok
    assert not load(row(number="E12345678", tick="010126100005")).ok


def test_an_initial_password_of_the_roster_opens_activation_until_the_account_is_active(both: Flask) -> None:
    load(row(初始密码="abc123"))
    assert initial_matches(SECRET, A, person().initial_mac, "abc123")
    db.session.execute(Examinee.__table__.update().values(activated_at=NOW))
    db.session.commit()
    result = load(row(初始密码="other99"))
    assert result.unchanged == 1
    assert initial_matches(SECRET, A, person().initial_mac, "abc123")
    assert all("other99" not in str(warning) for warning in result.warnings)


def test_a_check_writes_nothing(both: Flask) -> None:
    result: Any = load(row(), check=True)
    assert (result.new, result.checked_only) == (1, True)
    assert counts() == (0, 0)


def test_a_number_that_was_typed_as_a_number_is_one_error_and_moves_no_ticket(both: Flask) -> None:
    """What is left of it is neither judged nor compared with the owner of the ticket."""
    load(row())
    lost = CellError(2, "证件号码", "3.1010119900101e+17", LOST)
    header = ("证件号码", "姓名", "准考证号")
    table = Table("", header, [(2, row(number="3.1010119900101e+17"))], [lost])
    assert import_examinees(table, by=SYSTEM, on=NOW, file_name="考生.xlsx", secret=SECRET).errors == (lost,)
    typo = load(row(number=A[:-1] + ("1" if A[-1] != "1" else "2")))
    assert [error.column for error in typo.errors] == ["证件号码"]
