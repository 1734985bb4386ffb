"""缺成绩: a grade reported missing, and the 主考学校's answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from app.rules.plans.marks import parse_exam_session

MOST_OPEN = 20  # open questions per ticket
TEXT_MOST, PLACE_MOST, ANSWER_MOST, NAME_MOST, CODE_MOST = 500, 80, 500, 80, 20  # characters


class QuestionState(StrEnum):
    """Values as stored."""

    OPEN = "open"
    ADDED = "added"
    REFUSED = "refused"


STATE_WORDS = {QuestionState.OPEN: "待处理", QuestionState.ADDED: "已补录", QuestionState.REFUSED: "不成立"}
STATE_TONES = {QuestionState.OPEN: "warn", QuestionState.ADDED: "ok", QuestionState.REFUSED: "bad"}


@dataclass(frozen=True, slots=True)
class Claim:
    """The examinee's report: course, 考次 (`YYYY-MM`), place, further text."""

    course_code: str
    course_name: str
    session: str
    place: str
    text: str


class Question(NamedTuple):
    """A question as shown to the examinee."""

    course_code: str
    course_name: str
    session: str
    place: str
    text: str
    state: QuestionState
    answer: str
    asked_at: datetime
    answered_at: datetime | None
    school_code: str
    id: int

    @property
    def word(self) -> str:
        """待处理, 已补录 or 不成立."""
        return STATE_WORDS[self.state]

    @property
    def tone(self) -> str:
        """Tag style."""
        return STATE_TONES[self.state]


def read_exam_session(text: str, on: date) -> str:
    """Convert a typed 考次 to `YYYY-MM`. Raises ValueError, also for a future one."""
    if not text.strip():
        raise ValueError("请填写考次，例如 2026-04")
    session = parse_exam_session(text)
    if session > f"{on:%Y-%m}":
        raise ValueError(f"考次 {session} 还没有到")
    return session


def problems(claim: Claim, on: date) -> dict[str, list[str]]:
    """Return the faults of a claim by form field."""
    found: dict[str, list[str]] = {}
    if not claim.course_code or len(claim.course_code) > CODE_MOST or len(claim.course_name) > NAME_MOST:
        found["course"] = ["请选择课程"]
    try:
        read_exam_session(claim.session, on)
    except ValueError as wrong:
        found["session"] = [str(wrong)]
    if not claim.place:
        found["place"] = ["请填写在哪里考的，例如考点或学校的名称"]
    elif len(claim.place) > PLACE_MOST:
        found["place"] = [f"考试地点最多 {PLACE_MOST} 字，现在是 {len(claim.place)} 字"]
    if len(claim.text) > TEXT_MOST:
        found["text"] = [f"说明最多 {TEXT_MOST} 字，现在是 {len(claim.text)} 字"]
    return found
