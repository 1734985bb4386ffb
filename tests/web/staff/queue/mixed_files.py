"""A few hundred applications of every kind, at random but the same every time, for the queue's tests."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select

from app.extensions import db
from app.models import Application, Examinee, PendingDecision, PlanRow, Submission, Ticket
from app.models.base import transaction
from app.rules.review.lifecycle import State
from tests import builders
from tests.builders import NOW

NAMES = ("王芳", "王芳菲", "王伟", "汪芳", "欧阳晓", "李", "𠮷田")
SCHOOLS, MAJORS, LEVELS = ("10001", "10002"), ("050101", "080901", "120201"), ("本科", "专科", "本科")
ON = NOW + timedelta(days=20)


def season(number: int = 160) -> list[dict[str, Any]]:
    """Files of every kind, and what is stored of each."""
    rng = Random(6)
    windows = [builders.window(stages=stages, name=f"第 {stages} 期").id for stages in (1, 2)]
    people = [builders.staff("office_reviewer", id=1).id, builders.staff("admin", id=2).id]
    people.append(builders.staff("school_reviewer", id=3, school_code="10001").id)
    people.append(builders.staff("office_reviewer", id=4, active=False).id)
    with transaction() as session:
        session.execute(insert(PlanRow), _plans())
    files = [_file(rng, ident, windows, people) for ident in range(1, number + 1)]
    names = {ident: rng.choice(NAMES) for ident in range(1, number + 1)}
    numbers = {ident: f"{rng.choice(('0101', '0102', '0200'))}{ident:08}" for ident in names}
    with transaction() as session:
        session.execute(
            insert(Examinee), [{"id": i, "id_number": f"X{i}", "name": names[i], "created_at": NOW} for i in names]
        )
        session.execute(
            insert(Ticket), [{"id": i, "examinee_id": i, "number": numbers[i], "status": "在籍"} for i in names]
        )
        for file in files:
            session.execute(insert(Application).values(**file))
        session.execute(insert(Submission), [_submission(i) for i in names])
        for file in files[::9]:  # decided, and waiting until it may no longer be taken back
            if file["state"] in ("school_review", "office_review"):
                session.execute(insert(PendingDecision).values(**_pending(file["id"])))
    waiting = set(db.session.scalars(select(PendingDecision.application_id)))
    return [
        file
        | {
            "name": names[file["id"]],
            "number": numbers[file["id"]],
            "receipt": f"BY26-{file['id']:04}",
            "level": LEVELS[file["plan_id"] - 1],
            "pending": file["id"] in waiting,
            "one_stage": file["window_id"] == windows[0],
        }
        for file in files
    ]


def _plans() -> list[dict[str, Any]]:
    return [
        {
            "id": index + 1,
            "major_code": major,
            "school_code": "*",
            "version": "1",
            "name": major,
            "level": LEVELS[index],
            "body": {},
            "imported_at": NOW,
        }
        for index, major in enumerate(MAJORS)
    ]


def _file(rng: Random, ident: int, windows: list[int], people: list[int]) -> dict[str, Any]:
    plan = rng.randrange(3)
    return {
        "id": ident,
        "examinee_id": ident,
        "ticket_id": ident,
        "service": "graduation",
        "window_id": rng.choice(windows),
        "state": rng.choice(list(State)).value,
        "answers": {},
        "major_code": MAJORS[plan],
        "plan_id": plan + 1,
        "school_code": rng.choice(SCHOOLS),
        "missing": rng.random() < 0.3,
        "submissions": rng.choice((1, 1, 2)),
        "marks": rng.choice(("", "", ",double,", ",code,double,")),
        "assignee_id": rng.choice((None, *people)),
        "submitted_at": NOW + timedelta(days=rng.randrange(20)),
        "created_at": NOW,
        "saved_at": NOW,
    }


def _submission(i: int) -> dict[str, Any]:
    return {
        "id": i,
        "application_id": i,
        "number": 1,
        "receipt": f"BY26-{i:04}",
        "document": "{}",
        "sha256": f"{i}",
        "submitted_at": NOW,
    }


def _pending(application_id: int) -> dict[str, Any]:
    return {
        "application_id": application_id,
        "staff_id": 1,
        "decision": "pass",
        "opinion": {},
        "sha256": "",
        "version": 1,
        "decided_at": NOW,
        "effective_at": ON,
    }
