"""Sign-in: the same answer for wrong, unknown and locked; codes and initial passwords only allow setting a password.

A try is counted before its password is checked and uncounted when right, so parallel tries gain nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people.tickets import ticket_to_open
from app.models import Examinee, LoginSession, Staff
from app.models.base import transaction
from app.rules.people.identity import normalise_id
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid
from app.rules.text import LONGEST_CODE, normalised
from app.security import captcha, known_browsers, passwords, throttle
from app.security.principal import ACTIVATING, ENROLLING, EXAMINEE, HALF, STAFF, idle_limit, token_sha256
from app.security.sessions import open_session
from app.security.throttle import TooOften

WRONG = "证件号码或密码不正确。连续输错 5 次后，须过一段时间再试；忘记密码请联系主考学校。"
WRONG_STAFF = "用户名或密码不正确。连续输错 5 次后，须过一段时间再试；忘记密码请联系管理员。"
WRONG_CAPTCHA = "验证码不正确或已过期，请按新的图片重新输入"
TOO_OFTEN = "这个网络的登录失败次数太多，请过几分钟再试。"
STRANGER = Actor("guest", None, "未登录")


@dataclass(frozen=True, slots=True)
class Origin:
    """Circumstances of a try: network address, known-browser token, the instance's secret key, time."""

    address: str
    device: str
    secret: bytes
    on: datetime
    totp_required: bool = False  # a second factor is mandatory for staff


@dataclass(frozen=True, slots=True)
class CaptchaTry:
    """Captcha input of a sign-in form; `demo`: answer always accepted on a demo instance."""

    form: captcha.Form
    typed: str
    demo: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An opened login session: token, known-browser token to keep, kind.

    `elsewhere`: a login session of the same member of staff in another browser has ended.
    """

    token: str
    device: str
    kind: str
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class _Gate:
    account: str
    key: str
    known: bool
    tries: int
    address_over: bool

    @property
    def locked(self) -> bool:
        return self.tries > throttle.WRONG_PASSWORDS.most


def account_key(secret: bytes, kind: str, name: str) -> str:
    """Key of an account in throttles and known browsers: a keyed hash, to keep ID numbers out."""
    return f"{kind}:{hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:32]}"


def sign_in(id_number: str, password: str, *, answer: CaptchaTry, origin: Origin) -> SignedIn:
    """Sign an examinee in. An initial password or one-time code opens an `activating` login session without data.

    Raises Invalid("captcha"), Invalid("form") for any fault of the account, TooOften for the address.
    """
    number = normalise_id(id_number)[:40]
    with transaction() as session:
        human = captcha.spend(
            session, answer.form, secret=origin.secret, typed=answer.typed, on=origin.on, demo=answer.demo
        )
        gate = _knock(session, account_key(origin.secret, EXAMINEE, number), origin) if human else None
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
    kind = _opens(person, password, origin)
    if person is None or not kind or gate.locked:
        _failed(gate, origin, "examinee", person.id if person else None)
        raise Invalid("form", WRONG)
    return _admit(gate, origin, Examinee, person, password, kind, Actor(EXAMINEE, person.id, person.name))


def sign_in_staff(username: str, password: str, *, origin: Origin) -> SignedIn:
    """Sign a member of staff in.

    A one-time code only allows setting a password. With a second factor, present or mandatory, the password only opens
    the page that requests or enrols it. Raises Invalid("form"), TooOften.
    """
    name = normalise_username(username)
    with transaction() as session:
        gate = _knock(session, account_key(origin.secret, STAFF, name), origin)
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
    kind = _opens_staff(person, password, origin)
    if person is None or not kind or gate.locked:
        _failed(gate, origin, "staff", person.id if person else None)
        raise Invalid("form", WRONG_STAFF)
    if kind == STAFF:
        kind = next_kind(person.totp_secret, origin)
    actor = Actor(STAFF, person.id, person.name, person.role, person.school_code)
    return _admit(gate, origin, Staff, person, password, kind, actor)


def _admit(
    gate: _Gate,
    origin: Origin,
    table: type[Examinee] | type[Staff],
    person: Any,
    password: str,
    kind: str,
    actor: Actor,
) -> SignedIn:
    stored = person.password_hash
    fresh = passwords.hash_password(password) if stored and passwords.is_outdated(stored) else None
    with transaction() as session:
        device, elsewhere = _succeeded(session, gate, origin), False
        if fresh:
            same = (table.id == person.id, table.password_hash == stored)
            session.execute(update(table).where(*same).values(password_hash=fresh))
        if table is Examinee:
            ticket_id = ticket_to_open(session, person.id, origin.on)
            token = open_session(session, on=origin.on, kind=kind, examinee_id=person.id, ticket_id=ticket_id)
        else:
            proved = origin.on if kind in (STAFF, ENROLLING) else None
            elsewhere = kind == STAFF and signed_in_elsewhere(session, person.id, origin)
            token = open_session(session, on=origin.on, kind=kind, staff_id=person.id, proved_at=proved)
        record(
            session,
            on=origin.on,
            by=actor,
            action="sign_in.ok",
            subject=actor.kind,
            subject_id=person.id,
            detail={"kind": kind} | ({"elsewhere": True} if elsewhere else {}),
            address=origin.address,
        )
    return SignedIn(token, device, kind, elsewhere)


def signed_in_elsewhere(session: Session, staff_id: int, origin: Origin, own: str = "") -> bool:
    """Whether the member of staff has a live login session other than that of token `own`."""
    since = origin.on - idle_limit(STAFF, is_staff=True)
    theirs = (LoginSession.staff_id == staff_id, LoginSession.kind == STAFF, LoginSession.seen_at > since)
    others = select(LoginSession.token_sha256).where(*theirs, LoginSession.token_sha256 != token_sha256(own))
    return session.scalar(others.limit(1)) is not None


def next_kind(totp_secret: str | None, origin: Origin) -> str:
    """Kind of login session after a right staff password: code required, enrolment required, or full."""
    if totp_secret:
        return HALF
    return ENROLLING if origin.totp_required else STAFF


def normalise_username(typed: str) -> str:
    """Stored form of a user name: NFKC, lower case, stripped, printable characters only."""
    seen = "".join(char for char in normalised(typed[:LONGEST_CODE], "NFKC") if char.isprintable())
    return seen.strip().lower()[:40]


def _opens(person: Any, typed: str, origin: Origin) -> str:
    """Kind of login session for this password: examinee, activating, or ''. Always one hash."""
    if person is not None and person.password_hash:
        return EXAMINEE if passwords.password_matches(person.password_hash, typed) else ""
    if person is not None and person.reset_hash:
        right = passwords.password_matches(person.reset_hash, passwords.normalise_code(typed))
        return ACTIVATING if right and origin.on < person.reset_expires_at else ""
    passwords.password_matches(None, typed)
    # once activated or reset, the ID tail is refused for ever (SR-2, SR-3)
    if person is None or person.activated_at is not None:
        return ""
    right = passwords.initial_matches(origin.secret, person.id_number, person.initial_mac, typed)
    return ACTIVATING if right else ""


def _opens_staff(person: Any, typed: str, origin: Origin) -> str:
    if person is None or not person.active:
        passwords.password_matches(None, typed)
        return ""
    if person.code_hash:
        right = passwords.password_matches(person.code_hash, passwords.normalise_code(typed))
        return ACTIVATING if right and origin.on < person.code_expires_at else ""
    return STAFF if passwords.password_matches(person.password_hash, typed) else ""


def _knock(session: Session, account: str, origin: Origin) -> _Gate:
    """Count the try. A browser known to the account has its own five and ignores the address limit."""
    known = known_browsers.is_known(session, origin.device, account)
    key = known_browsers.key_of(origin.device, account) if known else f"account:{account}"
    over = False
    if not known:
        net = throttle.network(origin.address)
        others = throttle.spread(session, f"accounts:{net}", origin.on, besides=throttle.slot_of(account))
        over = (
            throttle.hits(session, f"address:{net}", origin.on) >= throttle.ADDRESS_FAILURES.most
            or others >= throttle.ADDRESS_ACCOUNTS.most
        )
    tries = 0 if over else throttle.hit(session, key, throttle.WRONG_PASSWORDS, origin.on)
    return _Gate(account, key, known, tries, over)


def _failed(gate: _Gate, origin: Origin, subject: str, subject_id: int | None) -> None:
    with transaction() as session:
        action = "" if gate.locked else "sign_in.failed"
        if gate.tries == throttle.WRONG_PASSWORDS.most:
            throttle.lock(session, gate.key, origin.on)
            action = "sign_in.locked"
        if action:
            _note(session, origin, action, subject, subject_id)
        if not gate.known:
            net = throttle.network(origin.address)
            throttle.hit(session, f"address:{net}", throttle.ADDRESS_FAILURES, origin.on)
            slot = throttle.slot_of(gate.account)
            new = throttle.hit(session, f"accounts:{net}", throttle.ADDRESS_ACCOUNTS, origin.on, slot) == 1
            if new and throttle.spread(session, f"accounts:{net}", origin.on) == throttle.ADDRESS_ACCOUNTS.most:
                _note(session, origin, "sign_in.many_accounts", "address", None)
        if throttle.hit(session, "failures", throttle.ALL_FAILURES, origin.on) == throttle.ALL_FAILURES.most:
            _note(session, origin, "sign_in.many_failures", "site", None)
        throttle.purge(session, origin.on)


def _note(session: Session, origin: Origin, action: str, subject: str, subject_id: int | None) -> None:
    record(
        session,
        on=origin.on,
        by=STRANGER,
        action=action,
        subject=subject,
        subject_id=subject_id,
        address=origin.address,
    )


def _succeeded(session: Session, gate: _Gate, origin: Origin) -> str:
    throttle.forget(session, (gate.key, f"locks:{gate.key}"))
    return known_browsers.remember(session, origin.device, gate.account, origin.on)
