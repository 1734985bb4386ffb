"""One picture of an examinee is read at a time, and nobody else waits for it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from queue import Empty
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.actions.evidence import one_at_a_time as marks
from app.actions.evidence.one_at_a_time import LASTS, SERVER, AnotherOne, one_at_a_time, server_number
from app.adapters.pictures.slots import Slots
from app.extensions import db
from app.models import Evidence, Examinee, Throttle
from app.models.base import Busy
from app.rules.people.roles import Actor
from app.wizard.views import uploads
from tests import builders, papers
from tests.builders import NOW
from tests.wizard.test_wizard import Browser, begin, fill

ME, OTHER = Actor("examinee", 1, "林晓雯"), Actor("examinee", 2, "许诺")


def beside(by: Actor, after: timedelta = timedelta(0), server: int = 0) -> bool:
    """Whether a picture could be read now, at that server."""
    try:
        with one_at_a_time(by=by, on=NOW + after, server=server):
            return True
    except AnotherOne:
        return False


def test_a_second_of_the_same_person_is_told_to_come_again_and_others_are_not(both: Flask) -> None:
    with one_at_a_time(by=ME, on=NOW):
        assert not beside(ME)
        assert not beside(ME, timedelta(seconds=60))
        assert beside(OTHER)
    assert beside(ME)


def test_the_mark_of_a_process_that_died_ends_by_itself_and_a_late_one_takes_no_others_away(both: Flask) -> None:
    first = one_at_a_time(by=ME, on=NOW)
    first.__enter__()
    assert not beside(ME, LASTS - timedelta(seconds=1))
    with one_at_a_time(by=ME, on=NOW + LASTS):
        first.__exit__(None, None, None)
        assert not beside(ME, LASTS)


@contextmanager
def jammed() -> Iterator[Any]:
    raise Busy
    yield


def killed(server: int, by: Actor = ME) -> None:
    """An upload at that server that no process knows any more."""
    assert marks._mark(by, server * marks._MANY + 1, NOW)


def test_a_server_knows_what_a_kill_left_of_its_own_and_lets_other_servers_uploads_be(both: Flask) -> None:
    here, there = (server_number("host", port) for port in (8000, 8001))
    killed(here)
    assert not beside(ME)
    assert not beside(ME, server=there)
    assert beside(ME, server=here)
    with one_at_a_time(by=ME, on=NOW, server=here):
        assert not beside(ME, server=here)
        assert not beside(ME, server=there)
    assert beside(ME, server=there)


def test_what_a_busy_database_left_holds_nobody_up_at_its_server(both: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as busy, one_at_a_time(by=ME, on=NOW, server=7):
        busy.setattr(marks, "transaction", jammed)
    assert not beside(ME, server=8)
    assert beside(ME, server=7)


def test_marks_of_every_server_fit_their_column() -> None:
    numbers = {server_number("host", port) for port in range(2000)}
    assert len(numbers) > 1900
    assert 0 < min(numbers) <= max(numbers) < 2**16


def test_many_at_once_on_both_databases_are_one(both: Flask) -> None:
    gate, over, let_in = threading.Barrier(6), threading.Barrier(6), []

    def upload() -> None:
        with both.app_context():
            gate.wait()
            try:
                with one_at_a_time(by=ME, on=NOW):
                    let_in.append(1)
                    over.wait()
            except AnotherOne:
                over.wait()

    threads = [threading.Thread(target=upload) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert let_in == [1]


@pytest.fixture
def person(app: Flask) -> tuple[Any, str]:
    """Signed in, the application filled up to its pictures; a window that takes any photo."""
    builders.school()
    plan = builders.plan()
    tick = builders.ticket(builders.examinee())
    builders.scores(tick, builders.all_passed(plan))
    builders.window()
    client = app.test_client()
    builders.sign_in(client, tick=tick)
    browser = Browser(client)
    url = begin(browser)
    fill(browser, url)
    browser.get(f"{url}/prior-degree")
    return browser, url


def test_while_one_is_read_another_tab_is_answered_at_once_and_it_costs_no_upload(
    app: Flask, person: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, url = person
    data, real, answers = papers.jpeg(papers.diploma(1)), uploads.normalise_picture, []

    def send(slot: str, act: str = "upload") -> Any:
        return browser.post(f"{url}/prior-degree/{slot}", act=act, **{slot: (io.BytesIO(data), "IMG_2.jpg")})

    def counted() -> int:
        return app.extensions["sqlalchemy"].session.scalar(
            select(Throttle.hits).where(Throttle.key.like("uploads:%")).execution_options(populate_existing=True)
        )

    def while_it_is_read(*given: Any, **more: Any) -> Any:
        if not answers:
            answers.append(None)
            before = counted()
            answers[:] = [send("record_photo"), send("diploma_photo", "rotate")]
            assert counted() == before
        return real(*given, **more)

    monkeypatch.setattr(uploads, "normalise_picture", while_it_is_read)
    assert send("diploma_photo").status_code == 303
    assert [(answer.status_code, answer.headers["Retry-After"]) for answer in answers] == [(429, "2")] * 2
    assert "你的另一张照片还在处理" in answers[0].text
    assert "请过几秒再选一次、再按“上传”" in answers[0].text
    assert send("record_photo").status_code == 303
    assert Evidence.query.filter_by(slot="record_photo", current=True).count() == 1


def test_the_pages_of_a_server_take_up_what_a_kill_left_of_its_own(
    app: Flask, person: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, url = person
    data, by = papers.jpeg(papers.diploma(1)), Actor("examinee", db.session.scalars(select(Examinee.id)).one(), "")

    def send() -> int:
        file = {"diploma_photo": (io.BytesIO(data), "IMG_4.jpg")}
        return int(browser.post(f"{url}/prior-degree/diploma_photo", act="upload", **file).status_code)

    monkeypatch.setitem(app.extensions, SERVER, 7)
    killed(8, by)
    assert send() == 429
    db.session.execute(delete(Throttle))
    db.session.commit()
    killed(7, by)
    assert send() == 303


def test_several_with_one_page_are_read_one_after_the_other(person: tuple[Any, str]) -> None:
    browser, url = person
    data = papers.jpeg(papers.diploma(1))
    files = {slot: (io.BytesIO(data), "IMG_3.jpg") for slot in ("diploma_photo", "record_photo")}
    answer = browser.post(f"{url}/prior-degree", act="next", **builders.answers()["prior_degree"], **files)
    assert answer.status_code == 303, answer.text


def test_who_waits_longest_gets_the_next_free_place() -> None:
    slots: Slots[int] = Slots()
    slots.put(1)
    assert slots.get() == 1
    order: list[str] = []
    ready = threading.Semaphore(0)

    def wait(name: str) -> None:
        got = slots.get(5)
        order.append(name)
        ready.release()
        slots.put(got)

    threads = []
    for name in "abc":
        threads.append(threading.Thread(target=wait, args=(name,)))
        threads[-1].start()
        while len(slots._line) < len(threads):
            pass
    slots.put(1)
    for thread in threads:
        thread.join()
    assert order == ["a", "b", "c"]
    assert slots.get_nowait() == 1
    with pytest.raises(Empty):
        slots.get(0.01)
    slots.put(2)
    assert slots.get() == 2
