"""Papers over HTTP: who gets which, when, and what /verify says of them."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from app.actions.applications.submit import submit, withdraw
from app.actions.payments.on_the_spot import correct, record_offline
from app.models import Application, AuditEvent, Paper
from app.models.base import transaction
from app.rules.papers.verify_codes import code_in_groups, read_code
from app.security import throttle
from app.services.graduation import GRADUATION
from tests import builders as build
from tests import reviewing
from tests.builders import NOW


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def code_in(pdf: bytes) -> str:
    found = re.search(r"验证码\s*([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4})", text_of(pdf))
    assert found
    return found[1]


def paper(client: FlaskClient, url: str) -> bytes:
    answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code, answer.text[:500])
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF-")
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.data


@pytest.fixture
def approved(app: Any) -> reviewing.Desk:
    return reviewing.approved()


def test_the_examinee_prints_the_receipt_at_once_and_the_register_only_after_approval(
    app: Any, client: FlaskClient
) -> None:
    case = reviewing.submitted()
    build.sign_in(client, tick=case.ticket)
    words = text_of(paper(client, f"/applications/{case.public_id}/receipt.pdf"))
    assert case.submission.receipt in words
    assert case.person.name in words
    for name in ("register", "opinion"):
        assert client.get(f"/applications/{case.public_id}/{name}.pdf").status_code == 404
    case.decide("pass", build.staff())
    assert client.get(f"/applications/{case.public_id}/register.pdf").status_code == 404
    assert "初审" in text_of(paper(client, f"/applications/{case.public_id}/opinion.pdf"))
    case.decide("pass", build.staff("office_reviewer"))
    words = text_of(paper(client, f"/applications/{case.public_id}/register.pdf"))
    assert "毕业生登记表" in words
    assert "审查合格，准予毕业。" in words


def test_the_page_of_the_application_links_to_what_can_be_printed(
    client: FlaskClient, approved: reviewing.Desk
) -> None:
    build.sign_in(client, tick=approved.ticket)
    page = client.get(f"/applications/{approved.public_id}").text
    links = set(re.findall(r'href="(/applications/[^"]+\.pdf)"', page))
    assert {link.rsplit("/", 1)[1] for link in links} == {"receipt.pdf", "register.pdf", "opinion.pdf"}
    for link in links:
        paper(client, link)


def test_others_do_not_find_the_papers(app: Any, client: FlaskClient, approved: reviewing.Desk) -> None:
    urls = [f"/applications/{approved.public_id}/{name}.pdf" for name in ("receipt", "register", "opinion")]
    assert client.get(urls[0]).status_code == 303  # to the sign-in page
    stranger = app.test_client()
    build.sign_in(stranger, tick=build.ticket(build.examinee(name="别人")))
    elsewhere = app.test_client()
    build.sign_in(elsewhere, person=build.staff(school_code="10999"))
    finance = app.test_client()
    build.sign_in(finance, person=build.staff("finance"))
    own = app.test_client()
    build.sign_in(own, person=build.staff())
    for url in urls:
        assert stranger.get(url).status_code == 404
        assert elsewhere.get(url).status_code == 404
        assert finance.get(url).status_code == 403
        paper(own, url)


def test_a_receipt_of_payment_exists_once_paid_and_for_those_in_scope(
    app: Any, client: FlaskClient, approved: reviewing.Desk
) -> None:
    build.sign_in(client, tick=approved.ticket, on=reviewing.PAYING)
    app.clock.now = reviewing.PAYING
    done = record_offline(approved.public_id, "A0012", by=reviewing.actor(build.staff("finance")), on=reviewing.PAYING)
    pdf = paper(client, f"/orders/{done.order_number}/receipt.pdf")
    words = text_of(pdf)
    assert "人民币伍拾元整" in words
    assert "A0012" in words
    assert "缴费凭证" in client.get(f"/orders/{done.order_number}").text
    stranger = app.test_client()
    build.sign_in(stranger, tick=build.ticket(build.examinee(name="别人")), on=reviewing.PAYING)
    assert stranger.get(f"/orders/{done.order_number}/receipt.pdf").status_code == 404
    assert "真实有效" in client.get(f"/verify/{code_in(pdf)}").text
    correct(done.order_number, "看错一位", by=reviewing.actor(build.staff("admin")), on=reviewing.PAYING)
    page = client.get(f"/verify/{code_in(pdf)}").text
    assert "已更正" in page
    assert "请以最新的一份为准" not in page


def test_the_same_submission_gives_the_same_bytes_and_one_code(
    app: Any, client: FlaskClient, approved: reviewing.Desk
) -> None:
    build.sign_in(client, tick=approved.ticket)
    url = f"/applications/{approved.public_id}/register.pdf"
    first = paper(client, url)
    app.clock.now = NOW + timedelta(minutes=5)
    assert paper(client, url) == first
    staff = app.test_client()
    build.sign_in(staff, person=build.staff())
    assert paper(staff, url) == first
    assert len(Paper.query.all()) == 1
    assert AuditEvent.query.filter_by(action="paper.issued").count() == 1


def test_verify_tells_genuine_superseded_and_unknown_and_only_the_masked_name(app: Any, client: FlaskClient) -> None:
    case = reviewing.submitted(name="欧阳晓雪")
    build.sign_in(client, tick=case.ticket)
    code = code_in(paper(client, f"/applications/{case.public_id}/receipt.pdf"))
    public = app.test_client()
    page = public.get(f"/verify/{code.lower()}").text
    assert "真实有效" in page
    assert "欧**雪" in page
    assert "欧阳晓雪" not in page
    assert case.ticket.number not in page
    answer = public.get("/verify", query_string={"code": code})
    assert answer.status_code == 303
    assert answer.location.endswith(f"/verify/{read_code(code)}")
    withdraw(case.public_id, by=reviewing.myself(case), on=NOW)
    page = public.get(f"/verify/{code}").text
    assert "已撤回" in page
    assert "请以最新的一份为准" not in page  # there is none
    submit(case.public_id, GRADUATION, by=reviewing.myself(case), on=NOW)
    assert "已被替代" in public.get(f"/verify/{code}").text
    app.clock.now = NOW + timedelta(minutes=1)
    withdraw(case.public_id, by=reviewing.myself(case), on=NOW)
    assert "已撤回" in public.get(f"/verify/{code}").text
    unknown = public.get("/verify/0000-0000-0000")
    assert unknown.status_code == 404
    assert "查不到" in unknown.text
    assert "真实有效" not in unknown.text
    assert "验证码应为" in public.get("/verify", query_string={"code": "<b>x"}).text


def test_a_later_submission_takes_the_place_of_the_opinion_on_the_earlier(app: Any, client: FlaskClient) -> None:
    case = reviewing.submitted()
    app.clock.now = reviewing.LATER
    build.sign_in(client, tick=case.ticket, on=reviewing.LATER)
    case.decide("return", build.staff(), reviewing.returning("profile.address", reason="地址不完整"))
    pdf = paper(client, f"/applications/{case.public_id}/opinion.pdf")
    assert "地址不完整" in text_of(pdf)
    public = app.test_client()
    assert "真实有效" in public.get(f"/verify/{code_in(pdf)}").text
    with transaction() as session:
        row = session.query(Application).filter_by(public_id=case.public_id).one()
        row.answers = {**row.answers, "profile": {**row.answers["profile"], "address": "上海市黄浦区某路 2 号"}}
    submit(case.public_id, GRADUATION, by=reviewing.myself(case), on=reviewing.LATER)
    assert "已被替代" in public.get(f"/verify/{code_in(pdf)}").text


def test_asking_for_codes_is_limited(app: Any, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "CODES", throttle.Limit(3, throttle.CODES.span))
    for number in range(3):
        assert client.get(f"/verify/0000-0000-{number:04}").status_code == 404
    refused = client.get("/verify/0000-0000-0031")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "300")


def test_codes_are_read_as_people_write_them() -> None:
    assert read_code("7k3m-9qxa-2f4d") == "7K3M9QXA2F4D"
    assert read_code(" ７K3M 9QXA 2F4D ") == "7K3M9QXA2F4D"
    assert read_code("OIL0-0000-0000") == "011000000000"
    assert read_code("7K3M-9QXA-2F4") == ""
    assert read_code("7K3M-9QXA-2F4U") == ""
    assert code_in_groups("7K3M9QXA2F4D") == "7K3M-9QXA-2F4D"


def test_papers_are_not_stored_twice_under_one_code(app: Any, approved: reviewing.Desk, client: FlaskClient) -> None:
    build.sign_in(client, tick=approved.ticket)
    for name in ("receipt", "register", "opinion"):
        paper(client, f"/applications/{approved.public_id}/{name}.pdf")
    codes = [row.code for row in Paper.query.all()]
    assert len(codes) == len(set(codes)) == 3
    assert {row.kind for row in Paper.query.all()} == {"receipt", "register", "opinion"}
