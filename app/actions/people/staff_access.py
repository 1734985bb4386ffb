"""Staff kept out and let in again: one-time codes, disabled accounts, and the files that such a person held."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people import resets
from app.actions.people.accounts import CODE_LIVES
from app.actions.people.telling import for_colleague, tell_staff
from app.actions.people.tries import account_key
from app.actions.repeats import once
from app.models import Application, Assignment, KeptWork, Lease, Staff
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, NotAllowed, NotFound
from app.security import known_browsers, passwords, throttle
from app.security.principal import STAFF
from app.security.sessions import end_sessions

ADMIN = "admin"
NOT_YOU = "不是你请求的，请马上告诉考办的管理员。"


def only_admin(by: Actor) -> None:
    """Raise NotAllowed for whoever is neither an administrator nor the command line."""
    if by.kind != "system" and by.role != ADMIN:
        raise NotAllowed("只有管理员可以管理账号")


def account(session: Session, staff_id: int) -> Staff:
    """Return the account. Raises NotFound."""
    person = session.get(Staff, staff_id)
    if person is None:
        raise NotFound("没有找到这个账号")
    return person


def other_admins(session: Session, staff_id: int) -> int:
    """How many other administrators can sign in."""
    others = select(func.count()).where(Staff.role == ADMIN, Staff.active, Staff.id != staff_id)
    return int(session.scalar(others) or 0)


def reset_staff(staff_id: int, *, by: Actor, on: datetime, secret: bytes, token: str = "") -> str:
    """Replace the password by a one-time code (24 hours), end the login session, tell the person.

    Once for the `token` of a form: a repeat, which cannot show the code again, gets a new one in place of it.
    Raises NotFound, NotAllowed, TooOften, ChangedMeanwhile (a late repeat: the first code has been used).
    """
    only_admin(by)
    code, hashed = new_code()
    with transaction() as session:
        person = account(session, staff_id)

        def act() -> dict[str, Any]:
            resets.count(session, resets.STAFF, by=by, on=on)
            person.password_hash = None
            key = account_key(secret, STAFF, person.username)
            throttle.forget(session, (f"account:{key}", f"locks:account:{key}", f"change:{STAFF}:{staff_id}"))
            known_browsers.forget(session, key)
            end_sessions(session, staff_id=staff_id)
            record(session, on=on, by=by, action="staff.reset", subject="staff", subject_id=staff_id)
            told = f"你的密码由{for_colleague(by)}在 {moment(on)} 重置，原来的密码已作废。{NOT_YOU}"
            tell_staff(session, staff_id, told, on)
            return {}

        once(session, token, ["reset", staff_id], act, by=by, on=on)
        if person.password_hash is not None:
            raise ChangedMeanwhile(
                "这个账号刚才已经重置过，本人也已用登录码设置了新密码。还要重置，请从列表里再点一次。"
            )
        person.code_hash, person.code_expires_at = hashed, on + CODE_LIVES
    return passwords.code_in_groups(code)


def disable_staff(staff_id: int, *, by: Actor, on: datetime) -> None:
    """Disable the account, end its login session; the person holds no file any more.

    Raises NotAllowed for oneself and the last administrator.
    """
    only_admin(by)
    with transaction() as session:
        person = account(session, staff_id)
        if by.kind == STAFF and by.id == staff_id:
            raise NotAllowed("不能停用自己的账号")
        if person.role == ADMIN and person.active and other_admins(session, staff_id) == 0:
            raise NotAllowed("这是最后一个可用的管理员账号，不能停用")
        person.active = False
        release(session, staff_id)
        end_sessions(session, staff_id=staff_id)
        record(session, on=on, by=by, action="staff.disabled", subject="staff", subject_id=staff_id)


def enable_staff(staff_id: int, *, by: Actor, on: datetime) -> None:
    """Enable a disabled account with its old password, and tell the person. Raises NotFound, NotAllowed."""
    only_admin(by)
    with transaction() as session:
        person = account(session, staff_id)
        if not person.active:
            tell_staff(session, staff_id, f"你的账号停用过，由{for_colleague(by)}在 {moment(on)} 重新启用。", on)
        person.active = True
        record(session, on=on, by=by, action="staff.enabled", subject="staff", subject_id=staff_id)


def release(session: Session, staff_id: int) -> None:
    """Leave the files that a person held to everybody: assigned (told or not), opened, half filled in when signed out."""
    session.execute(update(Application).where(Application.assignee_id == staff_id).values(assignee_id=None))
    for held in (Assignment, Lease, KeptWork):
        session.execute(delete(held).where(held.staff_id == staff_id))


def new_code() -> tuple[str, str]:
    """Return a one-time code and its hash, made before the transaction, as hashing is slow."""
    code = passwords.new_code()
    return code, passwords.hash_password(code)
