"""Demonstration instance: schools, real plans, invented people, applications. Same seed, same people; dates follow the clock."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.actions.imports.plans import store_plans
from app.actions.windows.extensions import extend
from app.adapters.storage import store_for
from app.config import Config
from app.demo import situations, texts
from app.demo.applications import Season, Wish
from app.demo.missing_scores import report_missing
from app.demo.other_examinees import Crowded, others
from app.demo.people import Crowd, Person
from app.demo.real_plans import real_plans
from app.demo.rounds import Rounds, rounds
from app.extensions import db
from app.models import Announcement, Examinee, Extension, School, Score, SiteText, Staff, Ticket, Window
from app.models.base import transaction
from app.rules.calendar import today
from app.rules.people.identity import initial_password
from app.rules.people.roles import Actor
from app.rules.review.lifecycle import State
from app.rules.windows import Longer
from app.security.passwords import hash_password

MAKER = Actor("system", None, "演示数据")
SEED = 20261124
BUILT = "demo_built_at"  # SiteText key: when the windows were set

SCHOOLS = (
    ("99001", "华东某大学", "021-0000 0001", "上海市某区学府路 1 号 3 号楼 105 室"),
    ("99002", "上海某理工大学", "021-0000 0002", "上海市某区工业路 20 号 行政楼 210 室"),
    ("99003", "浦江某学院", "021-0000 0003", "上海市某区滨江路 88 号 继续教育学院"),
    ("10574", "华南师范大学", "020-0000 0004", "广州市某区大学路 55 号 继续教育学院"),
)
HOURS = "工作日 9:00-11:30、13:30-16:00"
COLLECT = "《毕业生登记表》由学校统一打印，毕业证书领取时间以学校官网公告为准，请携带身份证和准考证原件。"
INSTRUCTIONS = f"审核通过后，请在缴费时间内登录平台支付毕业审定费。\n{COLLECT}"
STAFF = (
    ("chushen1", "周初审", "school_reviewer", "99001"),
    ("chushen2", "吴初审", "school_reviewer", "10574"),
    ("chushen3", "郑初审", "school_reviewer", "99002"),
    ("chushen4", "王初审", "school_reviewer", "99003"),
    ("fuze", "沈负责", "school_lead", "99001"),
    ("zhongshen", "冯终审", "office_reviewer", ""),
    ("caiwu", "陈财务", "finance", ""),
    ("guanli", "褚管理", "admin", ""),
    ("shenji", "卫审计", "auditor", ""),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One entry of demo-accounts.json."""

    role: str
    login: str
    password: str
    ticket: str | None = None
    situation: str | None = None
    totp_secret: str | None = None

    def to_json(self) -> dict[str, str | None]:
        return asdict(self)


def build(config: Config, on: datetime) -> list[Account]:
    """Fill an empty database in about ten seconds; return the accounts to show."""
    rng = Random(SEED)  # noqa: S311  invented people, no secrets
    plans = {(plan.major_code, plan.version): plan for plan in real_plans()}
    spans = rounds(today(on))
    staff_accounts, actors = _staff(on)
    with transaction() as session:
        session.execute(insert(School), [_school(*row) for row in SCHOOLS])
        store_plans(session, list(plans.values()), by=MAKER, on=on, file_name="real_plans")
        _windows(session, spans, on)
        _site(session, spans, on)
    crowd = Crowd(rng, today(on).year)
    listed = situations.cast(rng, crowd, plans, spans, on)
    crowded = others(rng, crowd, plans, spans, on)
    accounts = _store(rng, listed, crowded, on)
    season = Season(rng, store_for(config.storage_url), actors, actors["zhongshen"], actors["caiwu"])
    wishes = [wish for entry in listed for wish in entry.wishes] + crowded.wishes
    season.write(wishes)
    for wish in sorted(wishes, key=lambda each: each.begun):
        season.carry_out(wish)
    report_missing(rng, listed, crowded, actors, on)
    _afterwards(listed)
    _longer(crowded.wishes, spans, actors["zhongshen"], on)
    return accounts + staff_accounts


def keep_open(on: datetime) -> None:
    """Move all windows by whole days once the open one has ended."""
    with transaction() as session:
        built = session.get(SiteText, BUILT)
        current = session.get(Window, Rounds.CURRENT)
        if built is None or current is None or current.opens_at <= on < current.closes_at:
            return
        days = timedelta(days=(today(on) - today(datetime.fromisoformat(built.value))).days)
        names = ("opens_at", "closes_at", "fixes_close_at", "pay_opens_at", "pay_closes_at")
        for row in session.scalars(select(Window).where(Window.id.in_(Rounds.ALL))):
            moved = {name: getattr(row, name) + days for name in names if getattr(row, name) is not None}
            session.execute(update(Window).where(Window.id == row.id).values(**moved, version=row.version + 1))
        for longer in session.scalars(select(Extension).where(Extension.ended_at.is_(None))):
            longer.until += days
        built.value = on.isoformat()


def _school(code: str, name: str, phone: str, address: str) -> dict[str, str]:
    texts = {"instructions": INSTRUCTIONS, "completion_instructions": COLLECT}
    return {"code": code, "name": name, "phone": phone, "hours": HOURS, "address": address, "website": "", **texts}


def _windows(session: Session, spans: Rounds, on: datetime) -> None:
    for row in spans.windows():
        session.add(Window(**row))
    session.flush()
    if session.get_bind().dialect.name != "sqlite":
        raise ValueError("a demonstration lives in its own SQLite file")
    session.add(SiteText(key=BUILT, value=on.isoformat()))


def _site(session: Session, spans: Rounds, on: datetime) -> None:
    for index, (title, body, pinned) in enumerate(texts.ANNOUNCEMENTS):
        said = {"round": spans.name(0), "previous": spans.name(-1)}
        session.add(
            Announcement(
                title=title.format(**said),
                body=body.format(**said),
                pinned=pinned,
                published_at=on - timedelta(days=3 + 4 * index, hours=2),
            )
        )
    session.add(SiteText(key="contact_phone", value="021-0000 0000"))
    session.add(SiteText(key="contact_hours", value="工作日 9:00-16:30"))
    session.add(SiteText(key="certificate_province", value="31"))


def _staff(on: datetime) -> tuple[list[Account], dict[str, Actor]]:
    """Create staff of every role; return accounts, and actors by user name and by reviewers' school code."""
    accounts, actors = [], {}
    for username, name, role, school in STAFF:
        password = f"Yanshi-{secrets.randbelow(9000) + 1000}-{_letters(2)}"
        hashed = hash_password(password)
        with transaction() as session:
            row = Staff(
                username=username, name=name, role=role, school_code=school, password_hash=hashed, created_at=on
            )
            session.add(row)
            session.flush()
            actor = Actor("staff", row.id, name, role, school)
        actors[username] = actor
        if role == "school_reviewer":
            actors[school] = actor
        accounts.append(Account(role, username, password))
    return accounts, actors


def _letters(count: int) -> str:
    return "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz") for _ in range(count))


def _store(rng: Random, listed: list[situations.Entry], crowded: Crowded, on: datetime) -> list[Account]:
    """Store people with tickets and grades; only listed ones have a password."""
    accounts, hashes = [], {}
    for entry in listed:
        password = initial_password(entry.person.id_number)
        if entry.activated:
            password = f"yanshi-{secrets.randbelow(9000) + 1000}-{_letters(2)}"
            hashes[entry.person.id_number] = hash_password(password)
        accounts.append(Account("examinee", entry.person.id_number, password, entry.person.tickets[0], entry.situation))
    with transaction() as session:
        for entry in listed:
            _person(session, entry.person, entry.tickets, on, hashes.get(entry.person.id_number))
        for person, ticket in crowded.people:
            _person(session, person, [ticket], on, None)
    return accounts


def _person(
    session: Session, person: Person, tickets: list[situations.TicketOf], on: datetime, password_hash: str | None
) -> None:
    row = Examinee(
        id_number=person.id_number,
        name=person.name,
        sex=person.sex,
        birth_date=person.birth_date,
        nation=person.nation,
        political_status=person.political_status,
        phone=person.phone,
        password_hash=password_hash,
        activated_at=on - timedelta(days=200) if password_hash else None,
        created_at=on - timedelta(days=400),
    )
    session.add(row)
    session.flush()
    person.id = row.id
    for ticket in tickets:
        stored = Ticket(
            examinee_id=row.id,
            number=ticket.number,
            registered_on=person.registered_on,
            major_code=ticket.plan.major_code,
            school_code=ticket.school_code,
            plan_version=ticket.plan.version,
            graduated_majors=ticket.graduated,
        )
        session.add(stored)
        session.flush()
        person.ticket_id = person.ticket_id or stored.id
        if ticket.grades:
            rows: list[dict[str, Any]] = [{**grade, "ticket_id": stored.id} for grade in ticket.grades]
            session.execute(insert(Score), rows)


def _longer(wishes: list[Wish], spans: Rounds, by: Actor, on: datetime) -> None:
    wish = next(each for each in wishes if each.end == State.RETURNED and each.window_id == spans.CURRENT)
    ticket = wish.person.ticket_id
    extend(ticket, wish.window_id, Longer.FIXES, spans.at(30, 16), texts.LONGER, by=by, on=on - timedelta(hours=5))


def _afterwards(listed: list[situations.Entry]) -> None:
    """Record graduated majors, as after issuing diplomas."""
    with transaction() as session:
        for entry in listed:
            if entry.graduates:
                ticket = session.get_one(Ticket, entry.person.ticket_id)
                ticket.graduated_majors = entry.graduates
    db.session.remove()
