"""Staff accounts: created, reset and disabled by an administrator; first sign-in by one-time code."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people.accounts import CODE_LIVES, current_fault, refuse, refuse_ended_login, with_new
from app.actions.people.sign_in import SignedIn, next_kind, normalise_username
from app.actions.people.staff_access import ADMIN, account, new_code, only_admin, other_admins, release
from app.actions.people.telling import for_colleague, tell_staff
from app.actions.people.tries import Origin, account_key, proved
from app.actions.repeats import once
from app.models import School, Staff
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.people.passwords import password_problem
from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES, Actor, staff_actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed
from app.security import passwords, throttle
from app.security.principal import STAFF
from app.security.sessions import end_sessions, open_session

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
IDLE_AFTER = timedelta(days=90)  # unused accounts are shown as idle, to be disabled (GB/T 22239 访问控制)


def create_staff(
    username: str,
    name: str,
    role: str,
    school_code: str = "",
    *,
    by: Actor,
    on: datetime,
    code_lives: timedelta = CODE_LIVES,
    token: str = "",
) -> str:
    """Create an account; return the one-time code for the first sign-in (shown once, 24 hours).

    Once for the `token` of a form: a repeat, which cannot show the code again, gets a new one in place of it.

    Raises Invalid("username" | "name" | "role" | "school_code"), NotAllowed.
    """
    only_admin(by)
    username, name = normalise_username(username), name.strip()
    code, hashed = new_code()
    with transaction() as session:

        def act() -> dict[str, Any]:
            _check_new(session, username, name, role, school_code)
            return {"id": _create(session, username, name, role, school_code, by, on)}

        what = ["staff", username, name, role, school_code]
        person = account(session, once(session, token, what, act, by=by, on=on)["id"])
        if person.password_hash is not None:  # a late repeat: the first code has been used
            _check_new(session, username, name, role, school_code)
        person.code_hash, person.code_expires_at = hashed, on + code_lives
    return passwords.code_in_groups(code)


def _create(session: Session, username: str, name: str, role: str, school_code: str, by: Actor, on: datetime) -> int:
    person = Staff(username=username, name=name, role=role, school_code=school_code, created_at=on)
    session.add(person)
    session.flush()
    record(
        session,
        on=on,
        by=by,
        action="staff.created",
        subject="staff",
        subject_id=person.id,
        detail={"username": username, "role": role, "school_code": school_code},
    )
    return person.id


def change_role(staff_id: int, role: str, school_code: str, *, by: Actor, on: datetime, token: str = "") -> bool:
    """Change role or school; ends the login session and removes the person's assignments. False: they were so already.

    Once for the `token` of a form. Raises NotFound, NotAllowed (oneself, the last administrator), Invalid("role" |
    "school_code"), ChangedMeanwhile (changed to something else since).
    """
    only_admin(by)
    with transaction() as session:
        person = account(session, staff_id)

        def act() -> dict[str, Any]:
            return {"changed": _change_role(session, person, role, school_code, by, on)}

        changed = once(session, token, ["role", staff_id, role, school_code], act, by=by, on=on)["changed"]
        if (person.role, person.school_code) != (role, school_code):
            raise ChangedMeanwhile("角色这样改过，后来又改了。要再改，请看过现在的情况再按一次。")
        return bool(changed)


def _change_role(session: Session, person: Staff, role: str, school_code: str, by: Actor, on: datetime) -> bool:
    if by.kind == STAFF and by.id == person.id:
        raise NotAllowed("不能修改自己的角色")
    if person.role == ADMIN and role != ADMIN and person.active and other_admins(session, person.id) == 0:
        raise NotAllowed("这是最后一个可用的管理员账号，不能改为其他角色")
    _check_role(session, role, school_code)
    before = {"role": person.role, "school_code": person.school_code}
    if before == {"role": role, "school_code": school_code}:
        return False
    person.role, person.school_code = role, school_code
    told = f"你的角色由{for_colleague(by)}在 {moment(on)} 改为{STAFF_ROLES[role]}{f'（学校 {school_code}）' if school_code else ''}。"
    tell_staff(session, person.id, told, on)
    release(session, person.id)
    end_sessions(session, staff_id=person.id)
    record(
        session,
        on=on,
        by=by,
        action="staff.role_changed",
        subject="staff",
        subject_id=person.id,
        detail={"before": before, "after": {"role": role, "school_code": school_code}},
    )
    return True


def is_idle(person: Staff, on: datetime) -> bool:
    """Whether an active account had no sign-in for 90 days (since creation if never)."""
    return person.active and on - (person.last_sign_in_at or person.created_at) > IDLE_AFTER


def set_staff_password(
    staff_id: int,
    token: str,
    *,
    current: str | None,
    new_password: str,
    origin: Origin,
    wrong: dict[str, list[str]] | None = None,
) -> SignedIn:
    """Set the person's own password, after a one-time code (`current` None) or with the present one; opens a new login session.

    `wrong`: what the form alone told. Raises Invalid with all faults, TooOften, ChangedMeanwhile.
    """
    key, told = f"change:{STAFF}:{staff_id}", wrong or {}
    with transaction() as session:
        person = account(session, staff_id)
        asked = not person.code_hash and "current_password" not in told
        tries = 0 if not asked else throttle.hit(session, key, throttle.WRONG_PASSWORDS, origin.on)
        stored, code, totp = person.password_hash, person.code_hash, person.totp_secret
        username, actor = person.username, staff_actor(person)
    told = told | current_fault(stored, current or "", key, tries) if asked else told
    refuse(with_new(told, stored, new_password, _weak(new_password, username, actor.label)))
    hashed = passwords.hash_password(new_password)
    with transaction() as session:
        refuse_ended_login(session, token)
        _replace_hash(session, staff_id, stored, code, hashed)
        kind = next_kind(totp, origin) if code else STAFF
        since = origin.on if totp is None else None
        fresh = open_session(session, on=origin.on, kind=kind, staff_id=staff_id, proved_at=since)
        device = proved(session, STAFF, account_key(origin.secret, STAFF, username), origin)
        record(
            session,
            on=origin.on,
            by=actor,
            action="staff.password_set",
            subject="staff",
            subject_id=staff_id,
            address=origin.address,
        )
    return SignedIn(fresh, device, kind)


def _replace_hash(session: Session, staff_id: int, stored: str | None, code: str | None, hashed: str) -> None:
    """Write the new hash unless password or code changed meanwhile. Raises ChangedMeanwhile."""
    same = (Staff.id == staff_id, Staff.password_hash == stored if stored else Staff.password_hash.is_(None))
    same_code = Staff.code_hash == code if code else Staff.code_hash.is_(None)
    values = {"password_hash": hashed, "code_hash": None, "code_expires_at": None}
    if session.connection().execute(update(Staff).where(*same, same_code).values(values)).rowcount != 1:
        raise ChangedMeanwhile("密码刚刚在别处改过，请重新登录。")


def check_names(username: str, name: str) -> None:
    """Check user name and name. Raises Invalid("username" | "name")."""
    if not USERNAME.fullmatch(normalise_username(username)):
        raise Invalid("username", "用户名应为 3 至 40 位小写字母、数字、点、横线，以字母或数字开头")
    if not name.strip() or len(name.strip()) > 80:
        raise Invalid("name", "请填写姓名，最多 80 个字")


def _check_new(session: Session, username: str, name: str, role: str, school_code: str) -> None:
    check_names(username, name)
    _check_role(session, role, school_code)
    if session.scalar(select(Staff.id).where(Staff.username == username)) is not None:
        raise Invalid("username", "这个用户名已经有人使用")


def _check_role(session: Session, role: str, school_code: str) -> None:
    if role not in STAFF_ROLES:
        raise Invalid("role", f"角色应为{'、'.join(STAFF_ROLES.values())}之一")
    if (role in SCHOOL_ROLES) != bool(school_code):
        raise Invalid("school_code", "主考学校审核员和负责人须选择学校，其他角色不选")
    if school_code and session.scalar(select(School.id).where(School.code == school_code)) is None:
        raise Invalid("school_code", f"没有代码为 {school_code} 的学校")


def _weak(new_password: str, username: str, name: str) -> str | None:
    return password_problem(new_password, username=username, name=name, kind="staff")
