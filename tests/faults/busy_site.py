"""A site under load from outside: people who save, upload, submit and decide, and an import; each notes what was acknowledged."""

from __future__ import annotations

import http.client
import io
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from PIL import Image
from sqlalchemy import delete

from app.adapters.pictures.pool import normalise_picture
from app.extensions import db
from app.models import Throttle, Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from tests import builders
from tests.faults.server_process import ROOT

_BORN = (date(1970, 1, 1) + timedelta(days=number) for number in count())
SLOTS = ("diploma_photo", "record_photo")
KINDS = ("save", "upload", "submit", "decide")
EDGE = "kaoji-edge"
TITLE = re.compile('<h1>(.*?)</h1>|class="error">(.*?)<', re.S)
OFFERED = 'data-decision="return"'  # the button of a decision
SAME = {"Sec-Fetch-Site": "same-origin"}
PATIENCE = 60
"""Seconds for an answer on a busy computer, where a picture may wait for two workers (app/adapters/pictures/pool.py)."""
AFTER = 10
"""Seconds from the end of a server to the moment at which its kill is told."""


def photo(tone: int = 120) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((640, 480), 40).point(lambda value: min(255, value + tone // 8)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def hidden_in(page: str) -> dict[str, str]:
    """The hidden fields of a page, of the first form where several have one."""
    found = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', page)
    return dict(reversed(found))


class Client:
    """One signed-in person: a cookie, a connection for each request, and the fields of the last page's forms."""

    def __init__(self, browser: Any) -> None:
        self.cookies = "; ".join(f"{each.key}={each.value}" for each in browser._cookies.values())
        self.port = 0
        self.page = ""
        self.said = ""

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str]:
        """Return status and Location. Raises OSError or HTTPException where the server is gone."""
        self.said = f"{method} {path}: no answer yet"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            headers = {"Cookie": self.cookies, "Connection": "close", **SAME}
            if body is not None:
                headers["Content-Type"] = kind or "application/x-www-form-urlencoded"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            self.page = answer.read().decode(errors="replace")
            self.said = f"{method} {path}: {answer.status} {TITLE.findall(self.page)}"
            return answer.status, answer.getheader("Location") or ""
        finally:
            connection.close()

    def post(self, path: str, **fields: str) -> bool:
        """Read the page, send its form; True when it was acknowledged."""
        if self.ask("GET", path)[0] != 200:
            return False
        return self.ask("POST", path, urlencode({**hidden_in(self.page), **fields}).encode())[0] == 303

    def send_photo(self, page: str, slot: str, data: bytes) -> bool:
        if self.ask("GET", page)[0] != 200:
            return False
        parts = [
            f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in (hidden_in(self.page) | {"act": "upload"}).items()
        ]
        head = f'--{EDGE}\r\nContent-Disposition: form-data; name="{slot}"; filename="IMG.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
        body = "".join(parts).encode() + head.encode() + data + f"\r\n--{EDGE}--\r\n".encode()
        return self.ask("POST", f"{page}/{slot}", body, f"multipart/form-data; boundary={EDGE}")[0] == 303


class Draft:
    """A complete draft of somebody, ready to be submitted."""

    def __init__(self, app: Flask, window: int) -> None:
        browser = app.test_client()
        with app.app_context():
            person = builders.examinee(id_number=builders.id_number(born=next(_BORN)))  # a thousand have one birthday
            tick = builders.ticket(person)
            builders.scores(tick, builders.all_passed(builders.plan_of("050101/2024")))
            row = builders.application(tick, db.session.get_one(Window, window))
            self.url, self.id, self.ticket = f"/applications/{row.public_id}", row.id, tick.number
            self.public_id = row.public_id
            by = Actor("examinee", person.id, person.name)
            builders.sign_in(browser, on=datetime.now(UTC), tick=tick)
        given = builders.answers()
        for step in ("notice", "profile", "scores", "statement", "prior_degree"):
            if step == "prior_degree":
                self._photos(app, by)
            page = f"{self.url}/{step.replace('_', '-')}"
            form = {name: text for name, text in given[step].items() if name not in ("level", "read_at")}
            answer = browser.post(page, data={**hidden_in(browser.get(page).text), **form, "act": "next"}, headers=SAME)
            assert answer.status_code == 303, answer.text
        self.client = Client(browser)

    def _photos(self, app: Flask, by: Actor) -> None:
        for slot in SLOTS:
            item, now = f"prior_degree.{slot}", datetime.now(UTC)
            with app.app_context():
                builders.put_picture(app, self.public_id, slot, item, normalise_picture(photo()), by, now)


class Oracle:
    """What was acknowledged, kept outside of the site."""

    def __init__(self) -> None:
        self.saved: dict[int, int] = {}  # application -> number in its address
        self.tried: dict[int, int] = {}
        self.uploaded: set[int] = set()
        self.submitted: set[int] = set()
        self.decided: set[int] = set()
        self.acknowledged = {kind: threading.Event() for kind in KINDS}  # since the last kill

    def note(self, kind: str, ident: int, number: int = 0) -> None:
        if kind == "save":
            self.saved[ident] = number
        else:
            {"upload": self.uploaded, "submit": self.submitted, "decide": self.decided}[kind].add(ident)
        self.acknowledged[kind].set()


class BusySite:
    """Who acts on the site, between two kills."""

    READY = 3  # drafts that wait to be submitted when a cycle begins

    def __init__(self, app: Flask, folder: Path) -> None:
        now, browser = datetime.now(UTC), app.test_client()
        with app.app_context():
            builders.school()
            builders.plan()
            times = {"opens_at": now - timedelta(days=1), "closes_at": now + timedelta(days=9)}
            self.window = builders.window(**times, pay_opens_at=None, pay_closes_at=None, fee=0).id
            builders.sign_in(browser, on=now, person=builders.staff())
        self.app, self.folder, self.oracle = app, folder, Oracle()
        self.savers = [Draft(app, self.window) for _ in range(2)]
        self.uploaders = [Draft(app, self.window) for _ in range(2)]
        self.drafts = [Draft(app, self.window) for _ in range(self.READY)]
        self.graded = list(self.drafts)  # whose grades every import changes
        browser.get("/password")  # gives the browser its token
        self.reviewer = Client(browser)
        self.roster = folder.parent / "scores.csv"
        self.marks = 60
        self.cut_off: list[str] = []  # what a server that nobody killed did not answer

    def last_answers(self) -> str:
        """What each person was told last, a line each."""
        people = [*self.savers, *self.uploaders, *self.drafts[-self.READY :]]
        return "\n".join([self.reviewer.said, *(each.client.said for each in people)])

    def make_ready(self) -> None:
        """Between two cycles: enough to submit and to decide, however many the last one took, and a new day of uploads."""
        with self.app.app_context(), transaction() as session:
            session.execute(delete(Throttle).where(Throttle.key.startswith("uploads:")))
        waiting = sum(draft.id not in self.oracle.submitted for draft in self.drafts)
        self.drafts += [Draft(self.app, self.window) for _ in range(self.READY - waiting)]
        for kind in self.oracle.acknowledged.values():
            kind.clear()

    def act(self, port: int, killed: threading.Event) -> list[threading.Thread]:
        """Begin everything at once; each goes on until the server is gone."""
        for each in (*self.savers, *self.uploaders, *self.drafts):
            each.client.port = port
        self.reviewer.port = port
        works: list[Callable[[], Any]] = [lambda d=draft: self._save(d) for draft in self.savers]  # type: ignore[misc]
        works += [lambda d=draft: self._upload(d) for draft in self.uploaders]  # type: ignore[misc]
        works += [self._submit, self._decide]
        threads = [threading.Thread(target=self._until, args=(work, killed)) for work in works]
        for thread in threads:
            thread.start()
        return threads

    def _until(self, work: Callable[[], Any], killed: threading.Event) -> None:
        while not killed.is_set():
            try:
                work()
            except (OSError, http.client.HTTPException) as error:
                if killed.wait(AFTER):
                    return
                self.cut_off.append(f"{error!r}\n{self.last_answers()}")
            killed.wait(0.02)  # where there is nothing to do

    def _save(self, draft: Draft) -> None:
        number = self.oracle.tried[draft.id] = self.oracle.tried.get(draft.id, 0) + 1
        given = {**builders.answers()["profile"], "address": f"上海市黄浦区某路 {number} 号", "act": "next"}
        if draft.client.post(f"{draft.url}/profile", **given):
            self.oracle.note("save", draft.id, number)

    def _upload(self, draft: Draft) -> None:
        if draft.client.send_photo(f"{draft.url}/prior-degree", SLOTS[0], photo()):
            self.oracle.note("upload", draft.id)

    def _submit(self) -> None:
        draft = next((each for each in self.drafts if each.id not in self.oracle.submitted), None)
        if draft is None or draft.client.post(f"{draft.url}/confirm", act="next"):
            if draft:
                self.oracle.note("submit", draft.id)
            return
        if draft.client.ask("GET", draft.url)[0] == 200 and "回执编号" in draft.client.page:
            self.oracle.note("submit", draft.id)  # by a request whose answer was lost

    def _decide(self) -> None:
        for draft in self.drafts:
            if draft.id in self.oracle.submitted and draft.id not in self.oracle.decided:
                page = f"/staff/applications/{draft.public_id}"
                made = self.reviewer.post(page, decision="return", sure="1", **RETURNING)
                if made or (self.reviewer.ask("GET", page)[0] == 200 and OFFERED not in self.reviewer.page):
                    self.oracle.note("decide", draft.id)  # perhaps by a request whose answer was lost
                return

    def begin_import(self, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        """An import that changes every grade of everybody to one number."""
        self.marks = 60 + (self.marks - 59) % 40
        plan = builders.plan_of("050101/2024")
        codes = [course.code for course in plan.courses if course.credits]
        rows = [f"{draft.ticket},{code},2026-04,{self.marks}" for draft in self.graded for code in codes]
        self.roster.write_text("准考证号,课程代码,考次,成绩\n" + "\n".join(rows) + "\n", encoding="utf-8")
        command = [sys.executable, "-c", "from app.cli import main; main()", "import", "scores", str(self.roster)]
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )


RETURNING = {"verdict.prior_degree.diploma_number": "return", "reason.prior_degree.diploma_number": "编号与照片不一致"}
