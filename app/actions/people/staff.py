"""Staff accounts: created, reset and disabled by an administrator; first sign-in by one-time code."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people.accounts import CODE_LIVES, current_fault, refuse, refuse_ended_login, with_new
from app.actions.people.sign_in import SignedIn, next_kind, normalise_username
from app.actions.people.tries import Origin, account_key, proved
from app.actions.repeats import once
from app.models import Application, Assignment, School, Staff
from app.models.base import transaction
from app.rules.people.passwords import password_problem
from app.rules.people.roles import SCHOOL_ROLES, STAFF_ROLES, Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.security import known_browsers, passwords, throttle
from app.security.principal import STAFF
from app.security.sessions import end_sessions, open_session

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
ADMIN = "admin"
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
    _only_admin(by)
    username, name = normalise_username(username), name.strip()
    code, hashed = _new_code()
    with transaction() as session:

        def act() -> dict[str, Any]:
            _check_new(session, username, name, role, school_code)
            return {"id": _create(session, username, name, role, school_code, by, on)}

        what = ["staff", username, name, role, school_code]
        person = _staff(session, once(session, token, what, act, by=by, on=on)["id"])
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


def reset_staff(staff_id: int, *, by: Actor, on: datetime, secret: bytes) -> str:
    """Replace the password by a one-time code (24 hours); ends the login session. Raises NotFound, NotAllowed."""
    _only_admin(by)
    code, hashed = _new_code()
    with transaction() as session:
        person = _staff(session, staff_id)
        person.password_hash, person.code_hash, person.code_expires_at = None, hashed, on + CODE_LIVES
        account = account_key(secret, STAFF, person.username)
        keys = (f"account:{account}", f"locks:account:{account}", f"change:{STAFF}:{staff_id}")
        throttle.forget(session, keys)
        known_browsers.forget(session, account)
        end_sessions(session, staff_id=staff_id)
        record(session, on=on, by=by, action="staff.reset", subject="staff", subject_id=staff_id)
    return passwords.code_in_groups(code)


def disable_staff(staff_id: int, *, by: Actor, on: datetime) -> None:
    """Disable the account, end its login session and remove the person's assignments.

    Raises NotAllowed for oneself and the last administrator.
    """
    _only_admin(by)
    with transaction() as session:
        person = _staff(session, staff_id)
        if by.kind == STAFF and by.id == staff_id:
            raise NotAllowed("不能停用自己的账号")
        if person.role == ADMIN and person.active and _other_admins(session, staff_id) == 0:
            raise NotAllowed("这是最后一个可用的管理员账号，不能停用")
        person.active = False
        _release(session, staff_id)
        end_sessions(session, staff_id=staff_id)
        record(session, on=on, by=by, action="staff.disabled", subject="staff", subject_id=staff_id)


def enable_staff(staff_id: int, *, by: Actor, on: datetime) -> None:
    """Enable a disabled account with its old password. Raises NotFound, NotAllowed."""
    _only_admin(by)
    with transaction() as session:
        _staff(session, staff_id).active = True
        record(session, on=on, by=by, action="staff.enabled", subject="staff", subject_id=staff_id)


def change_role(staff_id: int, role: str, school_code: str, *, by: Actor, on: datetime, token: str = "") -> bool:
    """Change role or school; ends the login session and removes the person's assignments. False: they were so already.

    Once for the `token` of a form. Raises NotFound, NotAllowed (oneself, the last administrator), Invalid("role" |
    "school_code"), ChangedMeanwhile (changed to something else since).
    """
    _only_admin(by)
    with transaction() as session:
        person = _staff(session, staff_id)

        def act() -> dict[str, Any]:
            return {"changed": _change_role(session, person, role, school_code, by, on)}

        changed = once(session, token, ["role", staff_id, role, school_code], act, by=by, on=on)["changed"]
        if (person.role, person.school_code) != (role, school_code):
            raise ChangedMeanwhile("角色这样改过，后来又改了。要再改，请看过现在的情况再按一次。")
        return bool(changed)


def _change_role(session: Session, person: Staff, role: str, school_code: str, by: Actor, on: datetime) -> bool:
    if by.kind == STAFF and by.id == person.id:
        raise NotAllowed("不能修改自己的角色")
    if person.role == ADMIN and role != ADMIN and person.active and _other_admins(session, person.id) == 0:
        raise NotAllowed("这是最后一个可用的管理员账号，不能改为其他角色")
    _check_role(session, role, school_code)
    before = {"role": person.role, "school_code": person.school_code}
    if before == {"role": role, "school_code": school_code}:
        return False
    person.role, person.school_code = role, school_code
    _release(session, person.id)
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


def _release(session: Session, staff_id: int) -> None:
    """Leave the files assigned to a person to everybody again, told or not."""
    session.execute(update(Application).where(Application.assignee_id == staff_id).values(assignee_id=None))
    session.execute(delete(Assignment).where(Assignment.staff_id == staff_id))


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
        person = _staff(session, staff_id)
        asked = not person.code_hash and "current_password" not in told
        tries = 0 if not asked else throttle.hit(session, key, throttle.WRONG_PASSWORDS, origin.on)
        stored, code, totp = person.password_hash, person.code_hash, person.totp_secret
        username, actor = person.username, Actor(STAFF, person.id, person.name, person.role, person.school_code)
    told = told | current_fault(stored, current or "", key, tries) if asked else told
    refuse(with_new(told, stored, new_password, _weak(new_password, username)))
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


def _only_admin(by: Actor) -> None:
    if by.kind != "system" and by.role != ADMIN:
        raise NotAllowed("只有管理员可以管理账号")


def _staff(session: Session, staff_id: int) -> Staff:
    person = session.get(Staff, staff_id)
    if person is None:
        raise NotFound("没有找到这个账号")
    return person


def _other_admins(session: Session, staff_id: int) -> int:
    others = select(func.count()).where(Staff.role == ADMIN, Staff.active, Staff.id != staff_id)
    return int(session.scalar(others) or 0)


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


def _weak(new_password: str, username: str) -> str | None:
    problem = password_problem(new_password, kind="staff")
    return problem or ("密码中不能包含用户名" if username in new_password.lower() else None)


def _new_code() -> tuple[str, str]:
    """Return a one-time code and its hash, made before the transaction, as hashing is slow."""
    code = passwords.new_code()
    return code, passwords.hash_password(code)
