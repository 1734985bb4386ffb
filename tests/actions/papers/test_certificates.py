"""毕业证书编号 are given once, never again, and accounted for."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.actions.papers import certificates
from app.actions.payments.on_the_spot import record_offline
from app.extensions import db
from app.models import AuditEvent, Certificate
from app.models.base import transaction
from app.rules.papers.certificate import check_digit, from_ticket, serial_of
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from tests import builders, reviewing
from tests.builders import NOW

ADMIN = Actor("staff", 1, "管理员", "admin")


def switch(rule: str, area: str = "0101") -> None:
    certificates.save_settings(rule, "31", area if rule == "serial" else "", by=ADMIN, on=NOW)


def paid(receipt: str, **over: object) -> reviewing.Desk:
    case = reviewing.approved(**over)
    record_offline(case.public_id, receipt, by=reviewing.actor(builders.staff("finance")), on=reviewing.PAYING)
    return case


def number_of(case: reviewing.Desk) -> str | None:
    query = db.select(Certificate.number).where(
        Certificate.application_id == case.row.id, Certificate.voided_at.is_(None)
    )
    return db.session.scalar(query)


def test_off_by_default_nobody_gets_a_number(app: Flask) -> None:
    case = paid("A1")
    assert case.row.state == "completed"
    assert number_of(case) is None
    assert certificates.report(db.session()).unnumbered[0][3] == "还没有选择编号办法"
    with pytest.raises(NotAllowed):
        certificates.assign_all(by=ADMIN, on=NOW)


def test_a_completed_application_gets_the_number_of_its_ticket(both: Flask) -> None:
    switch("ticket")
    case = paid("A1")
    assert number_of(case) == from_ticket("本科", "31", case.ticket.number)
    assert AuditEvent.query.filter_by(action="certificate.assigned").count() == 1


def test_an_approved_but_unpaid_one_has_none(app: Flask) -> None:
    switch("ticket")
    assert number_of(reviewing.approved()) is None


def test_serials_follow_each_other_without_a_gap(both: Flask) -> None:
    switch("serial")
    cases = [paid(f"A{n}") for n in range(3)]
    numbers = [number_of(case) or "" for case in cases]
    assert [serial_of(number)[1] for number in numbers] == [1, 2, 3]
    assert all(check_digit(number[:-1]) == number[-1] for number in numbers)
    assert certificates.report(db.session()).missing == []


def test_a_failed_transaction_gives_its_serial_back(both: Flask) -> None:
    switch("serial")
    case = reviewing.approved()
    ident = case.row.id

    def fails_later() -> None:
        with transaction() as session:
            assert certificates.assign(session, ident, on=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails_later()
    with transaction() as session:
        assert serial_of(certificates.assign(session, ident, on=NOW))[1] == 1


def test_a_voided_number_is_never_given_again(both: Flask) -> None:
    switch("ticket")
    case = paid("A1")
    number = number_of(case)
    assert number
    certificates.void(number, "姓名有误", by=ADMIN, on=NOW)
    assert certificates.assign_all(by=ADMIN, on=NOW) == 0
    assert number_of(case) is None
    report = certificates.report(db.session())
    assert [row.number for row in report.voided] == [number]
    assert report.unnumbered[0][3] == f"编号 {number} 已经给出过"
    with pytest.raises(ChangedMeanwhile):
        certificates.void(number, "再一次", by=ADMIN, on=NOW)
    switch("serial")
    assert certificates.assign_all(by=ADMIN, on=NOW) == 1
    assert serial_of(number_of(case) or "")[1] == 1


def test_the_database_itself_refuses_a_number_twice(both: Flask) -> None:
    switch("ticket")
    first, second = paid("A1"), reviewing.approved()
    number, ident = number_of(first), second.row.id
    with pytest.raises(IntegrityError), transaction() as session:
        session.add(Certificate(number=number, rule="ticket", application_id=ident, issued_at=NOW))


def test_a_gap_is_reported(app: Flask) -> None:
    switch("serial")
    case = paid("A1")
    with transaction() as session:
        row = session.scalar(db.select(Certificate))
        row.number = row.number[:11] + "00004" + "0"
    report = certificates.report(db.session())
    assert report.missing == [("65310101262", 1, 3)]
    assert report.given == 1
    assert number_of(case)


def test_a_batch_numbers_what_was_completed_before_and_only_once(both: Flask) -> None:
    cases = [paid(f"A{n}") for n in range(2)]
    switch("ticket")
    assert certificates.assign_all(by=ADMIN, on=NOW) == 2
    assert certificates.assign_all(by=ADMIN, on=NOW) == 0
    assert all(number_of(case) for case in cases)


def test_what_cannot_be_numbered_does_not_stop_the_payment(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    switch("ticket")
    case = reviewing.approved()
    with transaction() as session:
        session.get(type(case.ticket), case.ticket.id).number = "old-1"
    record_offline(case.public_id, "A1", by=reviewing.actor(builders.staff("finance")), on=reviewing.PAYING)
    assert case.row.state == "completed"
    assert certificates.report(db.session()).unnumbered[0][3] == "准考证号不是 12 位数字"


@pytest.mark.parametrize(
    ("rule", "province", "area", "field"),
    [
        ("x", "31", "", "rule"),
        ("ticket", "3", "", "province"),
        ("ticket", "", "", "province"),  # asked, never taken for granted
        ("ticket", "10", "", "province"),
        ("serial", "31", "", "area"),
        ("serial", "31", "01a1", "area"),
    ],
)
def test_settings_that_make_no_number_are_refused(app: Flask, rule: str, province: str, area: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        certificates.save_settings(rule, province, area, by=ADMIN, on=NOW)
    assert refused.value.field == field


def test_only_the_administrator_sets_gives_and_voids(app: Flask) -> None:
    other = Actor("staff", 2, "考办", "office_reviewer")
    for act in (
        lambda: certificates.save_settings("ticket", "31", "", by=other, on=NOW),
        lambda: certificates.assign_all(by=other, on=NOW),
        lambda: certificates.void("1", "x", by=other, on=NOW),
    ):
        with pytest.raises(NotAllowed):
            act()
