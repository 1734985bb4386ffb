"""Assign, void and report 毕业证书编号 (domain.md §3.4). Off until the administrator selects a rule.

Assigned in the transaction that completes an application. A failure does not block it: the application stays in the
report until the cause is fixed and `assign_all` runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions.audit import changes, record
from app.actions.repeats import once
from app.actions.services import completing
from app.models import Application, Certificate, CertificateSeries, Examinee, PlanRow, SiteText, Ticket
from app.models.base import insert_into, transaction
from app.rules.calendar import today
from app.rules.papers.certificate import LEVELS, NoNumber, Rule, from_serial, from_ticket, gaps, serial_of, series
from app.rules.people.code_lists import PROVINCES
from app.rules.people.roles import SYSTEM, Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.rules.review.lifecycle import State

KEYS = {"certificate_rule": "", "certificate_province": "", "certificate_area": ""}
PLACES = {code for code, _ in PROVINCES if code != "99"}
"""Provinces in which an office can be."""
BATCH = 500  # applications numbered in one transaction
MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Settings:
    """Rule, province (2 digits) and, for serials, area (4 digits)."""

    rule: Rule
    province: str
    area: str


def settings(session: Session) -> Settings:
    """Stored settings, or the defaults."""
    stored = session.execute(select(SiteText.key, SiteText.value).where(SiteText.key.in_(KEYS)))
    found = {**KEYS, **{row.key: row.value for row in stored}}
    rule = found["certificate_rule"]
    return Settings(
        Rule(rule) if rule in set(Rule) else Rule.OFF, found["certificate_province"], found["certificate_area"]
    )


def save_settings(rule: str, province: str, area: str, *, by: Actor, on: datetime) -> None:
    """Save the settings. Raises Invalid(field), or NotAllowed for roles other than admin."""
    if by.role != "admin":
        raise NotAllowed("只有管理员能设置证书编号。")
    if rule not in set(Rule):
        raise Invalid("rule", "请选择编号办法")
    for field, value, size, words in (("province", province, 2, "省份代码"), ("area", area, 4, "地区代码")):
        needed = rule == Rule.SERIAL or (rule == Rule.TICKET and field == "province")
        if needed and not value:
            raise Invalid(field, f"请填写{words}（{size} 位数字）：给出第一个编号以前要先定")
        if (needed or value) and not (len(value) == size and value.isascii() and value.isdecimal()):
            raise Invalid(field, f"{words}应为 {size} 位数字")
    if province and province not in PLACES:
        raise Invalid("province", f"没有 {province} 这个省份代码，应是行政区划代码的前两位，例如广东 44、上海 31")
    values = {"certificate_rule": rule, "certificate_province": province, "certificate_area": area}
    with transaction() as session:
        before: dict[str, str] = {}
        for key, value in values.items():
            row = session.get(SiteText, key)
            before[key] = row.value if row else ""
            if row is None:
                session.add(SiteText(key=key, value=value))
            else:
                row.value = value
        if detail := changes(before, values):
            record(session, on=on, by=by, action="certificate.settings", subject="site", subject_id=None, detail=detail)


def assign(session: Session, application_id: int, *, on: datetime, by: Actor = SYSTEM) -> str:
    """Assign a number in the caller's transaction (on_completed); return it, or "" if the rule is off or none fits."""
    chosen = settings(session)
    if chosen.rule is Rule.OFF or _live(session, application_id) is not None:
        return ""
    try:
        with session.begin_nested():
            number = _next(session, application_id, chosen, on)
            session.add(Certificate(number=number, rule=chosen.rule.value, application_id=application_id, issued_at=on))
    except (NoNumber, IntegrityError):  # IntegrityError: assigned concurrently
        return ""
    record(
        session,
        on=on,
        by=by,
        action="certificate.assigned",
        subject="application",
        subject_id=application_id,
        detail={"rule": chosen.rule.value},
    )
    return number


def _live(session: Session, application_id: int) -> Certificate | None:
    return session.scalar(
        select(Certificate).where(Certificate.application_id == application_id, Certificate.voided_at.is_(None))
    )


def _next(session: Session, application_id: int, chosen: Settings, on: datetime) -> str:
    level, ticket = session.execute(
        select(PlanRow.level, Ticket.number)
        .select_from(Application)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
        .where(Application.id == application_id)
    ).one()
    if chosen.rule is Rule.TICKET:
        number = from_ticket(level or "", chosen.province, ticket)
        # also a unique constraint; a number assigned once, voided or not, is taken
        if session.scalar(select(Certificate.id).where(Certificate.number == number)) is not None:
            raise NoNumber(f"编号 {number} 已经给出过，不能再用")
        return number
    prefix = series(level or "", chosen.province, chosen.area, today(on))
    number = from_serial(prefix, _count_up(session, prefix))
    while session.scalar(select(Certificate.id).where(Certificate.number == number)) is not None:
        number = from_serial(prefix, _count_up(session, prefix))  # assigned under the other rule
    return number


def _count_up(session: Session, prefix: str) -> int:
    """Next serial of a prefix: one UPSERT, rolled back with the transaction, so without gaps or repeats."""
    statement = (
        insert_into(session, CertificateSeries)
        .values(prefix=prefix, last=1)
        .on_conflict_do_update(index_elements=[CertificateSeries.prefix], set_={"last": CertificateSeries.last + 1})
        .returning(CertificateSeries.last)
    )
    return int(session.execute(statement).scalar_one())


def assign_all(*, by: Actor, on: datetime) -> int:
    """Number all completed applications without one; return how many. NotAllowed: other roles, or rule off."""
    if by.role != "admin":
        raise NotAllowed("只有管理员能给出证书编号。")
    done, after = 0, 0
    while True:
        with transaction() as session:
            if settings(session).rule is Rule.OFF:
                raise NotAllowed("还没有选择编号办法。")
            query = _unnumbered().where(Application.id > after).order_by(Application.id).limit(BATCH)
            waiting = list(session.scalars(query))
            done += sum(1 for ident in waiting if assign(session, ident, on=on, by=by))
        if len(waiting) < BATCH:
            return done
        after = waiting[-1]


def _unnumbered() -> Any:
    live = exists().where(Certificate.application_id == Application.id, Certificate.voided_at.is_(None))
    return select(Application.id).where(
        Application.state == State.COMPLETED, Application.service.in_(completing()), ~live
    )


def void(number: str, reason: str, *, by: Actor, on: datetime, token: str = "") -> None:
    """作废, once for the `token` of a form: the number is kept and never reused.

    Raises NotAllowed, NotFound, Invalid(reason), ChangedMeanwhile.
    """
    if by.role != "admin":
        raise NotAllowed("只有管理员能作废证书编号。")
    if not reason or len(reason) > MAX_REASON:
        raise Invalid("reason", f"请写明作废的原因，最多 {MAX_REASON} 个字")
    with transaction() as session:

        def act() -> dict[str, Any]:
            _void(session, number, reason, by, on)
            return {}

        once(session, token, ["void", number, reason], act, by=by, on=on)


def _void(session: Session, number: str, reason: str, by: Actor, on: datetime) -> None:
    row = session.scalar(select(Certificate).where(Certificate.number == number).with_for_update())
    if row is None:
        raise NotFound
    if row.voided_at is not None:
        raise ChangedMeanwhile("这个编号已经作废。")
    row.voided_at, row.void_reason = on, reason
    record(
        session,
        on=on,
        by=by,
        action="certificate.voided",
        subject="application",
        subject_id=row.application_id,
        detail={"number": number, "reason": reason},
    )


@dataclass(frozen=True, slots=True)
class Report:
    """Unnumbered applications (public id, ticket, name, why), missing serials by prefix, voided numbers."""

    given: int
    unnumbered: list[tuple[str, str, str, str]]
    missing: list[tuple[str, int, int]]
    voided: list[Certificate]


def report(session: Session, most: int = 200) -> Report:
    """Report for /admin/certificates, at most `most` lines per list."""
    rows = session.scalars(select(Certificate).order_by(Certificate.number)).all()
    serials: dict[str, list[int]] = {}
    for row in rows:
        if row.rule == Rule.SERIAL:
            prefix, serial = serial_of(row.number)
            serials.setdefault(prefix, []).append(serial)
    missing = [(prefix, first, last) for prefix, found in serials.items() for first, last in gaps(found)]
    return Report(
        given=sum(1 for row in rows if row.voided_at is None),
        unnumbered=_why_not(session, most),
        missing=missing[:most],
        voided=[row for row in rows if row.voided_at is not None][:most],
    )


def _why_not(session: Session, most: int) -> list[tuple[str, str, str, str]]:
    chosen = settings(session)
    query = (
        select(Application.public_id, Ticket.number, Examinee.name, PlanRow.level)
        .join(Ticket, Ticket.id == Application.ticket_id)
        .join(Examinee, Examinee.id == Application.examinee_id)
        .outerjoin(PlanRow, PlanRow.id == Application.plan_id)
        .where(Application.id.in_(_unnumbered()))
        .order_by(Application.id)
        .limit(most)
    )
    return [(row.public_id, row.number, row.name, _reason(session, chosen, row)) for row in session.execute(query)]


def _reason(session: Session, chosen: Settings, row: Any) -> str:
    """Why there is no number yet; does not use up a serial."""
    if chosen.rule is Rule.OFF:
        return "还没有选择编号办法"
    if row.level not in LEVELS:
        return "专业层次不是本科或专科"
    if chosen.rule is Rule.SERIAL:
        return "办结时还没有启用编号"
    try:
        number = from_ticket(row.level, chosen.province, row.number)
    except NoNumber as why:
        return str(why)
    taken = session.scalar(select(Certificate.id).where(Certificate.number == number))
    return f"编号 {number} 已经给出过" if taken else "办结时还没有启用编号"
