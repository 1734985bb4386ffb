"""What one page sends may overtake itself on the way: the last of it counts, and an answer that got lost makes no conflict."""

from __future__ import annotations

import io
from contextlib import nullcontext
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.actions.evidence.whole import lost_pictures
from app.models import Application, AuditEvent, Evidence
from app.rules.sending import Sending, read_sending
from tests import builders as build
from tests.conftest import BOTH
from tests.wizard.test_wizard import Browser, browser, photo, tick

__all__ = ["browser", "tick"]
PAGE, OTHER = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def draft(app: Flask, browser: Browser, tick: Any) -> str:
    window = build.window(name="再一次")
    made = build.application(tick, window, answers=build.answers(), reached="confirm", at_step="statement", version=5)
    browser.get(f"/applications/{made.public_id}/statement")
    return f"/applications/{made.public_id}"


def save(
    browser: Browser, draft: str, text: str, sending: str = "", version: int = 5, act: str = "autosave"
) -> TestResponse:
    headers = {"HX-Request": "true", "X-Autosave": "1"} | ({"X-Sending": sending} if sending else {})
    token = {"csrf_token": build.csrf_of(browser.page), "version": str(version)}
    return browser.client.post(f"{draft}/statement", data={**token, "act": act, "statement": text}, headers=headers)


def written() -> str:
    return str(Application.query.one().answers["statement"]["statement"])


def test_a_save_that_was_overtaken_undoes_nothing(browser: Browser, draft: str) -> None:
    assert save(browser, draft, "后写的", f"{PAGE}.8").status_code == 200
    late = save(browser, draft, "先写的", f"{PAGE}.7")
    assert late.status_code == 200
    assert late.json == {"version": 6, "saved": late.json["saved"]}  # type: ignore[index]
    assert written() == "后写的"


def test_one_that_changed_nothing_counts_as_the_later_all_the_same(browser: Browser, draft: str) -> None:
    before = written()
    save(browser, draft, before, f"{PAGE}.2")  # taken back by hand
    save(browser, draft, before + "多", f"{PAGE}.1")
    assert written() == before
    assert Application.query.one().version == 5


def test_a_lost_answer_is_no_conflict_with_oneself(browser: Browser, draft: str) -> None:
    save(browser, draft, "一", f"{PAGE}.1")  # version 6, which the page never learns
    assert save(browser, draft, "一二", f"{PAGE}.2").status_code == 200
    assert written() == "一二"


@pytest.mark.parametrize("sending", ["", f"{OTHER}.9"])
def test_another_page_still_gets_both_texts(browser: Browser, draft: str, sending: str) -> None:
    save(browser, draft, "一", f"{PAGE}.1")
    assert save(browser, draft, "别的页", sending).status_code == 409
    assert save(browser, draft, "别的页", sending, version=6).status_code == 200
    assert save(browser, draft, "一二", f"{PAGE}.2").status_code == 409  # and the first is the stale one now
    assert written() == "别的页"


def test_an_overtaken_next_moves_on_without_its_text(browser: Browser, draft: str) -> None:
    save(browser, draft, build.STATEMENT + "后写的", f"{PAGE}.8")
    answer = save(browser, draft, build.STATEMENT, f"{PAGE}.7", act="next")
    assert answer.status_code == 303
    assert written().endswith("后写的")
    assert Application.query.one().at_step == "prior-degree"


def upload(browser: Browser, draft: str, data: bytes, sending: str = "", act: str = "upload") -> TestResponse:
    given = {"csrf_token": build.csrf_of(browser.page), "act": act}
    file = {"diploma_photo": (io.BytesIO(data), "a.jpg")} if act == "upload" else {}
    headers = {"X-Sending": sending} if sending else {}
    return browser.client.post(f"{draft}/prior-degree/diploma_photo", data={**given, **file}, headers=headers)


def widths() -> list[int]:
    return [row.width for row in Evidence.query.filter_by(current=True)]


def test_the_picture_chosen_last_stays(browser: Browser, draft: str) -> None:
    assert upload(browser, draft, photo((1300, 900)), f"{PAGE}.4").status_code == 303
    assert upload(browser, draft, photo((1200, 800)), f"{PAGE}.3").status_code == 303
    assert widths() == [1300]
    assert upload(browser, draft, photo((1200, 800)), f"{OTHER}.1").status_code == 303
    assert widths() == [1200]


@pytest.mark.parametrize("act", ["remove", "rotate"])
def test_a_late_act_leaves_the_picture_chosen_after_it(browser: Browser, draft: str, act: str) -> None:
    upload(browser, draft, photo((1300, 900)), f"{PAGE}.5")
    assert upload(browser, draft, b"", f"{PAGE}.3", act).status_code == 303
    assert widths() == [1300]
    upload(browser, draft, b"", f"{PAGE}.6", act)
    assert widths() == {"remove": [], "rotate": [900]}[act]


A, B, BROKEN = photo((1300, 900)), photo((1200, 800)), b"no picture"


@pytest.mark.parametrize(
    ("first", "then", "stands"),
    [
        pytest.param(("upload", A, f"{PAGE}.1"), ("upload", B, f"{PAGE}.2"), [1200], id="same-page"),
        pytest.param(("upload", A, f"{PAGE}.1"), ("upload", BROKEN, f"{PAGE}.2"), [700], id="broken-is-the-last-too"),
        pytest.param(("upload", A, f"{PAGE}.9"), ("upload", B, f"{OTHER}.1"), [1200], id="after-a-reload"),
        pytest.param(("upload", A, ""), ("upload", B, ""), [1200], id="without-script"),
        pytest.param(("upload", A, f"{PAGE}.9"), ("remove", b"", ""), [], id="removed-elsewhere"),
        pytest.param(("rotate", b"", f"{PAGE}.1"), ("upload", B, f"{PAGE}.2"), [1200], id="turned"),
        pytest.param(("rotate", b"", ""), ("upload", B, f"{OTHER}.1"), [1200], id="turned-without-script"),
        pytest.param(("rotate", b"", f"{PAGE}.1"), ("remove", b"", f"{PAGE}.2"), [], id="turned-and-removed"),
    ],
)
def test_what_comes_while_a_picture_is_read_counts(
    browser: Browser, draft: str, monkeypatch: pytest.MonkeyPatch, first: Any, then: Any, stands: list[int]
) -> None:
    from app.wizard.views import uploads

    upload(browser, draft, photo((700, 600)), f"{PAGE}.0")
    nested = iter((True,))

    def send_then() -> int:
        return upload(browser, draft, then[1], then[2], then[0]).status_code

    def slowly(real: Any) -> Any:
        def read(*args: Any, **more: Any) -> Any:
            if next(nested, False):
                assert send_then() == (429 if then[0] == "upload" else 303)
            return real(*args, **more)

        return read

    for name in ("normalise_picture", "turn_right"):
        monkeypatch.setattr(uploads, name, slowly(getattr(uploads, name)))
    assert upload(browser, draft, first[1], first[2], first[0]).status_code == 303  # and shows what stands now
    if then[0] == "upload":  # one picture at a time: sent again, as it was told
        assert widths() == ([1300] if not then[2] else [700])  # with script it is known that another comes
        assert send_then() == (422 if then[1] == BROKEN else 303)
    assert widths() == stands
    assert len(list(browser.client.application.extensions["kaoji.store"].keys())) == len(stands)


@pytest.mark.parametrize("app", BOTH, indirect=True)  # one gives the id of a deleted row anew, the other does not
def test_a_picture_replaced_before_it_is_turned_is_no_failure_and_no_alarm(
    browser: Browser, draft: str, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(browser, draft, A, f"{PAGE}.1")
    store = app.extensions["kaoji.store"]
    real = type(store).read
    monkeypatch.setattr("app.wizard.views.uploads.one_at_a_time", lambda **_: nullcontext())  # another's mark was over

    def late(self: Any, key: str) -> bytes:
        monkeypatch.undo()
        upload(browser, draft, B, f"{PAGE}.3")
        return real(self, key)

    monkeypatch.setattr(type(store), "read", late)
    assert upload(browser, draft, b"", f"{PAGE}.2", "rotate").status_code == 303
    assert widths() == [1200]
    assert lost_pictures() == 0
    assert not AuditEvent.query.filter(AuditEvent.action.startswith("alarm.")).count()


@pytest.mark.parametrize(
    "header", ["", "x", f"{PAGE}", f"{PAGE}.", f"{PAGE}.-1", f"{PAGE}.1234567890", f"{PAGE.upper()}.1", f"{PAGE}.١"]
)
def test_what_is_no_order_is_none(header: str) -> None:
    assert read_sending(header) is None


def test_an_order_is_read() -> None:
    assert read_sending(f"{PAGE}.12") == Sending(PAGE, 12)
