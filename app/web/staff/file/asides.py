"""请示 on the review page: the questions asked about a file, and the acts of its buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.actions.applications import asides
from app.actions.review.notes import ask
from app.actions.review.opinions import Opinion
from app.rules.people.roles import Actor
from app.rules.review.asides import ASKED, may_answer
from app.web.staff.file.forms import ReviewForm
from app.web.staff.file.stored.rows import FileRows

ASK, ANSWER, TAKE_BACK = "ask", "answer", "take_back"
ACTS = (ASK, ANSWER, TAKE_BACK)  # values of `decision`
SAID = {
    ASK: "已请示，这一件先放在一边，答复后回到审核列表。",
    ANSWER: "已答复，这一件回到审核列表。",
    TAKE_BACK: "已收回请示。",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `answer` is empty while it is open or where it was taken back. `mine`, `to_me`: asked by, of the reader."""

    text: str
    asked: str  # whom, in words
    who: str
    at: datetime
    mine: bool
    to_me: bool
    answer: str = ""
    answered_by: str = ""
    ended_at: datetime | None = None


def questions(stored: FileRows, by: Actor) -> Sequence[Question]:
    """Return the file's questions, oldest first."""
    ended = {row.id: row for row in stored.written("ended")}
    found = []
    for row in sorted((row for row in stored.log if row.kind.startswith("asked:")), key=lambda row: row.id):
        asked = row.kind.removeprefix("asked:")
        asker, _, text = row.what.partition(":")
        mine, end = asker == str(by.id), ended.get(row.id)
        found.append(
            Question(
                text=text,
                asked=ASKED[asked],
                who=row.who,
                at=row.at,
                mine=mine,
                to_me=may_answer(asked, by.role) and not mine,
                answer=end.what if end else "",
                answered_by=(end.who or "") if end else "",
                ended_at=end.at if end else None,
            )
        )
    return found


def open_question(stored: FileRows, by: Actor) -> Question | None:
    """Return the question that waits for an answer, if any."""
    return next((each for each in questions(stored, by) if each.ended_at is None), None)


def shown(stored: FileRows, by: Actor) -> dict[str, Any]:
    """Return what the templates show: all questions, the open one, and whom one can ask."""
    return {"questions": questions(stored, by), "aside": open_question(stored, by), "asked": tuple(ASKED.items())}


def act(name: str, public_id: str, opinion: Opinion, form: ReviewForm, *, by: Actor, on: datetime) -> None:
    """Ask (and keep the opinion), answer or take back. Raises as app.actions.applications.asides and review.notes."""
    token = form.form_token.data
    if name == ASK:
        question, asked = form.question.data, form.asked.data
        ask(public_id, opinion, question, asked, seen=form.seen(), by=by, on=on, token=token)
    elif name == ANSWER:
        asides.answer(public_id, form.answer.data, by=by, on=on, token=token)
    else:
        asides.take_back(public_id, by=by, on=on, token=token)
