"""Second factor of staff: enrolment, sign-in, confirmation before critical acts, reset by the administrator.

Codes are RFC 6238 (app.security.totp), each valid once. Ten one-time recovery codes replace a lost phone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CursorResult, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people import resets
from app.actions.people.accounts import refuse_ended_login
from app.actions.people.sign_in import SignedIn, signed_in_elsewhere
from app.actions.people.staff_access import NOT_YOU, account, only_admin
from app.actions.people.telling import for_colleague, tell_staff
from app.actions.people.tries import Origin
from app.models import RecoveryCode, Staff
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.people.roles import Actor, staff_actor
from app.rules.refusals import Invalid, NotAllowed, NotFound
from app.security import passwords, throttle, totp
from app.security.principal import STAFF
from app.security.sessions import end_sessions, open_session
from app.security.throttle import TooOften

RECOVERY_CODES = 10
WRONG = "动态码不正确。请等手机上换新的一组再填，或填写一个恢复码。"
WRONG_FIRST = "动态码不正确。请核对手机的时间是否准确，再填写现在显示的 6 位数字。"
WRONG_AGAIN = "密码不正确"
TOO_OFTEN = "连续填错 5 次，请过 5 分钟再试。手机和恢复码都找不到时，请联系管理员。"


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The new login session, and the recovery codes to show once."""

    signed_in: SignedIn
    codes: tuple[str, ...]


def offered_secret(staff_id: int, token: str, secret: bytes) -> str:
    """Secret offered at enrolment; derived from the login session, so stored only once confirmed."""
    return totp.secret_from(secret, str(staff_id), token)


def enrol(staff_id: int, token: str, typed: str, *, origin: Origin) -> Enrolled:
    """Enable the second factor after a right first code. Older secrets and recovery codes end.

    Raises Invalid("code"), TooOften, ChangedMeanwhile (the login session ended).
    """
    secret = offered_secret(staff_id, token, origin.secret)
    _count(staff_id, origin)
    step = totp.matching_step(secret, _digits(typed), origin.on)
    if step is None:
        raise Invalid("code", WRONG_FIRST)
    codes = tuple(passwords.new_code() for _ in range(RECOVERY_CODES))
    with transaction() as session:
        person = _person(session, staff_id)
        refuse_ended_login(session, token)
        person.totp_secret, person.totp_step = secret, step
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
        macs = [{"staff_id": staff_id, "mac": recovery_mac(origin.secret, staff_id, code)} for code in codes]
        session.execute(insert(RecoveryCode), macs)
        fresh = _enter(session, person, "totp.enrolled", origin, token)
    return Enrolled(fresh, tuple(passwords.code_in_groups(code) for code in codes))


def prove(staff_id: int, token: str, typed: str, *, origin: Origin) -> SignedIn:
    """Second step of sign-in, or 身份确认, by code or recovery code. Opens a new login session.

    Raises Invalid("code"), TooOften, ChangedMeanwhile.
    """
    _count(staff_id, origin)
    with transaction() as session:
        person = _person(session, staff_id)
        refuse_ended_login(session, token)
        how = _spend(session, person, typed, origin)
        if how:
            return _enter(session, person, how, origin, token)
        _note(session, person, "totp.failed", origin)
    raise Invalid("code", WRONG)


def confirm_password(staff_id: int, token: str, typed: str, *, origin: Origin) -> SignedIn:
    """身份确认 by password, without a second factor. Raises Invalid("password"), NotAllowed, TooOften, ChangedMeanwhile."""
    _count(staff_id, origin)
    with transaction() as session:
        person = _person(session, staff_id)
        if person.totp_secret:
            raise NotAllowed("请用动态码确认身份。")
        stored = person.password_hash
    right = passwords.password_matches(stored, typed)
    with transaction() as session:
        person = _person(session, staff_id)
        refuse_ended_login(session, token)
        if right and person.password_hash == stored:
            return _enter(session, person, "identity.confirmed", origin, token)
        _note(session, person, "identity.failed", origin)
    raise Invalid("password", WRONG_AGAIN)


def reset_totp(staff_id: int, *, by: Actor, on: datetime) -> bool:
    """Remove the second factor (lost phone) and tell the person; it is set up again at the next sign-in.

    False: there was none, and nothing changed. Raises NotAllowed, NotFound, TooOften.
    """
    only_admin(by)
    with transaction() as session:
        person = account(session, staff_id)
        if person.totp_secret is None:
            return False
        resets.count(session, resets.STAFF, by=by, on=on)
        person.totp_secret = person.totp_step = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == staff_id))
        throttle.forget(session, [_key(staff_id, limit) for limit in throttle.TOTP])
        end_sessions(session, staff_id=staff_id)
        record(session, on=on, by=by, action="totp.reset", subject="staff", subject_id=staff_id)
        told = f"你的两步验证由{for_colleague(by)}在 {moment(on)} 取消，恢复码也已作废。{NOT_YOU}"
        tell_staff(session, staff_id, told, on)
        return True


def codes_left(session: Session, staff_id: int) -> int:
    """Number of unused recovery codes."""
    return session.scalar(select(func.count()).where(RecoveryCode.staff_id == staff_id)) or 0


def recovery_mac(secret: bytes, staff_id: int, code: str) -> str:
    """Stored form of a recovery code. Keyed hash: 46 random bits behind a throttle need no slow one."""
    return hmac.new(secret, f"recovery:{staff_id}:{code}".encode(), hashlib.sha256).hexdigest()


def _spend(session: Session, person: Staff, typed: str, origin: Origin) -> str:
    """Use up a code and return its kind; "" when wrong or used before."""
    if person.totp_secret is None:
        return ""
    step = totp.matching_step(person.totp_secret, _digits(typed), origin.on)
    if step is not None:
        unused = or_(Staff.totp_step.is_(None), Staff.totp_step < step)
        done = session.execute(update(Staff).where(Staff.id == person.id, unused).values(totp_step=step))
        return "totp.ok" if isinstance(done, CursorResult) and done.rowcount == 1 else ""
    mac = recovery_mac(origin.secret, person.id, passwords.normalise_code(typed))
    done = session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id, RecoveryCode.mac == mac))
    return "totp.recovery_code" if isinstance(done, CursorResult) and done.rowcount == 1 else ""


def _count(staff_id: int, origin: Origin) -> None:
    """Count a try before checking it, so that parallel tries gain nothing."""
    with transaction() as session:
        tries = [throttle.hit(session, _key(staff_id, limit), limit, origin.on) for limit in throttle.TOTP]
    if any(hits > limit.most for hits, limit in zip(tries, throttle.TOTP, strict=True)):
        raise TooOften(TOO_OFTEN, throttle.TOTP[0].span)


def _key(staff_id: int, limit: throttle.Limit) -> str:
    return f"totp:{staff_id}:{int(limit.span.total_seconds())}"


def _digits(typed: str) -> str:
    return passwords.normalise_code(typed)


def _person(session: Session, staff_id: int) -> Staff:
    person = session.get(Staff, staff_id)
    if person is None or not person.active:
        raise NotFound("没有找到这个账号")
    return person


def _enter(session: Session, person: Staff, action: str, origin: Origin, own: str) -> SignedIn:
    elsewhere = signed_in_elsewhere(session, person.id, origin, own)
    throttle.forget(session, [_key(person.id, limit) for limit in throttle.TOTP])
    token = open_session(session, on=origin.on, kind=STAFF, staff_id=person.id, proved_at=origin.on)
    _note(session, person, action, origin, **({"elsewhere": True} if elsewhere else {}))
    return SignedIn(token, origin.device, STAFF, elsewhere)


def _note(session: Session, person: Staff, action: str, origin: Origin, **detail: bool) -> None:
    by = staff_actor(person)
    record(
        session,
        on=origin.on,
        by=by,
        action=action,
        subject="staff",
        subject_id=person.id,
        detail=detail,
        address=origin.address,
    )
