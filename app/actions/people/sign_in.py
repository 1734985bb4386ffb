"""Signing in: one answer for wrong, unknown and locked, and what opens only the setting of a password.

A try is counted before its password is looked at and given back when it was right, so that many tries at once gain nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.models import Examinee, LoginSession, Staff
from app.models.base import transaction
from app.rules.people.identity import normalise_id
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid
from app.security import captcha, known_browsers, passwords, throttle
from app.security.principal import ACTIVATING, ENROLLING, EXAMINEE, HALF, STAFF, idle_limit, token_sha256
from app.security.sessions import first_ticket, open_session
from app.security.throttle import TooOften

WRONG = "证件号码或密码不正确。连续输错 5 次后，须过一段时间再试；忘记密码请联系主考学校。"
WRONG_STAFF = "用户名或密码不正确。连续输错 5 次后，须过一段时间再试；忘记密码请联系管理员。"
WRONG_CAPTCHA = "验证码不正确或已过期，请按新的图片重新输入"
TOO_OFTEN = "这个网络的登录失败次数太多，请过几分钟再试。"
STRANGER = Actor("guest", None, "未登录")


@dataclass(frozen=True, slots=True)
class Door:
    """Where a try comes from and when: network address, the browser's known-browser token, the instance's secret key."""

    address: str
    device: str
    secret: bytes
    on: datetime
    totp_required: bool = False  # every member of staff must have a second factor


@dataclass(frozen=True, slots=True)
class CaptchaTry:
    """What was typed for the captcha of a sign-in form; `demo` is the answer that a demo instance always takes."""

    form: captcha.Form
    typed: str
    demo: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that was opened: its token, the known-browser token to keep, and its kind.

    `elsewhere`: the same member of staff was signed in in another browser; that session has ended.
    """

    token: str
    device: str
    kind: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class _Gate:
    """How a try stands: the counter it went to, how many there are, and whether the whole address has failed too often."""

    account: str
    key: str
    known: bool
    tries: int
    address_over: bool

    @property
    def locked(self) -> bool:
        return self.tries > throttle.WRONG_PASSWORDS.most


def account_key(secret: bytes, kind: str, name: str) -> str:
    """The name of an account in throttles and known browsers: keyed, so that no ID number stands there."""
    return f"{kind}:{hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:32]}"


def sign_in(id_number: str, password: str, *, answer: CaptchaTry, door: Door) -> SignedIn:
    """Sign an examinee in. The initial password or a one-time code opens an `activating` session that shows nothing.

    Raises Invalid("captcha"), Invalid("form") for everything that is wrong with the account, TooOften for the address.
    """
    number = normalise_id(id_number)[:40]
    with transaction() as session:
        human = captcha.spend(
            session, answer.form, secret=door.secret, typed=answer.typed, on=door.on, demo=answer.demo
        )
        gate = _knock(session, account_key(door.secret, EXAMINEE, number), door) if human else None
        person = session.execute(
            select(
                Examinee.id,
                Examinee.name,
                Examinee.id_number,
                Examinee.password_hash,
                Examinee.initial_mac,
                Examinee.activated_at,
                Examinee.reset_hash,
                Examinee.reset_expires_at,
            ).where(Examinee.id_number == number)
        ).one_or_none()
    if gate is None:
        raise Invalid("captcha", WRONG_CAPTCHA)
    if gate.address_over:
        raise TooOften(TOO_OFTEN)
    kind = _opens(person, password, door)
    if person is None or not kind or gate.locked:
        _failed(gate, door, "examinee", person.id if person else None)
        raise Invalid("form", WRONG)
    return _admit(gate, door, Examinee, person, password, kind, Actor(EXAMINEE, person.id, person.name))


def sign_in_staff(username: str, password: str, *, door: Door) -> SignedIn:
    """Sign a member of staff in. A one-time code of the administrator opens only the setting of a password; where there
    is a second factor, or must be one, the password opens only the page that asks for it or sets it up.

    Raises Invalid("form"), TooOften.
    """
    name = normalise_username(username)
    with transaction() as session:
        gate = _knock(session, account_key(door.secret, STAFF, name), door)
        person = session.execute(
            select(
                Staff.id,
                Staff.name,
                Staff.role,
                Staff.school_code,
                Staff.active,
                Staff.password_hash,
                Staff.code_hash,
                Staff.code_expires_at,
                Staff.totp_secret,
            ).where(Staff.username == name)
        ).one_or_none()
    if gate.address_over:
        raise TooOften(TOO_OFTEN)
    kind = _opens_staff(person, password, door)
    if person is None or not kind or gate.locked:
        _failed(gate, door, "staff", person.id if person else None)
        raise Invalid("form", WRONG_STAFF)
    if kind == STAFF:
        kind = next_kind(person.totp_secret, door)
    actor = Actor(STAFF, person.id, person.name, person.role, person.school_code)
    return _admit(gate, door, Staff, person, password, kind, actor)


def _admit(
    gate: _Gate, door: Door, table: type[Examinee] | type[Staff], person: Any, password: str, kind: str, actor: Actor
) -> SignedIn:
    """Everything was right: open the session, in one transaction with its audit row."""
    stored = person.password_hash
    fresh = passwords.hash_password(password) if stored and passwords.is_outdated(stored) else None
    with transaction() as session:
        device, elsewhere = _succeeded(session, gate, door), False
        if fresh:
            same = (table.id == person.id, table.password_hash == stored)
            session.execute(update(table).where(*same).values(password_hash=fresh))
        if table is Examinee:
            ticket_id = first_ticket(session, person.id)
            token = open_session(session, on=door.on, kind=kind, examinee_id=person.id, ticket_id=ticket_id)
        else:
            proved = door.on if kind in (STAFF, ENROLLING) else None
            elsewhere = kind == STAFF and signed_in_elsewhere(session, person.id, door)
            token = open_session(session, on=door.on, kind=kind, staff_id=person.id, proved_at=proved)
        record(
            session,
            on=door.on,
            by=actor,
            action="sign_in.ok",
            subject=actor.kind,
            subject_id=person.id,
            detail={"kind": kind} | ({"elsewhere": True} if elsewhere else {}),
            address=door.address,
        )
    return SignedIn(token, device, kind, elsewhere)


def signed_in_elsewhere(session: Session, staff_id: int, door: Door, own: str = "") -> bool:
    """Has this member of staff a live session in another browser than that of the token `own`?"""
    since = door.on - idle_limit(STAFF, is_staff=True)
    theirs = (LoginSession.staff_id == staff_id, LoginSession.kind == STAFF, LoginSession.seen_at > since)
    others = select(LoginSession.token_sha256).where(*theirs, LoginSession.token_sha256 != token_sha256(own))
    return session.scalar(others.limit(1)) is not None


def next_kind(totp_secret: str | None, door: Door) -> str:
    """What a right password of staff opens: a code is asked for, must be set up, or neither."""
    if totp_secret:
        return HALF
    return ENROLLING if door.totp_required else STAFF


def normalise_username(typed: str) -> str:
    """A user name as it is stored: NFKC, lower-case, no space around it, nothing that cannot be seen."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", typed) if char.isprintable())
    return seen.strip().lower()[:40]


def _opens(person: Any, typed: str, door: Door) -> str:
    """What this password opens: an examinee's session, only activation, or nothing (''). Always one hash."""
    if person is not None and person.password_hash:
        return EXAMINEE if passwords.password_matches(person.password_hash, typed) else ""
    if person is not None and person.reset_hash:
        right = passwords.password_matches(person.reset_hash, passwords.normalise_code(typed))
        return ACTIVATING if right and door.on < person.reset_expires_at else ""
    passwords.password_matches(None, typed)
    # once activated or reset, the ID tail is refused for ever (SR-2, SR-3)
    if person is None or person.activated_at is not None:
        return ""
    right = passwords.initial_matches(door.secret, person.id_number, person.initial_mac, typed)
    return ACTIVATING if right else ""


def _opens_staff(person: Any, typed: str, door: Door) -> str:
    if person is None or not person.active:
        passwords.password_matches(None, typed)
        return ""
    if person.code_hash:
        right = passwords.password_matches(person.code_hash, passwords.normalise_code(typed))
        return ACTIVATING if right and door.on < person.code_expires_at else ""
    return STAFF if passwords.password_matches(person.password_hash, typed) else ""


def _knock(session: Session, account: str, door: Door) -> _Gate:
    """Count the try. A browser the account knows has its own five, and is not shut out by its address."""
    known = known_browsers.is_known(session, door.device, account)
    key = known_browsers.key_of(door.device, account) if known else f"account:{account}"
    over = False
    if not known:
        net = throttle.network(door.address)
        others = throttle.spread(session, f"accounts:{net}", door.on, besides=throttle.slot_of(account))
        over = (
            throttle.hits(session, f"address:{net}", door.on) >= throttle.ADDRESS_FAILURES.most
            or others >= throttle.ADDRESS_ACCOUNTS.most
        )
    tries = 0 if over else throttle.hit(session, key, throttle.WRONG_PASSWORDS, door.on)
    return _Gate(account, key, known, tries, over)


def _failed(gate: _Gate, door: Door, subject: str, subject_id: int | None) -> None:
    with transaction() as session:
        action = "" if gate.locked else "sign_in.failed"
        if gate.tries == throttle.WRONG_PASSWORDS.most:
            throttle.lock(session, gate.key, door.on)
            action = "sign_in.locked"
        if action:
            _note(session, door, action, subject, subject_id)
        if not gate.known:
            net = throttle.network(door.address)
            throttle.hit(session, f"address:{net}", throttle.ADDRESS_FAILURES, door.on)
            slot = throttle.slot_of(gate.account)
            new = throttle.hit(session, f"accounts:{net}", throttle.ADDRESS_ACCOUNTS, door.on, slot) == 1
            if new and throttle.spread(session, f"accounts:{net}", door.on) == throttle.ADDRESS_ACCOUNTS.most:
                _note(session, door, "sign_in.many_accounts", "address", None)
        if throttle.hit(session, "failures", throttle.ALL_FAILURES, door.on) == throttle.ALL_FAILURES.most:
            _note(session, door, "sign_in.many_failures", "site", None)
        throttle.purge(session, door.on)


def _note(session: Session, door: Door, action: str, subject: str, subject_id: int | None) -> None:
    record(
        session, on=door.on, by=STRANGER, action=action, subject=subject, subject_id=subject_id, address=door.address
    )


def _succeeded(session: Session, gate: _Gate, door: Door) -> str:
    """Give the counted tries back and let the account know this browser; returns the token it shall keep."""
    throttle.forget(session, (gate.key, f"locks:{gate.key}"))
    return known_browsers.remember(session, door.device, gate.account, door.on)
