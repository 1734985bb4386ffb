"""A person's 姓名, 证件类型 and 证件号码. A number that another record has: both are one person, and become one record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.corrections.plan import NOTHING, Plan, applications, line, of_applications, parsed, reason_of
from app.actions.imports.cells import text
from app.actions.people.telling import tell_examinee
from app.actions.people.tries import account_key
from app.adapters.documents.fonts import printing_problem
from app.models import Application, Examinee, Message, Order, RosterPortrait, Ticket
from app.rules.calendar import today
from app.rules.people.identity import ID_TYPES, birth_date_of, id_problem, normalise_id, sex_of
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid, NotFound
from app.security import known_browsers, throttle
from app.security.principal import EXAMINEE
from app.security.sessions import end_sessions

VOID = "void"  # an initial password of the roster that was bound to the former number: matches nothing
SAME_PERSON = "已核实是同一个人，把两份资料合并为一份"
LOGIN = "以后用新的证件号码登录，正在登录的退出。请告诉本人"


def present(session: Session, ident: int) -> dict[str, str]:
    """Return the fields as they are; the number is left out (empty: it stays). Raises NotFound."""
    person = _person(session, ident)
    return {"name": person.name, "id_type": person.id_type, "id_number": ""}


def plan(session: Session, ident: int, asked: Mapping[str, str], on: datetime) -> Plan:
    """Return what will happen. Raises NotFound, Invalid(name, id_type, id_number, reason, "")."""
    person = _person(session, ident, lock=True)
    reason_of(asked)
    name = parsed("name", asked.get("name", ""), text(80))
    if not name:
        raise Invalid("name", "请填写姓名")
    kind, number = asked.get("id_type", ""), normalise_id(asked.get("id_number", ""))
    number = number or person.id_number
    if kind not in ID_TYPES:
        raise Invalid("id_type", f"证件类型应为{'、'.join(ID_TYPES)}之一")
    if (number, kind) != (person.id_number, person.id_type) and (problem := id_problem(number, today(on), kind)):
        raise Invalid("id_number", problem)
    other = session.scalar(
        select(Examinee).where(Examinee.id_number == number, Examinee.id != person.id).with_for_update()
    )
    lines = [
        *line("姓名", person.name, name, "name"),
        *line("证件类型", person.id_type, kind),
        *line("证件号码", person.id_number, number, "id_number"),
    ]
    if not lines:
        raise Invalid("", NOTHING)
    if other is not None:
        return _merging(session, person, other, name, kind, lines)
    derived = _derived(person, number, on)
    lines += [*line("性别", person.sex, derived["sex"]), *line("出生日期", person.birth_date, derived["birth_date"])]
    touched = [*_login(person, number), *of_applications(applications(session, Application.examinee_id == person.id))]
    if name != person.name and (unprintable := printing_problem(name)):
        touched.append(f"姓名：{unprintable}")
    found = {"name": name, "id_type": kind, "id_number": number, **derived}
    return Plan(tuple(lines), tuple(touched), found=found, other_login=number != person.id_number)


def act(
    session: Session, ident: int, asked: Mapping[str, str], made: Plan, *, by: Actor, on: datetime, secret: bytes
) -> int:
    """Do what the plan says; return whose record it is now. In the caller's transaction."""
    person = _person(session, ident)
    keys = [account_key(secret, EXAMINEE, number) for number in (person.id_number, made.found["id_number"])]
    into = made.found.get("into")
    renamed = person.id_number != made.found["id_number"]
    record(
        session,
        on=on,
        by=by,
        action="examinee.merged" if into else "examinee.corrected",
        subject="examinee",
        subject_id=into or ident,
        detail=made.detail(reason_of(asked)) | ({"merged": ident} if into else {}),
    )
    if renamed:
        throttle.forget(session, [f"{kind}account:{key}" for key in keys for kind in ("", "locks:")])
        known_browsers.forget(session, keys[0])
        end_sessions(session, examinee_id=ident)
    if into:
        end_sessions(session, examinee_id=into)
        merge(session, person, _person(session, into))
    else:
        values = {name: value for name, value in made.found.items() if name in Examinee.__table__.c}
        if renamed and person.initial_mac is not None and person.activated_at is None:
            values["initial_mac"] = VOID
        session.execute(update(Examinee).where(Examinee.id == ident).values(values))
    owner = int(into or ident)
    again = "以后用更正后的证件号码登录。" if renamed else ""
    tell_examinee(session, owner, f"考办更正了你的资料：{made.told()}。{again}提交过的申请内容不变。", on)
    return owner


def merge(session: Session, person: Examinee, other: Examinee) -> None:
    """Move everything of `person` to `other` and delete the empty record. In the caller's transaction."""
    session.execute(update(Ticket).where(Ticket.examinee_id == person.id).values(examinee_id=other.id))
    theirs = {"examinee_id": other.id, "holder_name": other.name}
    session.execute(update(Application).where(Application.examinee_id == person.id).values(theirs))
    has = select(RosterPortrait.id).where(RosterPortrait.examinee_id == other.id, RosterPortrait.current)
    if session.scalar(has) is not None:
        session.execute(update(RosterPortrait).where(RosterPortrait.examinee_id == person.id).values(current=False))
    for table in (Order, Message, RosterPortrait):
        session.execute(update(table).where(table.examinee_id == person.id).values(examinee_id=other.id))
    kept: dict[str, Any] = {}
    if not other.password_hash and not other.reset_hash and person.password_hash:
        kept |= {"password_hash": person.password_hash, "activated_at": person.activated_at}
    elif person.activated_at and not other.activated_at:  # the initial password is spent
        kept |= {"activated_at": person.activated_at}
    if person.contact_confirmed_at and not other.contact_confirmed_at:
        kept |= {
            name: getattr(person, name) for name in ("phone", "nation", "political_status", "contact_confirmed_at")
        }
    session.expunge(person)
    if kept:
        session.execute(update(Examinee).where(Examinee.id == other.id).values(kept))
    session.execute(delete(Examinee).where(Examinee.id == person.id))


def _merging(session: Session, person: Examinee, other: Examinee, name: str, kind: str, lines: list[Any]) -> Plan:
    """Two records of one person. Raises Invalid where the names say that they are two people."""
    if name != other.name:
        raise Invalid(
            "id_number",
            f"这个证件号码已有人使用，登记的姓名是“{other.name}”，与“{name}”不同。确是同一个人的，姓名也填“{other.name}”；"
            "只是准考证号归错了人的，请在那个准考证号下点“更正”",
        )
    if kind != other.id_type:
        raise Invalid("id_type", f"这个证件号码登记的证件类型是{other.id_type}，请选它")
    mine, theirs = (_tickets(session, each.id) for each in (person, other))
    keeps = "合并后用他的密码登录" if other.password_hash or other.reset_hash else "他还没有设密码"
    if not (other.password_hash or other.reset_hash) and person.password_hash:
        keeps = "他还没有设密码，合并后用现在这份资料的密码登录"
    touched = [
        f"这个证件号码已登记给{other.name}（准考证号 {theirs or '没有'}），两份资料合并为一份",
        f"准考证号 {mine or '（没有）'} 和其中的成绩、申请、订单、消息都归到合并后的资料，成绩和提交过的内容不变",
        f"{keeps}。{LOGIN}",
        *of_applications(applications(session, Application.examinee_id.in_((person.id, other.id)))),
    ]
    found = {"into": other.id, "id_number": other.id_number}
    return Plan(tuple(lines), tuple(touched), SAME_PERSON, found, other_login=True)


def _login(person: Examinee, number: str) -> list[str]:
    if number == person.id_number:
        return []
    said = "还没有登录过，初始密码随着变为新证件号码的后六位"
    if person.password_hash:
        said = "密码不变"
    elif person.reset_hash:
        said = "已经给出的一次性登录码仍然有效"
    elif person.activated_at is not None:
        said = "本人没有可用的密码，请重置密码，给一次性登录码"
    elif person.initial_mac is not None:
        said = "名单里给的初始密码是按原来的号码存的，不能再用，请重置密码，给一次性登录码"
    return [f"{LOGIN}；{said}"]


def _derived(person: Examinee, number: str, on: datetime) -> dict[str, Any]:
    """Return sex and birthday: those of the number, where they were the former number's or not known."""
    sex, born = sex_of(person.id_number), birth_date_of(person.id_number)
    return {
        "sex": sex_of(number) or person.sex if person.sex in ("", sex) else person.sex,
        "birth_date": birth_date_of(number) or person.birth_date
        if person.birth_date in (None, born)
        else person.birth_date,
    }


def _tickets(session: Session, ident: int) -> str:
    return "、".join(session.scalars(select(Ticket.number).where(Ticket.examinee_id == ident).order_by(Ticket.number)))


def _person(session: Session, ident: int, *, lock: bool = False) -> Examinee:
    query = select(Examinee).where(Examinee.id == ident)
    person = session.scalar(query.with_for_update() if lock else query)
    if person is None:
        raise NotFound
    return person
