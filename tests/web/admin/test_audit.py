"""The list of acts says whose application each was about, and is searched by it."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from python_calamine import load_workbook

from app.actions.payments.on_the_spot import record_offline
from app.actions.records.missing_scores import ask
from app.actions.spot_checks.drawing import Rule, draw
from app.actions.spot_checks.second_look import check
from app.rules.plans.missing_scores import Claim
from tests import builders
from tests.builders import NOW, csrf_of
from tests.reviewing import PAYING, actor, approved, myself, returning, submitted

AUDIT = "/admin/audit"
FULL_WIDTH = {number: number + 0xFEE0 for number in range(0x21, 0x7F)}


@pytest.fixture
def desks(app):
    """One paid, with a reported grade, and another that is only submitted."""
    paid, other = approved(), submitted()
    record_offline(paid.public_id, "No.1", by=actor(builders.staff("finance")), on=PAYING)
    claim = Claim("00540", "外国文学史", "2026-04", "某考点", "")
    ask(paid.ticket.number, "10574", "050101", claim, by=myself(paid), on=NOW)
    return paid, other


def rows(page: str) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page.split("<tbody>", 1)[1], re.DOTALL) if "<tbody>" in page else []


def test_each_act_shows_the_ticket_and_the_receipt_of_its_subject(client, desks):
    paid, _ = desks
    builders.sign_in(client, person=builders.staff("auditor"))
    acts = {
        re.search(r'num">([a-z_]+\.[a-z_]+)<', row)[1]: row
        for row in rows(client.get(f"{AUDIT}?q={paid.ticket.number}").text)
    }
    for act in ("application.submitted", "application.completed", "order.opened", "order.paid", "question.asked"):
        assert paid.ticket.number in acts[act]
        assert (paid.submission.receipt in acts[act]) is (act != "question.asked")


@pytest.mark.parametrize("by", ["ticket", "receipt"])
def test_acts_are_found_by_ticket_or_receipt_and_nobody_elses(client, desks, by):
    builders.sign_in(client, person=builders.staff("admin"))
    for mine, theirs in (desks, desks[::-1]):
        q = (
            mine.ticket.number
            if by == "ticket"
            else mine.submission.receipt.lower().replace("-", "").translate(FULL_WIDTH)
        )
        found = rows(client.get(f"{AUDIT}?q={q}").text)
        assert found
        assert all(mine.ticket.number in row for row in found)
        assert theirs.ticket.number not in "".join(found)
    assert "没有符合条件的记录" in client.get(f"{AUDIT}?q=010100000000").text


def test_acts_on_a_person_show_all_of_the_persons_tickets(client, desks):
    paid, _ = desks
    second = builders.ticket(paid.person)
    builders.sign_in(client, person=builders.staff("admin"))
    page = client.get(f"/staff/examinees/{paid.person.id}")
    client.post(f"/staff/examinees/{paid.person.id}", data={"csrf_token": csrf_of(page.text), "act": "reveal"})
    found = [row for row in rows(client.get(f"{AUDIT}?q={second.number}").text) if "examinee.revealed" in row]
    assert len(found) == 1
    assert paid.ticket.number in found[0]


def test_a_draw_is_found_by_its_files_and_a_second_look_shows_which_file_it_was(both, client):
    person, lead = builders.staff(), builders.staff("school_lead", school_code="10574")
    desks = [submitted(), submitted()]
    for desk in desks:
        desk.decide("pass", person)
    rule = Rule(window_id=desks[0].window.id, stage="school_review", way="number", amount=2)
    draw(rule, by=actor(lead), on=PAYING)
    check(1, 1, "agree", {}, "", by=actor(lead), on=PAYING)
    builders.sign_in(client, person=builders.staff("admin"))
    page = client.get(f"{AUDIT}?action=spot_check.").text
    looked = next(desk for desk in desks if desk.submission.receipt in page)
    for desk in desks:
        found = "".join(rows(client.get(f"{AUDIT}?action=spot_check.&q={desk.ticket.number}").text))
        assert "spot_check.drawn" in found
        assert ("spot_check.checked" in found) is (desk is looked)


def test_the_export_holds_what_the_page_shows(client, desks):
    paid, other = desks
    builders.sign_in(client, person=builders.staff("admin"))
    link = re.search(
        r'href="(/staff/exports/audit\?[^"]*)"', client.get(f"{AUDIT}?q={paid.ticket.number}&action=order.").text
    )[1]
    page = client.get(link.replace("&amp;", "&")).text
    given = {
        name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', page)[1]
        for name in ("csrf_token", "q", "actor", "action")
    }
    answer = client.post("/staff/exports/audit", data={**given, "file": "csv", "reason": "核查"})
    lines = answer.text.splitlines()
    assert "准考证号" in lines[0]
    assert "回执编号" in lines[0]
    assert len(lines) == 3  # opened and paid
    assert all(paid.ticket.number in line and paid.submission.receipt in line for line in lines[1:])
    assert other.ticket.number not in answer.text


def test_the_export_says_an_act_as_the_page_says_it(both):
    """Words for what is stored as keys: the act, its subject, its details. The keys stay in columns of their own."""
    client = both.test_client()
    submitted().decide("return", builders.staff(), returning("profile.phone"))
    builders.sign_in(client, person=builders.staff("admin"))
    for given in ({"columns": ["ticket", "state"]}, {}):
        form = csrf_of(client.get("/staff/exports/applications").text)
        client.post("/staff/exports/applications", data={"csrf_token": form, "file": "csv", "reason": "核查", **given})
    page = [
        [unescape(re.sub(r"<.*?>", "", cell)) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in rows(client.get(AUDIT).text)
    ]
    token = csrf_of(client.get("/staff/exports/audit").text)
    answer = client.post("/staff/exports/audit", data={"csrf_token": token, "file": "csv", "reason": "核查"})
    found = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))[-len(page) :]
    assert len(found) == len(page) > 4
    for cells, row in zip(page, reversed(found), strict=True):
        assert (cells[2], cells[5]) == (row["动作"] + row["动作代码"], row["详情"])
        assert cells[3].startswith(row["对象"])
    assert not re.search("[a-z]+[._][a-z]", "".join(row["详情"] for row in found))


def test_the_export_names_the_person_and_the_act_it_was_narrowed_to(app, desks):
    """On its page, in the file and in its own row of the audit: words, never a number or a key."""
    client, worker = app.test_client(), builders.staff("finance", name="沈收费")
    builders.sign_in(client, person=builders.staff("auditor"))
    address = f"/staff/exports/audit?actor={worker.id}&action=order."
    page = client.get(address).text
    assert "只导出操作记录里选好的：工作人员 沈收费，动作 订单。" in page
    given = {"csrf_token": csrf_of(page), "actor": worker.id, "action": "order.", "file": "xlsx", "reason": "核查"}
    book = load_workbook(io.BytesIO(client.post("/staff/exports/audit", data=given).data))
    assert ["筛选", "工作人员 沈收费；动作 订单"] in book.get_sheet_by_name("导出说明").to_python()
    [own] = [row for row in rows(client.get(f"{AUDIT}?action=export.").text) if "export.audit" in row]
    assert "筛选（工作人员 沈收费；动作 订单）" in own
