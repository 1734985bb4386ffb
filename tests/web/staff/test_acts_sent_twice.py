"""What staff do beside decisions is done once for a form that arrives twice; what no longer stands is not called done."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app.actions.applications import asides
from app.actions.applications.completion import complete_by_office, undo_completion
from app.actions.payments.on_the_spot import correct, record_offline
from app.actions.review.notes import ask
from app.actions.review.opinions import Opinion
from app.actions.spot_checks import drawing
from app.actions.spot_checks.drawing import Rule
from app.actions.windows.extensions import end, extend
from app.models import Aside, AuditEvent, Extension, PaymentEvent, SpotCheck
from tests import builders
from tests.builders import NOW
from tests.reviewing import LATER, PAYING, Desk, actor, approved, fields, submitted, url
from tests.web.staff.sending_twice import count, hidden, twice

UNTIL = "2027-01-20T16:00"


def signed_in(client: Any, role: str, **over: Any) -> Any:
    person = builders.staff(role, **over)
    builders.sign_in(client, person=person, on=PAYING)
    return person


def paid() -> tuple[Desk, str]:
    desk = approved(name="林晓雯")
    return desk, record_offline(desk.public_id, "No.1", by=actor(builders.staff("finance")), on=PAYING).order_number


def audited(action: str) -> int:
    return count(AuditEvent, AuditEvent.action == action)


def same(client: Any, address: str, data: dict[str, Any], words: str, action: str) -> None:
    """Both answers lead to one page with the same good news, and one act is written down."""
    first, again = twice(client, address, data)
    assert first == again
    assert first[0] == 303
    assert first[2], "nothing is said"
    assert first[2][0].startswith("ok"), first
    assert words in first[2][0]
    assert audited(action) == 1


@pytest.fixture(autouse=True)
def at_paying_time(app: Any) -> None:
    app.clock.now = PAYING


def test_a_payment_on_the_spot(client, app):
    desk = approved()
    signed_in(client, "finance")
    address = "/staff/orders/record"
    data = hidden(client.get(f"{address}?who={desk.ticket.number}").text, "确认收到") | {"receipt": "No.1"}
    same(client, address, data, "已登记现场缴费", "order.paid")
    assert count(PaymentEvent) == 1


def test_a_payment_that_was_corrected_since_is_not_called_recorded(client, app):
    desk = approved()
    signed_in(client, "finance")
    address = "/staff/orders/record"
    data = hidden(client.get(f"{address}?who={desk.ticket.number}").text, "确认收到") | {"receipt": "No.1"}
    number = client.post(address, data=data).location.rpartition("/")[2]
    correct(number, "看错一位", by=actor(builders.staff("admin")), on=PAYING)
    answer = client.post(address, data=data)
    assert answer.status_code == 409
    assert "后来更正了" in answer.text
    assert "No.1" in answer.text  # what was typed


def test_the_correction_of_a_payment(client, app):
    _, number = paid()
    signed_in(client, "finance", name="另一位")
    address = f"/staff/orders/{number}/correct"
    data = hidden(client.get(address).text, "更正以后") | {"reason": "准考证号看错一位"}
    same(client, address, data, "已更正", "order.corrected")


def test_a_payment_recorded_anew_is_not_called_corrected(client, app):
    desk, number = paid()
    signed_in(client, "finance", name="另一位")
    address = f"/staff/orders/{number}/correct"
    data = hidden(client.get(address).text, "更正以后") | {"reason": "准考证号看错一位"}
    client.post(address, data=data)
    record_offline(desk.public_id, "No.2", by=actor(builders.staff("admin")), on=PAYING)
    answer = client.post(address, data=data)
    assert answer.status_code == 409
    assert "后来又登记了缴费" in answer.text


def test_a_completion_undone_and_made_again(client, app):
    desk, _ = paid()
    signed_in(client, "office_reviewer")
    address = f"{url(desk)}/completion"
    undo = hidden(client.get(address).text, "撤销办结") | {"reason": "成绩录错"}
    same(client, address, undo, "已撤销办结", "application.undo_completion")
    again = hidden(client.get(address).text, "重新办结")
    first, second = twice(client, address, again)
    assert first == second
    assert "已重新办结" in first[2][0]
    late = client.post(address, data=undo)
    assert late.status_code == 409
    assert "后来又重新办结" in late.text
    undo_completion(desk.public_id, "又错", by=actor(builders.staff("admin")), on=PAYING)
    late = client.post(address, data=again)
    assert late.status_code == 409
    assert "后来又撤销" in late.text
    complete_by_office(desk.public_id, by=actor(builders.staff("admin")), on=PAYING)


def asked(client: Any) -> tuple[Desk, Any, Any]:
    desk, person = submitted(), builders.staff(name="周明")
    lead = builders.staff("school_lead", school_code="10574", name="郑负责")
    submitted(on=LATER)
    builders.sign_in(client, person=person, on=PAYING)
    return desk, person, lead


QUESTION = {"decision": "ask", "asked": "lead", "question": "照片背面有涂改，是否认可？"}


@pytest.mark.parametrize("decision", ["save", "save_next", "note"])
def test_what_is_kept_for_later(client, app, decision):
    desk, _, _ = asked(client)
    data = fields(client, desk, decision=decision, message="还没有想好", note="看第二页")
    first, again = twice(client, url(desk), data)
    assert first == again
    assert first[0] == 303
    assert first[2][0].startswith("ok")
    assert audited("application.noted") == 1


def test_a_question_to_the_lead_with_the_opinion_so_far(client, app):
    desk, _, _ = asked(client)
    data = fields(client, desk, **QUESTION, message="还没有想好", note="看第二页")
    same(client, url(desk), data, "已请示", "application.put_aside")
    assert (count(Aside), audited("application.noted"), audited("review.begun")) == (1, 1, 1)
    other = client.post(url(desk), data=data | {"message": "换了一句"})
    assert other.status_code == 409
    assert "换了一句" in other.text


def test_a_question_taken_back_since_is_not_called_asked(client, app):
    desk, person, _ = asked(client)
    data = fields(client, desk, **QUESTION)
    client.post(url(desk), data=data)
    asides.take_back(desk.public_id, by=actor(person), on=PAYING)
    answer = client.post(url(desk), data=data)
    assert answer.status_code == 409
    assert "已经收回" in answer.text


def test_an_answer_to_a_question_and_taking_one_back(client, app):
    desk, person, lead = asked(client)

    def put_aside() -> None:
        ask(desk.public_id, Opinion(), "问题", "lead", seen=desk.seen, by=actor(person), on=PAYING)

    put_aside()
    back = hidden(client.get(url(desk)).text, 'id="aside"') | {"decision": "take_back"}
    same(client, url(desk), back, "已收回", "application.aside_taken_back")
    put_aside()
    late = client.post(url(desk), data=back)
    assert late.status_code == 409
    assert "后来又提了新的请示" in late.text
    builders.sign_in(client, person=lead, on=PAYING)
    reply = hidden(client.get(url(desk)).text, 'id="aside"') | {"decision": "answer", "answer": "认可"}
    same(client, url(desk), reply, "已答复", "application.aside_answered")


def drawn(client: Any) -> Any:
    for _ in range(2):
        submitted().decide("pass", builders.staff(name="周初审"), on=LATER)
    return signed_in(client, "school_lead", school_code="10574")


def test_a_draw(client, app):
    drawn(client)
    page = client.get("/staff/spot-checks").text
    chosen = {"window": re.search(r'<option value="(\d+)"', page)[1], "stage": "school_review"}
    data = hidden(page, "抽取") | chosen | {"way": "number", "amount": "2"}
    same(client, "/staff/spot-checks", data, "已抽取", "spot_check.drawn")
    assert count(SpotCheck) == 1
    assert twice(client, "/staff/spot-checks", data | {"amount": "1"})[0][0] == 303
    assert count(SpotCheck) == 2  # another amount is another draw


def test_a_second_look(client, app):
    lead = drawn(client)
    window = submitted().window.id
    ident = drawing.draw(Rule(window, "school_review", "number", 2), by=actor(lead), on=PAYING)
    address = f"/staff/spot-checks/{ident}/1"
    data = hidden(client.get(address).text, 'class="review')
    same(client, address, data | {"result": "agree", "note": "没有问题"}, "已复核", "spot_check.checked")
    assert client.post(address, data=data | {"result": "agree", "note": "别的话"}).status_code == 409


def test_a_longer_time_and_its_early_end(client, app):
    desk = submitted()
    signed_in(client, "office_reviewer")
    address = f"/staff/examinees/{desk.person.id}"
    page = client.get(address).text
    typed = {"case": f"{desk.ticket.id}.{desk.window.id}", "what": "apply", "until": UNTIL, "reason": "住院"}
    given = hidden(page, 'value="extend"') | typed
    same(client, address, given, "已延长", "extension.granted")
    assert count(Extension) == 1
    ended = hidden(client.get(address).text, "提前结束")
    same(client, address, ended, "已提前结束", "extension.ended")
    late = client.post(address, data=given)
    assert late.status_code == 409
    assert count(Extension) == 1


def test_a_longer_time_replaced_since_is_not_called_given(app):
    desk, by = submitted(), actor(builders.staff("office_reviewer"))
    until = NOW + timedelta(days=90)
    given: dict[str, Any] = {"by": by, "on": PAYING}
    first = extend(desk.ticket.id, desk.window.id, "apply", until, "住院", token="a" * 32, **given)
    assert extend(desk.ticket.id, desk.window.id, "apply", until, "住院", token="a" * 32, **given) == first
    end(first, token="b" * 32, **given)
    end(first, token="b" * 32, **given)
    assert audited("extension.ended") == 1


def test_files_given_to_one_or_to_several(client, app):
    desk, second = submitted(), submitted(on=LATER)
    people = [builders.staff(name=name) for name in ("周明", "吴芳")]
    signed_in(client, "school_lead", school_code="10574")
    page = client.get("/staff/applications?state=all").text
    for act, to in (("assign", people[:1]), ("even", people)):
        named = {"act": act, "to": [str(person.id) for person in to], "pick": [desk.public_id, second.public_id]}
        first, again = twice(client, "/staff/applications/bulk", hidden(page, "data-queue") | named)
        assert first == again
        done = hidden(client.get(first[1]).text, "data-queue") | {"pick": named["pick"], "to": named["to"]}
        before = audited("application.assigned")
        answers = twice(client, first[1], done)
        assert answers[0] == answers[1]
        assert audited(f"batch.{act}") == 1
        assert audited("application.assigned") > before
        page = client.get("/staff/applications?state=all").text


def test_a_saved_view_is_deleted(client, app):
    submitted()
    signed_in(client, "school_lead", school_code="10574")
    page = client.get("/staff/applications?state=all").text
    client.post("/staff/applications/views", data=hidden(page, "保存") | {"name": "我的", "query": "state=all"})
    data = hidden(client.get("/staff/applications").text, 'name="drop"')
    first, again = twice(client, "/staff/applications/views", data)
    assert first == again
    assert "已删除" in first[2][0]
