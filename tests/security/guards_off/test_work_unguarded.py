"""Without their guards what two do at once, too late or behind somebody's back succeeds (docs/security.md, AC-20 to AC-23, AC-38)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.actions.applications import drafts
from app.actions.applications import submit as submitting
from app.actions.evidence import pictures
from app.actions.review import decide as deciding
from app.actions.review.opinions import Seen
from app.actions.submissions import last_submission
from app.models import Application, Window
from app.rules.case import Case
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import State
from app.rules.sending import Sending
from app.services.graduation import GRADUATION
from app.wizard.step import Step
from tests import builders as build
from tests.actions.review.test_reviews import DIPLOMA
from tests.builders import NOW
from tests.reviewing import LATER, Desk, myself, returning, submitted
from tests.wizard.test_fixes_page import NUMBER, PHOTO, returned
from tests.wizard.test_fixes_page import sign_in as open_fixes
from tests.wizard.test_fixes_page import url as fixes_of
from tests.wizard.test_wizard import Browser, begin, browser, fill, tick

__all__ = ["browser", "tick"]  # fixtures
SENDING = Sending("0" * 16, 99)


def test_without_versions_a_stale_tab_overwrites(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "_clashes", lambda *given: False)
    url = begin(browser)
    fill(browser, url)
    old = browser.get(f"{url}/statement")
    browser.post(f"{url}/statement", act="next", statement=build.STATEMENT + "新")
    browser.page = old
    assert browser.post(f"{url}/statement", act="next", statement=build.STATEMENT + "旧").status_code == 303
    assert Application.query.one().answers["statement"]["statement"].endswith("旧")


def test_without_the_window_a_draft_is_saved_weeks_later(
    browser: Browser, tick: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "in_time", lambda *given: True)
    url = begin(browser)
    fill(browser, url)
    row, by = Application.query.one(), Actor("examinee", tick.examinee_id, "林晓雯")
    late = NOW + timedelta(days=30)
    drafts.save_step(row.public_id, "statement", {"statement": "太晚"}, version=row.version, by=by, on=late)
    assert build.refresh(row).answers["statement"]["statement"] == "太晚"


def test_without_the_window_an_application_is_submitted_after_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submitting, "_in_time", lambda *given: None)
    build.window(closes_at=NOW)
    assert submitted(window=Window.query.one(), on=NOW + timedelta(days=1)).row.state == State.SCHOOL_REVIEW


def test_without_the_state_what_was_submitted_is_written_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (drafts, pictures):
        monkeypatch.setattr(module, "EDITABLE", tuple(State))
    desk = submitted()
    frozen, version = desk.submission.sha256, desk.row.version
    drafts.save_step(desk.public_id, "statement", {"statement": "后来"}, version=version, by=myself(desk), on=NOW)
    assert desk.row.answers["statement"] == {"statement": "后来"}
    pictures.remove_picture(
        desk.public_id, "diploma_photo", "", app.extensions["kaoji.store"], by=myself(desk), on=NOW, sending=SENDING
    )
    assert desk.submission.sha256 == frozen  # that nobody can write: it is in a table of its own, which nothing updates


def resubmitted_behind_an_open_page() -> tuple[Desk, Any, Seen]:
    """A file, its reviewer, and what the page showed that was opened before the examinee changed it."""
    desk, reviewer = submitted(), build.staff()
    seen = desk.seen
    desk.decide("return", reviewer, returning(DIPLOMA))
    desk.explain(DIPLOMA)
    submitting.submit(desk.public_id, GRADUATION, by=myself(desk), on=LATER)
    return desk, reviewer, seen


def test_without_what_was_seen_a_page_of_before_passes_what_came_since(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, reviewer, seen = resubmitted_behind_an_open_page()
    check, move = deciding._under_review, deciding.move

    def whatever(session: Any, public_id: str, by: Any, seen: Seen, on: Any) -> Any:
        row = session.scalars(select(Application).where(Application.public_id == public_id)).one()
        return check(session, public_id, by, Seen(last_submission(session, row.id).sha256, row.version), on)

    monkeypatch.setattr(deciding, "_under_review", whatever)
    monkeypatch.setattr(deciding, "move", lambda *given, **more: move(*given, **{**more, "version": desk.row.version}))
    desk.decide("pass", reviewer, seen=seen)
    assert desk.row.state == State.OFFICE_REVIEW


def test_without_the_returned_items_others_are_slipped_in(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Case, "open", lambda case, key: True)
    desk = returned(NUMBER, PHOTO)
    own = open_fixes(client, desk)
    own.get(fixes_of(desk))
    own.post(fixes_of(desk), act="save", record_code="ZZZZZZZZZZZZ")
    assert desk.row.answers["prior_degree"]["record_code"] == "ZZZZZZZZZZZZ"


def test_without_the_list_of_fields_anything_is_stored(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"is_admin": "1", "id_number": "310101199001010000"}
    url = begin(browser)
    browser.post(f"{url}/notice", act="next")

    def stored() -> dict[str, str]:
        browser.get(f"{url}/profile")
        browser.post(f"{url}/profile", act="next", **{**build.answers()["profile"], **extra})
        found: dict[str, str] = Application.query.populate_existing().one().answers["profile"]
        return found

    assert not extra.keys() & stored().keys()
    monkeypatch.setattr(Step, "read_posted", lambda step, case, posted: dict(posted))
    assert extra.items() <= stored().items()
