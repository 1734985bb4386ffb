"""Another business on the same engine: what it says and does is its own, and it gets nothing that is graduation's."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.actions.exports import exports
from app.actions.exports.exports import Narrowed
from app.actions.papers import certificates
from app.actions.payments.on_the_spot import record_offline
from app.actions.review.decide import decide
from app.actions.review.opinions import RETURN, Opinion, Seen, Verdict
from app.actions.review.reasons import plant
from app.extensions import db
from app.models import Application, Certificate, Message, Order, ReturnReason, Submission, Window
from app.models.base import transaction
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import Invalid
from tests import builders, reviewing
from tests.builders import NOW
from tests.reviewing import PAYING, actor
from tests.second_service import CORRECTION, registered, with_templates
from tests.wizard.test_wizard import Browser

ADMIN = Actor("staff", None, "管理员", "admin")


@dataclass
class Case:
    """Somebody in the middle of a correction."""

    browser: Browser
    window: Window
    ticket: Any

    @property
    def row(self) -> Application:
        query = select(Application).where(Application.service == "correction")
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    def decide(self, decision: str, opinion: Opinion | None = None) -> None:
        school = builders.staff(school_code="10574")
        own = select(Submission.sha256).where(Submission.application_id == self.row.id)
        seen = Seen(db.session.scalars(own).one(), self.row.version)
        decide(
            self.row.public_id,
            decision,
            opinion or Opinion(),
            service=CORRECTION,
            by=actor(school),
            on=NOW + timedelta(hours=1),
            seen=seen,
        )

    def messages(self) -> list[str]:
        return list(db.session.scalars(select(Message.text).order_by(Message.id)))


@pytest.fixture
def correcting(app: Flask) -> Iterator[Flask]:
    with_templates(app)
    with registered(CORRECTION):
        yield app


@pytest.fixture
def case(correcting: Flask) -> Case:
    """Handed in, waiting for the school; the window has one stage and a fee."""
    builders.school()
    builders.plan()
    ticket = builders.ticket(builders.examinee())
    window = builders.window(service="correction", name="2026 年更正", stages=1, fee=1000)
    client = correcting.test_client()
    builders.sign_in(client, tick=ticket)
    browser = Browser(client)
    page = browser.get("/services/correction")
    assert "信息更正" in page
    assert "毕业" not in re.sub(r"<(header|footer|nav).*?</\1>", "", page[page.index("<h1") : page.index("</main>")])
    assert browser.post("/services/correction").location.endswith("/what")
    url = f"/applications/{db.session.scalars(select(Application.public_id)).one()}"
    assert browser.post(f"{url}/what", act="next", new_name="").status_code == 422
    browser.post(f"{url}/what", act="next", new_name="林小雯")
    assert "提交后由学校审核" in browser.page
    browser.post(f"{url}/confirm", act="next")
    return Case(browser, window, ticket)


def graduation() -> reviewing.Desk:
    return reviewing.submitted(window=builders.window(name="2026 年下半年毕业"))


def test_it_is_submitted_with_its_own_receipt_and_words(case: Case) -> None:
    assert case.row.state == "school_review"
    assert db.session.scalars(select(Submission.receipt)).one().startswith("GZ26-")
    assert case.messages() == ["更正申请已收到。"]


def test_it_is_paid_and_completed_in_its_own_words_and_gets_no_certificate(case: Case) -> None:
    certificates.save_settings("serial", "31", "0100", by=ADMIN, on=NOW)
    case.decide("pass")
    assert case.messages()[-1] == "审核通过。需要缴费的，请在缴费时间内支付更正手续费。"
    url = f"/applications/{case.row.public_id}"
    assert "支付更正手续费" in case.browser.get(url)
    record_offline(case.row.public_id, "收 1 号", by=actor(builders.staff("finance")), on=PAYING)
    assert db.session.scalars(select(Order.fee)).all() == ["更正手续费"]
    assert case.row.state == "completed"
    page = case.browser.get(url)
    for words in ("已更正", "已支付更正手续费", "新的姓名已经登记。"):
        assert words in page
    assert "毕业" not in page[page.index("<h1") : page.index("</main>")]
    assert db.session.scalar(select(func.count()).select_from(Certificate)) == 0
    assert certificates.report(db.session()).unnumbered == []
    assert certificates.assign_all(by=ADMIN, on=PAYING) == 0


def test_a_graduation_beside_it_gets_its_number_as_ever(case: Case) -> None:
    certificates.save_settings("serial", "31", "0100", by=ADMIN, on=NOW)
    desk = graduation()
    for role in ("school_reviewer", "office_reviewer"):
        desk.decide("pass", builders.staff(role))
    record_offline(desk.public_id, "收 2 号", by=actor(builders.staff("finance")), on=PAYING)
    assert db.session.scalars(select(Certificate.application_id)).all() == [desk.row.id]
    assert db.session.scalars(select(Order.fee)).all() == ["毕业审定费"]


def test_it_has_the_papers_of_every_service_and_none_of_graduations(case: Case) -> None:
    case.decide("pass")
    url = f"/applications/{case.row.public_id}"
    page = case.browser.get(url)
    assert "receipt.pdf" in page
    assert "register.pdf" not in page
    assert case.browser.client.get(f"{url}/register.pdf").status_code == 404


def test_it_is_returned_changed_and_handed_in_again(case: Case) -> None:
    case.decide("return", Opinion({"what.new_name": Verdict(RETURN, "与户口簿不一致")}))
    url = f"/applications/{case.row.public_id}"
    assert "与户口簿不一致" in case.browser.get(f"{url}/fixes")
    case.browser.get(f"{url}/what?back=fixes")
    case.browser.post(f"{url}/what", act="next", new_name="林晓文", back="fixes")
    case.browser.post(f"{url}/fixes", act="next", **{"reply.what.new_name": ""})
    assert case.row.state == "school_review"
    assert case.messages()[-1] == "已重新提交，等待学校初审。"


def test_the_reviewer_reads_it_with_its_own_reasons(case: Case, client: FlaskClient) -> None:
    with transaction() as session:
        plant(session)
    assert db.session.scalar(select(ReturnReason.label).where(ReturnReason.code == "G01")) == "与户口簿不一致"
    builders.sign_in(client, person=builders.staff(school_code="10574"))
    page = client.get(f"/staff/applications/{case.row.public_id}").text
    for words in ("更正内容", "改成的姓名", "林小雯", "与户口簿不一致"):
        assert words in page


def test_lists_can_be_narrowed_to_a_business_where_there_is_more_than_one(case: Case, client: FlaskClient) -> None:
    desk = graduation()
    builders.sign_in(client, person=builders.staff("admin"))
    everything = client.get("/staff/applications").text
    own = client.get("/staff/applications?service=correction").text
    assert '<select id="service"' in everything
    assert case.ticket.number in everything
    assert desk.ticket.number in everything
    assert case.ticket.number in own
    assert desk.ticket.number not in own
    assert "<td>信息更正</td>" in own
    assert case.ticket.number not in client.get("/staff/applications?service=graduation").text
    assert "2026 年更正" not in client.get("/staff/statistics?service=graduation").text
    assert "2026 年更正" in client.get("/staff/statistics?service=correction").text
    assert '<select id="service"' in client.get("/staff/exports/applications").text
    assert '<select id="service"' not in client.get("/staff/exports/graduates").text


def test_with_one_business_no_list_asks_for_it(app: Flask, client: FlaskClient) -> None:
    graduation()
    builders.sign_in(client, person=builders.staff("admin"))
    for page in ("/staff/applications", "/staff/statistics", "/staff/exports/applications"):
        assert 'id="service"' not in client.get(page).text, page


def test_exports_hold_one_business_and_graduates_are_of_graduation_only(case: Case, tmp_path: Path) -> None:
    desk = graduation()
    case.decide("pass")
    rows = {
        service: exports.export(
            "applications",
            tmp_path / "a.csv",
            narrowed=Narrowed(service=service),
            columns=["ticket"],
            by=SYSTEM,
            on=NOW,
        )
        for service in ("correction", "graduation", "")
    }
    assert rows == {"correction": 1, "graduation": 1, "": 2}
    exports.export("graduates", tmp_path / "g.csv", narrowed=Narrowed(), columns=["ticket"], by=SYSTEM, on=NOW)
    with (tmp_path / "g.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1  # the heading
    with pytest.raises(Invalid, match="没有这个业务：transfer（可用 graduation 申请毕业、correction 信息更正）"):
        exports.count("applications", Narrowed(service="transfer"), by=SYSTEM, on=NOW)
    assert desk.row.state == "school_review"


def test_an_export_says_states_in_the_words_of_the_business(case: Case, tmp_path: Path) -> None:
    graduation()
    case.decide("pass")
    record_offline(case.row.public_id, "收 1 号", by=actor(builders.staff("finance")), on=PAYING)
    path = tmp_path / "a.csv"
    exports.export("applications", path, narrowed=Narrowed(), columns=["state"], by=SYSTEM, on=NOW)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert sorted(row[0] for row in csv.reader(file)) == ["已更正", "待初审", "状态"]
