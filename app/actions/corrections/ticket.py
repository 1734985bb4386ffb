"""A ticket's 报考学校, 报考专业 and 计划版本, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.corrections.plan import NOTHING, Line, Plan, applications, line, of_applications, parsed, reason_of
from app.actions.imports.cells import code, text
from app.actions.people.telling import tell_examinee
from app.models import Application, Examinee, Message, Order, PlanRow, RosterPortrait, School, Ticket
from app.rules.calendar import today
from app.rules.people.identity import RESIDENT, birth_date_of, id_problem, normalise_id, sex_of
from app.rules.people.privacy import mask_id
from app.rules.people.roles import Actor
from app.rules.plans.plan import ANY_SCHOOL
from app.rules.refusals import Invalid, NotFound
from app.security.sessions import end_sessions

CODES = {"school_code": "报考学校", "major_code": "报考专业", "plan_version": "计划版本"}


def present(session: Session, ident: int) -> dict[str, str]:
    """Return the fields as they are. Raises NotFound."""
    ticket = _ticket(session, ident)
    return {name: getattr(ticket, name) for name in CODES} | {"to_number": "", "to_name": ""}


def plan(session: Session, ident: int, asked: Mapping[str, str], on: datetime) -> Plan:
    """Return what will happen. Raises NotFound, Invalid(school_code, major_code, plan_version, to_number, to_name, reason, "")."""
    ticket = _ticket(session, ident, lock=True)
    reason_of(asked)
    codes = {name: _code(name, asked.get(name, "").strip()) for name in CODES}
    school = codes["school_code"]
    if school and school != ticket.school_code and not _known(session, School.code == school):
        raise Invalid("school_code", f"没有代码为 {school} 的学校")
    found: dict[str, Any] = {"codes": codes, "owner": ticket.examinee_id}
    lines = [each for name, label in CODES.items() for each in line(label, getattr(ticket, name), codes[name])]
    touched: list[str] = []
    own = applications(session, Application.ticket_id == ident)
    if lines:
        touched += _of_codes(session, codes)
    must_say = ""
    if asked.get("to_number", "").strip() or asked.get("to_name", "").strip():
        owner, others = _owner(session, ticket, asked, on)
        found |= others
        lines.append(owner)
        touched += _of_move(session, ticket, others)
        if own:
            must_say = f"已核实：{len(own)} 件申请（{'、'.join(own)}）也一并转过去，{others['name']}登录后看得到其中填写的内容和照片"
    if not lines:
        raise Invalid("", NOTHING)
    return Plan(tuple(lines), tuple(touched + of_applications(own)), must_say, found, other_login="name" in found)


def act(session: Session, ident: int, asked: Mapping[str, str], made: Plan, *, by: Actor, on: datetime) -> int:
    """Do what the plan says; return whose record it is now. In the caller's transaction."""
    ticket, found = _ticket(session, ident), made.found
    number, former = ticket.number, ticket.examinee_id
    session.execute(update(Ticket).where(Ticket.id == ident).values(found["codes"]))
    detail = {"ticket": number} | made.detail(reason_of(asked))
    record(session, on=on, by=by, action="ticket.corrected", subject="ticket", subject_id=ident, detail=detail)
    kept = [each for each in made.lines if each.kind != "owner"]
    if "name" not in found:
        told = f"考办更正了准考证号 {number} 的资料：{made.told()}。提交过的申请内容不变。"
        tell_examinee(session, former, told, on)
        return former
    to = found["into"] or _new_person(session, found, on)
    move(session, ident, to, found["name"])
    for each in (former, to):
        end_sessions(session, examinee_id=each)
    tell_examinee(session, former, f"准考证号 {number} 不是你的，考办已从你名下移走。有疑问请联系考办。", on)
    also = f"；{Plan(tuple(kept), ()).told()}" if kept else ""
    tell_examinee(session, to, f"准考证号 {number} 已由考办移到你名下{also}。", on)
    return int(to)


def move(session: Session, ticket_id: int, to: int, name: str) -> None:
    """Move a ticket with its applications, orders and messages. In the caller's transaction."""
    session.execute(update(Ticket).where(Ticket.id == ticket_id).values(examinee_id=to, last_used_at=None))
    mine = select(Application.id).where(Application.ticket_id == ticket_id)
    for table in (Order, Message):
        session.execute(update(table).where(table.application_id.in_(mine)).values(examinee_id=to))
    theirs = {"examinee_id": to, "holder_name": name}
    session.execute(update(Application).where(Application.ticket_id == ticket_id).values(theirs))


def _owner(session: Session, ticket: Ticket, asked: Mapping[str, str], on: datetime) -> tuple[Line, dict[str, Any]]:
    """Return the line, and who the right person is: `into` None for one who is not here yet."""
    number, name = normalise_id(asked.get("to_number", "")), parsed("to_name", asked.get("to_name", ""), text(80))
    if not number:
        raise Invalid("to_number", "请填写这个准考证号应归的人的证件号码")
    if not name:
        raise Invalid("to_name", "请填写这个人的姓名，用来核对")
    former = session.get_one(Examinee, ticket.examinee_id)
    other = session.scalar(select(Examinee).where(Examinee.id_number == number).with_for_update())
    if other is not None and other.id == former.id:
        raise Invalid("to_number", "这个准考证号已经在这个证件号码名下；证件号码本身错了的，请更正个人信息")
    if other is not None and other.name != name:
        raise Invalid("to_name", "这个证件号码登记的姓名与填写的不同，请核对")
    if other is None and (problem := id_problem(number, today(on))):
        raise Invalid("to_number", f"{problem}；名单里还没有这个号码的考生，新建只能用居民身份证号码")
    old, new = (f"{each[0]}（{mask_id(each[1])}）" for each in ((former.name, former.id_number), (name, number)))
    return Line("归属", old, new, "owner"), {"into": other.id if other else None, "name": name, "id_number": number}


def _of_move(session: Session, ticket: Ticket, found: Mapping[str, Any]) -> list[str]:
    left = session.scalars(
        select(Ticket.number).where(Ticket.examinee_id == ticket.examinee_id, Ticket.id != ticket.id)
    )
    numbers = "、".join(sorted(left))
    said = ["成绩和提交过的内容随准考证号走，不变", "两个人正在登录的都退出，各收到一条站内消息"]
    if found["into"] is None:
        said.append(f"名单里还没有这个人，会新建{found['name']}，初始密码是证件号码的后六位")
    said.append(f"原来的考生名下还有 {numbers}" if numbers else "原来的考生名下不再有准考证号")
    portrait = (RosterPortrait.examinee_id == ticket.examinee_id, RosterPortrait.current)
    if session.scalar(select(RosterPortrait.id).where(*portrait)) is not None:
        said.append("考籍照片按人存放，仍在原来的考生名下：是这个准考证号的人的，给两个人都重新导入")
    return said


def _of_codes(session: Session, codes: Mapping[str, str]) -> list[str]:
    """Return what follows from another school, major or version."""
    said = ["提交过的申请仍由提交时的主考学校审核；草稿按更正后的资料，原来选的专业不能再用的会请考生重选"]
    major, version, school = codes["major_code"], codes["plan_version"], codes["school_code"]
    if major and not _known(session, PlanRow.major_code == major):
        said.append(f"平台上没有专业 {major} 的计划")
    elif version and not _known(
        session,
        PlanRow.major_code == major,
        PlanRow.version == version,
        PlanRow.school_code.in_((ANY_SCHOOL, school)) if school else PlanRow.id > 0,
    ):
        said.append(f"平台上没有专业 {major} 的 {version} 版计划")
    return said


def _known(session: Session, *conditions: Any) -> bool:
    return session.scalar(select(1).where(*conditions).limit(1)) is not None


def _code(name: str, value: str) -> str:
    return str(parsed(name, value, code)) if value else ""


def _new_person(session: Session, found: Mapping[str, Any], on: datetime) -> int:
    number = found["id_number"]
    person = Examinee(
        id_type=RESIDENT,
        id_number=number,
        name=found["name"],
        sex=sex_of(number) or "",
        birth_date=birth_date_of(number),
        created_at=on,
    )
    session.add(person)
    session.flush()
    return person.id


def _ticket(session: Session, ident: int, *, lock: bool = False) -> Ticket:
    query = select(Ticket).where(Ticket.id == ident)
    ticket = session.scalar(query.with_for_update() if lock else query)
    if ticket is None:
        raise NotFound
    return ticket
