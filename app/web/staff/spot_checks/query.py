"""What the pages of 抽查 show. Who decided first is told once a file was looked at again, and to nobody who may still do so in another draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.spot_checks.blind import knows, untold
from app.models import (
    Application,
    PlanRow,
    ReturnReason,
    Review,
    Revocation,
    School,
    SpotCheck,
    SpotCheckFile,
    Staff,
    Submission,
    Window,
)
from app.models.review import stands
from app.rules.people.roles import Actor
from app.rules.review.spot_checks import DISAGREE

OWN_WORDS = "其他（自己写的）"
_checker, _own = aliased(Staff), aliased(Staff)
_void = and_(
    Revocation.revoked_at.is_not(None),
    or_(SpotCheckFile.checked_at.is_(None), SpotCheckFile.checked_at > Revocation.revoked_at),
)
"""The decision was revoked before anybody looked again. One that was revoked afterwards, as found wrong, counts."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Of one reviewer: how many were looked at again, and not agreed to."""

    name: str
    checked: int
    disagreed: int

    @property
    def percent(self) -> str:
        """Share of the looked at that was not agreed to, in words."""
        return percent(self.disagreed, self.checked)


@dataclass(frozen=True, slots=True)
class Reason:
    """Files not agreed to for one reason, of those looked at; whose decisions they were; `texts`: reasons in own words."""

    label: str
    files: int
    percent: str
    people: tuple[tuple[str, int], ...]
    texts: tuple[str, ...] = ()


def percent(part: int, whole: int) -> str:
    """Return a share in words."""
    return f"{100 * part / whole:.0f}%" if whole else "-"


def draws(session: Session, by: Actor) -> list[Row[Any]]:
    """The draws in scope, latest first."""
    return list(session.execute(_draws(by).where(scope.spot_checks(by)).order_by(SpotCheck.id.desc())))


def one(session: Session, ident: int, by: Actor) -> Row[Any]:
    """The draw with its names, and its numbers as far as the reader may know them."""
    return session.execute(_draws(by).where(SpotCheck.id == ident)).one()


def _draws(by: Actor) -> Any:
    counts = and_(~_void, ~untold(by))
    checked = and_(SpotCheckFile.verdict != "", counts)
    disagreed = and_(SpotCheckFile.verdict == DISAGREE, counts)
    return (
        select(
            SpotCheck,
            Staff.name.label("who"),
            Window.name.label("window"),
            Window.stages,
            School.name.label("school"),
            _own.name.label("reviewer"),
            func.count().label("drawn"),
            func.count(case((_void, 1))).label("void"),
            func.count(case((checked, 1))).label("checked"),
            func.count(case((disagreed, 1))).label("disagreed"),
        )
        .join(Staff, Staff.id == SpotCheck.staff_id)
        .join(Window, Window.id == SpotCheck.window_id)
        .join(SpotCheckFile, SpotCheckFile.spot_check_id == SpotCheck.id)
        .join(Review, Review.id == SpotCheckFile.review_id)
        .outerjoin(Revocation, Revocation.review_id == SpotCheckFile.review_id)
        .outerjoin(School, School.code == SpotCheck.school_code)
        .outerjoin(_own, _own.id == SpotCheck.reviewer_id)
        .group_by(SpotCheck.id, Staff.name, Window.name, Window.stages, School.name, _own.name)
    )


def files(session: Session, ident: int, by: Actor) -> list[Row[Any]]:
    """The drawn files in order; `knows`: the reader has seen the first verdict; `untold`: and is not to see it yet."""
    return list(session.execute(_files(by).where(SpotCheckFile.spot_check_id == ident).order_by(SpotCheckFile.place)))


def file_at(session: Session, ident: int, place: int, by: Actor) -> Row[Any] | None:
    """One drawn file."""
    own = (SpotCheckFile.spot_check_id == ident, SpotCheckFile.place == place)
    return session.execute(_files(by).where(*own)).one_or_none()


def _files(by: Actor) -> Any:
    return (
        select(
            SpotCheckFile,
            Review.reviewer_id,
            knows(by).label("knows"),
            untold(by).label("untold"),
            Revocation.revoked_at,
            _void.label("void"),
            Review.decided_at,
            Review.message,
            Review.waivers,
            Staff.name.label("reviewer"),
            _checker.name.label("checker"),
            Application.public_id,
            Application.state,
            Application.ticket_number.label("ticket"),
            Application.holder_name.label("name"),
            PlanRow.name.label("major"),
            Submission.number,
            Submission.receipt,
        )
        .join(Review, Review.id == SpotCheckFile.review_id)
        .join(Staff, Staff.id == Review.reviewer_id)
        .outerjoin(Revocation, Revocation.review_id == Review.id)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Application, Application.id == Review.application_id)
        .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
        .outerjoin(_checker, _checker.id == SpotCheckFile.staff_id)
    )


def told(row: Row[Any]) -> bool:
    """Whether the reader may learn what the first and the second look found."""
    return bool(row.SpotCheckFile.verdict) and not row.untold


def counts(row: Row[Any]) -> bool:
    """Whether what was found is told and counts."""
    return told(row) and not row.void


def rates(rows: Sequence[Row[Any]]) -> list[Rate]:
    """By reviewer, those with most disagreement first, and all together last.

    Only of what was looked at: a number of the others would tell whose they are.
    """
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        if counts(row):
            found.setdefault(row.reviewer_id, []).append(row)
    each = [_rate(own[0].reviewer, own) for own in found.values()]
    return [*sorted(each, key=lambda rate: (-rate.disagreed, rate.name)), _rate("合计", rows)]


def _rate(name: str, rows: Sequence[Row[Any]]) -> Rate:
    checked = [row.SpotCheckFile.verdict for row in rows if counts(row)]
    return Rate(name, len(checked), checked.count(DISAGREE))


def reasons(session: Session, rows: Iterable[Row[Any]]) -> list[Reason]:
    """Why files were not agreed to, most first: lines of the catalogue, however edited; last all in own words together."""
    looked = [row for row in rows if counts(row)]
    causes = {cause for row in looked for _, _, cause in row.SpotCheckFile.findings if cause}
    labels: dict[int, str] = dict(
        session.execute(select(ReturnReason.id, ReturnReason.label).where(ReturnReason.id.in_(causes))).all()
    )
    people: dict[str, Counter[str]] = {}
    texts: list[str] = []
    for row in looked:
        said = row.SpotCheckFile.findings
        for label in {labels.get(cause, OWN_WORDS) for _, _, cause in said}:
            people.setdefault(label, Counter())[row.reviewer] += 1
        texts += [reason for _, reason, cause in said if cause not in labels and reason not in texts]
    found = [
        Reason(
            label,
            of.total(),
            percent(of.total(), len(looked)),
            tuple(sorted(of.items())),
            tuple(texts) if label == OWN_WORDS else (),
        )
        for label, of in people.items()
    ]
    return sorted(found, key=lambda each: (each.label == OWN_WORDS, -each.files, each.label))


def to_check(session: Session, by: Actor) -> int:
    """Number of drawn files in scope that this person may look at and nobody has."""
    query = (
        select(func.count())
        .select_from(SpotCheckFile)
        .join(SpotCheck, SpotCheck.id == SpotCheckFile.spot_check_id)
        .join(Review, Review.id == SpotCheckFile.review_id)
        .where(SpotCheckFile.verdict == "", stands(), ~knows(by), scope.spot_checks(by))
    )
    return session.scalar(query) or 0


def reviewers(session: Session, by: Actor) -> list[tuple[str, str]]:
    """Who decided anything in scope."""
    query = select(Staff.id, Staff.name).where(Staff.id.in_(select(Review.reviewer_id)))
    if scope.of_school(by):
        query = query.where(Staff.school_code == by.school_code)
    return [(str(ident), name) for ident, name in session.execute(query.order_by(Staff.name, Staff.id))]


def schools(session: Session) -> list[tuple[str, str]]:
    """Every school, by code."""
    return [(code, name) for code, name in session.execute(select(School.code, School.name).order_by(School.code))]
