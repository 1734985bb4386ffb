"""What the audit holds of settings, refusals and forged notices (security.md SR-46)."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.counted import MOST, any_over
from app.actions.office.site import save_announcement, save_texts
from app.actions.papers.certificates import save_settings
from app.actions.people.staff import change_role
from app.actions.review.reasons import ReasonForm, delete_reason, save_reason, shift
from app.cli.serving.periodic_work import tell_counted
from app.extensions import db
from app.models import AuditEvent, Evidence, Throttle
from app.rules.audit_words import detail_words
from tests import builders
from tests.builders import NOW
from tests.reviewing import actor, submitted, url

MINUTE = timedelta(minutes=1)


def events(action: str) -> list[AuditEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.id)))


def details(action: str) -> list[dict[str, Any]]:
    return [event.detail for event in events(action)]


def test_changes_of_settings_are_kept_before_and_after(both: Flask) -> None:
    admin = actor(builders.staff("admin"))
    save_texts({"contact_phone": "021-1", "name": "考办"}, by=admin, on=NOW)
    save_texts({"contact_phone": "021-2", "name": "考办"}, by=admin, on=NOW)
    save_texts({"contact_phone": "021-2"}, by=admin, on=NOW)  # nothing changes
    first, second = details("site.edited")
    assert first["before"] == {"contact_phone": "", "name": ""}
    assert second == {"before": {"contact_phone": "021-1"}, "after": {"contact_phone": "021-2"}}
    assert detail_words(second) == "原来（咨询电话 021-1）；改为（咨询电话 021-2）"

    ident = save_announcement(None, title="甲", body="一", pinned=False, by=admin, on=NOW)
    save_announcement(ident, title="甲", body="二", pinned=False, by=admin, on=NOW)
    assert details("announcement.created")[0]["after"] == {"title": "甲", "body": "一", "pinned": False}
    assert details("announcement.edited") == [{"title": "甲", "before": {"body": "一"}, "after": {"body": "二"}}]

    save_settings("ticket", "31", "", by=admin, on=NOW)
    save_settings("ticket", "44", "", by=admin, on=NOW)
    changed = details("certificate.settings")[-1]
    assert changed == {"before": {"certificate_province": "31"}, "after": {"certificate_province": "44"}}

    person = builders.staff()
    change_role(person.id, "office_reviewer", "", by=admin, on=NOW)
    (role,) = details("staff.role_changed")
    assert (role["before"]["role"], role["after"]["role"]) == ("school_reviewer", "office_reviewer")


def test_changes_of_reasons_are_kept_before_and_after(app: Flask) -> None:
    admin = actor(builders.staff("admin"))
    ident = save_reason(None, ReasonForm("甲", "请改成一。", ()), version=0, by=admin, on=NOW)
    save_reason(ident, ReasonForm("甲", "请改成二。", ()), version=1, by=admin, on=NOW)
    shift(ident, "up", by=admin, on=NOW)
    delete_reason(ident, by=admin, on=NOW)
    (edited,), (moved,), (deleted,) = details("reason.edited"), details("reason.moved"), details("reason.deleted")
    assert (edited["before"], edited["after"]) == ({"text": "请改成一。"}, {"text": "请改成二。"})
    assert moved["before"]["position"] == moved["after"]["position"] + 1
    assert deleted["before"]["text"] == "请改成二。"


def test_a_refused_page_and_what_is_anothers_are_one_event_a_minute_with_their_number(both: Flask) -> None:
    client = both.test_client()
    theirs = submitted("10002")
    reviewer = builders.staff()
    builders.sign_in(client, person=reviewer)
    picture = db.session.scalars(select(Evidence.public_id).where(Evidence.application_id == theirs.row.id)).first()
    assert client.get("/admin/staff").status_code == 403
    (first,) = events("access.refused")
    assert (first.actor_id, first.subject, first.address) == (reviewer.id, "staff", "127.0.0.1")
    assert first.detail == {"path": "/admin/staff", "status": 403, "times": 1}
    for address in (url(theirs), f"/evidence/{picture}", f"/applications/{theirs.public_id}/register.pdf"):
        assert client.get(address).status_code == 404
    assert len(events("access.refused")) == 1
    tell_counted(both, NOW)  # the minute is not over
    assert len(events("access.refused")) == 1
    both.clock.now += MINUTE  # type: ignore[attr-defined]
    assert any_over(on=both.clock.now)  # type: ignore[attr-defined]
    tell_counted(both, NOW)
    assert details("access.refused")[-1] == {
        "times": 3,
        "paths": sorted(
            f"404 {path}"
            for path in (url(theirs), f"/evidence/{picture}", f"/applications/{theirs.public_id}/register.pdf")
        ),
    }
    assert events("access.refused")[-1].actor_id == reviewer.id
    both.clock.now += MINUTE  # type: ignore[attr-defined]
    tell_counted(both, NOW)
    assert db.session.scalar(select(Throttle.key).where(Throttle.key.like("counted:%"))) is None
    assert client.get(url(theirs)).status_code == 404
    last = events("access.refused")[-1]
    assert (last.subject, last.subject_id, last.detail["status"]) == ("application", theirs.row.id, 404)


def test_a_counted_event_names_what_was_refused_up_to_a_bound_and_no_personal_number(both: Flask) -> None:
    """Also by the next refusal, and from several addresses it stays one event a minute."""
    client = both.test_client()
    reviewer = builders.staff()
    builders.sign_in(client, person=reviewer)
    assert client.get("/admin/staff").status_code == 403
    for number in range(1, MOST + 6):
        for _ in range(2):
            asked = client.get(f"/admin/staff/{number}", environ_overrides={"REMOTE_ADDR": f"10.0.0.{number % 2}"})
            assert asked.status_code == 403
    assert client.get("/admin/templates/11010119900307123X").status_code == 403
    assert client.get("/admin/templates/13800138000").status_code == 403
    assert len(events("access.refused")) == 1
    both.clock.now += MINUTE  # type: ignore[attr-defined]
    assert client.get("/admin/staff").status_code == 403
    told = details("access.refused")[-1]
    assert told["times"] == 2 * (MOST + 5) + 3
    assert len(told["paths"]) == MOST
    assert "403 /admin/staff/1" in told["paths"]
    assert told["more_paths"] == told["times"] - 2 * MOST
    assert set(told["addresses"]) == {"10.0.0.0", "10.0.0.1", "127.0.0.1"}
    assert "/admin/staff/1、" in detail_words(told)
    assert "11010119900307123X" not in str(details("access.refused"))
    assert "13800138000" not in str(details("access.refused"))
    assert not list(db.session.scalars(select(Throttle.key).where(Throttle.key.like("of:%"))))


def test_a_personal_number_in_an_address_is_not_kept(both: Flask) -> None:
    client = both.test_client()
    builders.sign_in(client, person=builders.staff())
    for path in ("/admin/templates/11010119900307123X", "/admin/templates/13800138000"):
        assert client.get(path).status_code == 403
    both.clock.now += MINUTE  # type: ignore[attr-defined]
    tell_counted(both, NOW)
    assert details("access.refused") == [
        {"path": "/admin/templates/…", "status": 403, "times": 1},
        {"paths": ["403 /admin/templates/…"], "times": 1},
    ]


def test_what_is_absent_or_was_withdrawn_is_no_refusal(app: Flask, client: FlaskClient) -> None:
    draft = builders.application(builders.ticket(builders.examinee()), builders.window())
    builders.sign_in(client, person=builders.staff())
    for address in (
        f"/staff/applications/{'0' * 32}",
        f"/staff/applications/{draft.public_id}",
        "/staff/examinees/999",
        "/nowhere",
    ):
        assert client.get(address).status_code == 404
    assert events("access.refused") == []


def test_an_examinee_who_is_refused_is_no_event(app: Flask, client: FlaskClient) -> None:
    desk = submitted()
    builders.sign_in(client, tick=builders.ticket(builders.examinee(name="别人")))
    assert client.get(f"/applications/{desk.public_id}").status_code == 404
    assert events("access.refused") == []


def test_a_refusal_that_cannot_be_written_down_is_answered_all_the_same(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from sqlalchemy.exc import OperationalError

    def locked(**given: Any) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    monkeypatch.setattr("app.web.refused_access.count_refused", locked)
    builders.sign_in(client, person=builders.staff())
    assert client.get("/admin/staff").status_code == 403
    assert "a refusal was not written down" in caplog.text


def test_forged_notices_are_a_line_and_one_event_a_minute_without_their_body(
    make_app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    demo = make_app(demo=True)
    with demo.app_context():
        browser = demo.test_client()
        with caplog.at_level(logging.WARNING):
            for number in range(20):
                assert browser.post("/pay/training/notify", data=f"forged body {number}").status_code == 400
        (event,) = events("payment.forged")
        assert (event.actor_kind, event.subject, event.address) == ("gateway", "address", "127.0.0.1")
        assert event.detail == {"gateway": "training", "times": 1}
        assert caplog.text.count("payment notice refused") == 1
        demo.clock.now += MINUTE  # type: ignore[attr-defined]
        browser.post("/pay/training/notify", data="forged body")
        assert [detail["times"] for detail in details("payment.forged")] == [1, 20]
        assert "forged body" not in caplog.text + str(details("payment.forged"))


def test_forged_notices_of_many_addresses_are_one_event_a_minute_and_gateway(
    make_app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    demo = make_app(demo=True)
    with demo.app_context():
        browser = demo.test_client()
        for number in range(MOST + 10):
            where = {"REMOTE_ADDR": f"203.0.113.{number}"}
            assert browser.post("/pay/training/notify", data="x", environ_overrides=where).status_code == 400
        assert len(events("payment.forged")) == 1
        demo.clock.now += MINUTE  # type: ignore[attr-defined]
        tell_counted(demo, NOW)
        first, counted = events("payment.forged")
        assert counted.detail["gateway"] == "training"
        assert counted.detail["times"] == MOST + 9
        assert len(counted.detail["addresses"]) == MOST
        assert counted.detail["more_addresses"] == 9
        assert {(each.actor_kind, each.actor_label) for each in (first, counted)} == {("gateway", first.actor_label)}
        assert first.actor_label != "training"
