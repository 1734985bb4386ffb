"""Catalogue of return reasons, its places and placeholders.

Services declare places and initial lines; a site edits these (app.actions.review.reasons). A reviewer may write
another; returns store the text sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.rules.plans.eligibility import Assessment
from app.rules.plans.eligibility.summary import reason_code

COURSE, CREDITS = "course", "credits"
PLACEHOLDERS = {COURSE: "这一件尚缺的课程", CREDITS: "已修和要求的学分"}
BLANK = "＿＿"  # replaces an unknown value; a return containing it is refused
MOST_LABEL, MOST_TEXT = 20, 300  # characters
MOST_COURSES = 6  # named in one text; the others are counted
_BRACES = re.compile(r"\{[^{}]*\}|[{}]")

Place = tuple[str, str, tuple[tuple[str, str], ...]]
"""A step with its returnable items: key and title, then key and label of each."""
SPECIAL = ("R03", "R04", "R05")  # 实践, 论文, 加考: not used for other courses


@dataclass(frozen=True, slots=True)
class Seed:
    """An initial line. `places`: keys of steps or items, none for every item. `active`: offered at first."""

    code: str
    label: str
    text: str
    places: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Entry:
    """A reason that can be chosen. `own`: of one school only."""

    id: int
    code: str
    label: str
    text: str
    places: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class Lacking:
    """Values of the placeholders: kind (R01 …) and `代码 名称` of each missing course; credits in words."""

    courses: tuple[tuple[str, str], ...] = ()
    credits: str = ""


def text_problem(text: str) -> str | None:
    """Return the fault of a reason's text, or None."""
    if not text or len(text) > MOST_TEXT:
        return f"退回时给考生看的文字应为 1 至 {MOST_TEXT} 字，现在是 {len(text)} 字"
    known = {f"{{{name}}}" for name in PLACEHOLDERS}
    wrong = [found for found in _BRACES.findall(text) if found not in known]
    if wrong:
        return f"不认识 {'、'.join(dict.fromkeys(wrong))}，大括号只能写成 {'、'.join(sorted(known))}"
    return None


def known_place(key: str, known: Sequence[Place]) -> bool:
    """Whether this is the key of a step or item."""
    return any(key == step or key in dict(items) for step, _, items in known)


def place_words(places: Iterable[str], known: Sequence[Place]) -> str:
    """Render places: 个人信息、在线验证码 …; 每一项 for none."""
    names = {key: label for step, title, items in known for key, label in ((step, title), *items)}
    return "、".join(names.get(key, key) for key in places) or "每一项"


def offered(entries: Sequence[Entry], item: str) -> list[Entry]:
    """Return the reasons for an item: its own, its step's, then the general ones."""
    ranked = [(_closeness(entry.places, item), number, entry) for number, entry in enumerate(entries)]
    return [entry for rank, _, entry in sorted(ranked, key=lambda row: row[:2]) if rank < 3]


def _closeness(places: Sequence[str], item: str) -> int:
    if not places:
        return 2
    found = [key for key in places if item == key or (item.startswith(key) and item[len(key)] in "._")]
    return 3 if not found else 0 if any("." in key for key in found) else 1


def lacking_of(assessment: Assessment | None) -> Lacking:
    """Return the shortages of an assessment."""
    if assessment is None:
        return Lacking()
    codes = [reason_code(each) for each in assessment.missing]
    names = [f"{code} {name}".strip() for code, name in assessment.missing_courses()]
    credits = f"已修 {assessment.credits_earned} / 要求 {assessment.credits_needed}"
    return Lacking(tuple(zip(codes, names, strict=True)), credits)


def filled(entry: Entry, lacking: Lacking, *, about_courses: bool = True) -> str:
    """Fill in a reason's text; blanks remain for what is not missing or not about courses.

    A kind of shortage names its courses; R01 names all if it has none.
    """
    if "{" not in entry.text:
        return entry.text
    about = lacking if about_courses else Lacking()
    kind = entry.code.partition("-")[0]
    courses = [name for code, name in about.courses if code == kind]
    if not courses and kind not in SPECIAL:
        courses = [name for _, name in about.courses]
    named = "、".join(courses[:MOST_COURSES])
    if len(courses) > MOST_COURSES:
        named += f"等 {len(courses)} 门"
    return entry.text.replace(f"{{{COURSE}}}", named or BLANK).replace(f"{{{CREDITS}}}", about.credits or BLANK)
