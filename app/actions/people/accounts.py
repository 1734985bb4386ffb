"""Examinees' passwords: set at activation, changed by the owner, reset by staff with a one-time code."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.people import resets, tries
from app.actions.people.sign_in import SignedIn
from app.actions.people.telling import for_examinee, tell_examinee
from app.actions.people.tries import Origin, account_key
from app.actions.repeats import once
from app.models import Examinee, LoginSession, Ticket
from app.models.base import transaction
from app.rules.calendar import moment
from app.rules.people.identity import birth_date_of, normalise_digits
from app.rules.people.passwords import password_problem
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile, Invalid, NotAllowed, NotFound
from app.security import known_browsers, passwords, throttle
from app.security.principal import EXAMINEE, token_sha256
from app.security.sessions import end_sessions, open_session
from app.security.throttle import TooOften

CODE_LIVES = timedelta(hours=24)
ACTIVATION_CLOSED = "准考证号已连续 3 次与本人不符，请过 30 分钟再试，或联系主考学校。"
CHANGE_CLOSED = "现在的密码已连续 5 次不正确，请过 15 分钟再试。"
FIELDS = ("ticket", "current_password", "new_password", "new_password_again")
"""In the order of the page, which its summary of errors keeps."""
NOT_YOURS = "不是你本人请求的，请马上联系主考学校或考办。"
SESSION_GONE = "登录已在别处结束，请重新登录。"


def activate(
    examinee_id: int,
    token: str,
    *,
    ticket: str,
    new_password: str,
    origin: Origin,
    wrong: dict[str, list[str]] | None = None,
) -> SignedIn:
    """Set the first password (or one after a reset) after checking a 准考证号 of the person.

    `wrong`: what the form alone told, field -> messages; nothing is set then, and all that is wrong is told at once. Ends all other
    login sessions and opens one that shows that ticket. Raises Invalid with all faults, TooOften after three wrong tickets,
    ChangedMeanwhile.
    """
    number, told = normalise_digits(ticket), wrong or {}
    person, tickets, nth = _proved(examinee_id, number, origin) if "ticket" not in told else _unproved(examinee_id)
    faults = {} if number in tickets else {"ticket": told.get("ticket", [_not_yours(nth)])}
    faults |= told
    if "new_password" not in faults and (weak := _weak(person, tickets if number in tickets else (), new_password)):
        faults["new_password"] = [weak]
    refuse(faults)
    hashed = passwords.hash_password(new_password)
    with transaction() as session:
        fresh = (Examinee.id == examinee_id, Examinee.password_hash.is_(None))
        values = {"password_hash": hashed, "activated_at": origin.on, "reset_hash": None, "reset_expires_at": None}
        refuse_ended_login(session, token)
        if session.connection().execute(update(Examinee).where(*fresh).values(values)).rowcount != 1:
            raise ChangedMeanwhile("密码已经设置过了，请用新密码登录。")
        return _enter(session, person, tickets[number], "account.activated", origin)


def refuse(faults: dict[str, list[str]]) -> None:
    """Raise Invalid with all faults (field -> messages), in the order of the pages; nothing where there is none."""
    if faults:
        first, *_ = ordered = sorted(faults, key=FIELDS.index)
        raise Invalid(first, faults[first][0], {name: faults[name] for name in ordered})


def _not_yours(nth: int) -> str:
    left = throttle.ACTIVATION.most - nth
    return f"准考证号与本人不符，请核对准考证，还可以试 {left} 次" if left > 0 else ACTIVATION_CLOSED.rstrip("。")


def _proved(examinee_id: int, number: str, origin: Origin) -> tuple[Examinee, dict[str, int], int]:
    """Count a try of this 准考证号; return the person with the tickets, and the tries so far. Raises TooOften."""
    key = f"activate:{examinee_id}"
    with transaction() as session:
        nth = throttle.hit(session, key, throttle.ACTIVATION, origin.on)
        person = _person(session, examinee_id)
        tickets = _tickets(session, examinee_id)
        refusal = _refusal(session, person, key, nth, origin)
        if refusal is None:
            _looked(session, person, key, nth, number in tickets, origin)
    if refusal is not None:
        raise refusal
    return person, tickets, nth


def _refusal(session: Session, person: Examinee, key: str, nth: int, origin: Origin) -> TooOften | None:
    """Return why this try is not looked at; one that only has to wait was none."""
    if nth > throttle.ACTIVATION.most:
        return TooOften(ACTIVATION_CLOSED, throttle.left(session, key, origin.on))
    account = account_key(origin.secret, EXAMINEE, person.id_number)
    braked = tries.guess(session, EXAMINEE, account, origin, nth)
    if braked is not None:
        throttle.take_back(session, key)
    return braked


def _looked(session: Session, person: Examinee, key: str, nth: int, right: bool, origin: Origin) -> None:
    account = account_key(origin.secret, EXAMINEE, person.id_number)
    tries.guessed(session, EXAMINEE, account, origin, nth, right)
    if right:
        throttle.forget(session, (key,))
    else:
        _wrong_ticket(session, person, key, nth, origin)


def _unproved(examinee_id: int) -> tuple[Examinee, dict[str, int], int]:
    """Return the person without tickets: nothing was proved, and no try is counted."""
    with transaction() as session:
        return _person(session, examinee_id), {}, 0


def change_password(
    examinee_id: int,
    token: str,
    *,
    current: str,
    new_password: str,
    ticket_id: int | None,
    origin: Origin,
    wrong: dict[str, list[str]] | None = None,
) -> SignedIn:
    """Change the person's own password. Other login sessions end, this one gets a new token. `wrong`: as in activation.

    Raises Invalid with all faults, TooOften, ChangedMeanwhile.
    """
    key, told = f"change:{EXAMINEE}:{examinee_id}", wrong or {}
    with transaction() as session:
        nth = 0 if "current_password" in told else throttle.hit(session, key, throttle.WRONG_PASSWORDS, origin.on)
        person = _person(session, examinee_id)
        tickets = _tickets(session, examinee_id)
    stored = person.password_hash
    told = told if "current_password" in told else told | current_fault(stored, current, key, nth)
    refuse(with_new(told, stored, new_password, _weak(person, tickets, new_password)))
    hashed = passwords.hash_password(new_password)
    with transaction() as session:
        refuse_ended_login(session, token)
        same = (Examinee.id == examinee_id, Examinee.password_hash == person.password_hash)
        if session.connection().execute(update(Examinee).where(*same).values(password_hash=hashed)).rowcount != 1:
            raise ChangedMeanwhile("密码刚刚在别处改过，请重新登录。")
        return _enter(session, person, ticket_id, "account.password_changed", origin)


def with_new(
    told: dict[str, list[str]], stored: str | None, new_password: str, weak: str | None
) -> dict[str, list[str]]:
    """Add to the faults that of the new password. Only to who proved the present one it is said that both are the same: else it could be guessed."""
    if "new_password" in told:
        return told
    if weak is None and stored and "current_password" not in told and passwords.password_matches(stored, new_password):
        weak = "新密码不能与现在的密码相同"
    return told | {"new_password": [weak]} if weak else told


def current_fault(stored: str | None, typed: str, key: str, nth: int) -> dict[str, list[str]]:
    """Return what is wrong with the present password, by field; the right one forgets the wrong tries. `nth`: of the tries under `key`, with this one.

    Raises TooOften.
    """
    left = throttle.WRONG_PASSWORDS.most - nth
    if left < 0:
        raise TooOften(CHANGE_CLOSED, throttle.WRONG_PASSWORDS.span)
    if not passwords.password_matches(stored, typed):
        told = f"现在的密码不正确，还可以试 {left} 次" if left else CHANGE_CLOSED.rstrip("。")
        return {"current_password": [told]}
    with transaction() as session:
        throttle.forget(session, (key,))
    return {}


def issue_reset_code(examinee_id: int, *, by: Actor, secret: bytes, on: datetime, token: str = "") -> str:
    """Create a one-time code for a lost password, shown once (ACDEF-34PQR), valid 24 hours, and tell the person.

    The password and all login sessions end at once; the ID tail never works again. `by`: staff in scope or the system
    (kaoji examinee reset). Once for the `token` of a form: a repeat, which cannot show the code again, gets a new one
    in place of it. Raises NotFound, NotAllowed, TooOften (5 a day; too many by one person), ChangedMeanwhile (a late repeat).
    """
    if by.kind != "system" and by.role not in scope.REVIEWING:
        raise NotAllowed("你的角色不能重置考生密码")
    code = passwords.new_code()
    hashed = passwords.hash_password(code)
    with transaction() as session:
        person = session.get(Examinee, examinee_id) if by.kind == "system" else scope.examinee(session, examinee_id, by)
        if person is None:
            raise NotFound
        once(session, token, ["code", examinee_id], lambda: _reset(session, person, by, secret, on), by=by, on=on)
        if person.password_hash is not None:
            raise ChangedMeanwhile("刚才已经重置过，本人也已用登录码设置了新密码。还要重置，请看过本页再按一次。")
        person.reset_hash, person.reset_expires_at = hashed, on + CODE_LIVES
    return passwords.code_in_groups(code)


def _reset(session: Session, person: Examinee, by: Actor, secret: bytes, on: datetime) -> dict[str, Any]:
    """End the password and all login sessions, tell the person, write it down. Raises TooOften."""
    if throttle.hit(session, f"reset:{person.id}", throttle.RESETS, on) > throttle.RESETS.most:
        wait = throttle.left(session, f"reset:{person.id}", on)
        raise TooOften("这位考生今天已重置 5 次，请明天再试。", wait)
    resets.count(session, resets.EXAMINEES, by=by, on=on)
    person.password_hash = None
    account = account_key(secret, EXAMINEE, person.id_number)
    counted = (f"activate:{person.id}", f"change:{EXAMINEE}:{person.id}")
    throttle.forget(session, (f"account:{account}", f"locks:account:{account}", *counted))
    known_browsers.forget(session, account)
    end_sessions(session, examinee_id=person.id)
    told = f"你的密码由{for_examinee(session, by)}在 {moment(on)} 重置，原来的密码已作废。{NOT_YOURS}"
    tell_examinee(session, person.id, told, on)
    record(session, on=on, by=by, action="examinee.reset_code", subject="examinee", subject_id=person.id)
    return {}


def _person(session: Session, examinee_id: int) -> Examinee:
    person = session.get(Examinee, examinee_id)
    if person is None:
        raise NotFound
    session.expunge(person)  # used after the transaction
    return person


def _tickets(session: Session, examinee_id: int) -> dict[str, int]:
    rows = session.execute(select(Ticket.number, Ticket.id).where(Ticket.examinee_id == examinee_id))
    return {row.number: row.id for row in rows}


def _wrong_ticket(session: Session, person: Examinee, key: str, nth: int, origin: Origin) -> None:
    last = nth == throttle.ACTIVATION.most
    if last:
        throttle.close(session, key, origin.on + throttle.ACTIVATION.span)
    record(
        session,
        on=origin.on,
        by=Actor(EXAMINEE, person.id, person.name),
        subject="examinee",
        subject_id=person.id,
        action="activation.closed" if last else "activation.failed",
        address=origin.address,
    )


def _weak(person: Examinee, tickets: Collection[str], new_password: str) -> str | None:
    """Return the fault of a new password. Without tickets nothing was proved: only the ID number, typed at sign-in, is compared.

    Else whoever tries passwords would learn the name or the birth date.
    """
    if not tickets:
        return password_problem(new_password, id_number=person.id_number)
    return password_problem(
        new_password,
        id_number=person.id_number,
        ticket_numbers=tickets,
        phone=person.phone,
        birth=person.birth_date or birth_date_of(person.id_number),
        name=person.name,
    )


def refuse_ended_login(session: Session, token: str) -> None:
    """Raise ChangedMeanwhile if the login session was ended meanwhile."""
    if session.get(LoginSession, token_sha256(token)) is None:
        raise ChangedMeanwhile(SESSION_GONE)


def _enter(session: Session, person: Examinee, ticket_id: int | None, action: str, origin: Origin) -> SignedIn:
    end_sessions(session, examinee_id=person.id)
    token = open_session(session, on=origin.on, kind=EXAMINEE, examinee_id=person.id, ticket_id=ticket_id)
    account = account_key(origin.secret, EXAMINEE, person.id_number)
    device = tries.proved(session, EXAMINEE, account, origin)
    record(
        session,
        on=origin.on,
        by=Actor(EXAMINEE, person.id, person.name),
        action=action,
        subject="examinee",
        subject_id=person.id,
        address=origin.address,
    )
    return SignedIn(token, device, EXAMINEE)
