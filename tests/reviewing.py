"""Applications on a reviewer's desk, submitted the way an examinee submits them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Any

from flask import Flask, current_app
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.actions.applications.drafts import save_parts
from app.actions.applications.submit import submit
from app.actions.review.decide import decide
from app.actions.review.opinions import OK, RETURN, Opinion, Seen, Verdict
from app.extensions import db
from app.models import Application, Evidence, Examinee, PlanRow, School, Staff, Submission, Ticket, Window
from app.models.base import random_id, transaction
from app.rules.people.roles import Actor
from app.rules.review.fixes import REPLIES
from app.services.graduation import GRADUATION
from tests import builders
from tests.builders import NOW

LATER = NOW + timedelta(hours=1)
PAYING = NOW + timedelta(days=21)


@dataclass
class Desk:
    """One submitted application with what belongs to it."""

    public_id: str
    person: Examinee
    ticket: Ticket
    window: Window

    @property
    def row(self) -> Application:
        query = select(Application).where(Application.public_id == self.public_id)
        return db.session.scalars(query.execution_options(populate_existing=True)).one()

    @property
    def submission(self) -> Submission:
        query = select(Submission).where(Submission.application_id == self.row.id).order_by(Submission.number.desc())
        return db.session.scalars(query).first()

    @property
    def seen(self) -> Seen:
        return Seen(self.submission.sha256, self.row.version)

    def explain(self, *keys: str, words: str = "已经核对过，没有错。", on: datetime = LATER) -> None:
        """我的说明 to these returned items."""
        me = Actor("examinee", self.person.id, self.person.name)
        parts = {REPLIES: dict.fromkeys(keys, words)}
        save_parts(self.public_id, parts, version=self.row.version, by=me, on=on)

    def decide(self, decision: str, by: Staff, opinion: Opinion | None = None, **over: Any) -> Any:
        given = {"service": GRADUATION, "by": actor(by), "on": LATER, "seen": self.seen, **over}
        return decide(self.public_id, decision, opinion or Opinion(), **given)


def actor(person: Staff) -> Actor:
    return Actor("staff", person.id, person.name, person.role, person.school_code)


def myself(desk: Desk) -> Actor:
    return Actor("examinee", desk.person.id, desk.person.name)


def ok(*keys: str, message: str = "") -> Opinion:
    return Opinion({key: Verdict(OK) for key in keys}, message)


def returning(*keys: str, reason: str = "编号与照片不一致") -> Opinion:
    return Opinion({key: Verdict(RETURN, reason) for key in keys})


def place(code: str = "10574") -> None:
    """The school and the plan, once."""
    if db.session.scalar(select(School.id).where(School.code == code)) is None:
        builders.school(code, name=f"学校{code}")
    if db.session.scalar(select(PlanRow.id)) is None:
        builders.plan()


def submitted(
    code: str = "10574",
    *,
    window: Window | None = None,
    without: tuple[str, ...] = (),
    on: datetime = NOW,
    **person: Any,
) -> Desk:
    """An application of somebody who passed everything but `without`, handed in at this school."""
    place(code)
    window = window or db.session.scalar(select(Window)) or builders.window()
    who = builders.examinee(**person)
    ticket = builders.ticket(who, school_code=code)
    builders.scores(ticket, builders.all_passed(builders.plan_of("050101/2024"), without))
    reason = "成绩正在复核" if without else ""
    answers = builders.answers(scores={"major": f"050101.{code}.2024", "missing_reason": reason, "level": "本科"})
    row = builders.application(ticket, window, answers=answers)
    for slot in ("diploma_photo", "record_photo"):
        picture(row.id, slot)
    submit(row.public_id, GRADUATION, by=Actor("examinee", who.id, who.name), on=on)
    return Desk(row.public_id, who, ticket, window)


def picture(application_id: int, slot: str) -> None:
    """A picture whose file is there, though no decoder would take it; written without waiting for the disk."""
    data, name = token_bytes(16), random_id()
    path = Path(current_app.extensions["kaoji.store"].root / name[:2] / name[2:4] / name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    builders.store(
        Evidence(
            application_id=application_id,
            slot=slot,
            media_type="image/jpeg",
            size=1000,
            width=100,
            height=80,
            sha256=sha256(data).hexdigest(),
            storage_key=f"{name[:2]}/{name[2:4]}/{name}",
            created_at=NOW,
        )
    )


def filled(app: Flask, data: bytes, *which: Any) -> None:
    """Let these pictures (conditions on Evidence, none for every one) be these bytes, as an upload leaves file and row."""
    key = app.extensions["kaoji.store"].put(data)
    values = {"storage_key": key, "size": len(data), "sha256": sha256(data).hexdigest()}
    with transaction() as session:
        session.execute(update(Evidence).where(*which).values(**values))


def missing_course() -> str:
    """A course of the plan that every examinee needs."""
    plan = builders.plan_of("050101/2024")
    return next(c.code for c in plan.courses if c.requirement == "必考" and not c.groups and c.theory is None)


def approved(**over: Any) -> Desk:
    """An application that both stages passed; the fee is open."""
    desk = submitted(**over)
    school = builders.staff(school_code=desk.row.school_code)
    desk.decide("pass", school)
    if desk.row.state == "office_review":
        desk.decide("pass", builders.staff("office_reviewer"))
    return desk


def url(desk: Desk) -> str:
    """The reviewer's page of the file."""
    return f"/staff/applications/{desk.public_id}"


def fields(client: FlaskClient, desk: Desk, **more: str) -> dict[str, str]:
    """The hidden fields of that page, and what is typed; a decision as confirmed (`sure`)."""
    page = client.get(url(desk)).text
    return {**dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)), "sure": "1", **more}
