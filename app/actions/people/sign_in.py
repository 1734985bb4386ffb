"""Sign-in: the same answer for wrong, unknown and locked; codes and initial passwords only allow setting a password.

How often one may try: app.actions.people.tries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people.addresses import Braked
from app.actions.people.tickets import ticket_to_open
from app.actions.people.tries import (
    CaptchaTry,
    Gate,
    Origin,
    account_key,
    begun,
    failed,
    is_human,
    knock,
    succeeded,
)
from app.models import Examinee, LoginSession, Staff, Ticket
from app.models.base import transaction
from app.rules.people.identity import normalise_digits, normalise_id
from app.rules.people.roles import Actor, staff_actor
from app.rules.refusals import Invalid
from app.rules.text import LONGEST_CODE, normalised
from app.security import passwords
from app.security.principal import ACTIVATING, ENROLLING, EXAMINEE, HALF, STAFF, idle_limit, token_sha256
from app.security.sessions import open_session

WRONG = "证件号码或密码不正确。连续输错 5 次后，须过一段时间再试；忘记密码请联系主考学校。"
WRONG_STAFF = "用户名或密码不正确。连续输错 5 次后，须过一段时间再试；忘记密码请联系管理员。"
WRONG_CAPTCHA = "验证码不正确或已过期，请按新的图片重新输入"
WRONG_TICKET = "证件号码、密码或准考证号不正确。没有准考证号的，不填它，等到时间再登录。"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An opened login session: token, known-browser token to keep, kind.

    `elsewhere`: a login session of the same member of staff in another browser has ended.
    """

    token: str
    device: str
    kind: str
    elsewhere: bool = False


def sign_in(id_number: str, password: str, *, answer: CaptchaTry, origin: Origin, ticket: str = "") -> SignedIn:
    """Sign an examinee in. An initial password or one-time code opens an `activating` login session without data.

    `ticket`: a 准考证号, with which nobody waits at a braked address. Raises Invalid("captcha"), Invalid("form") for any fault of the
    account, Braked for the address or the browser.
    """
    number = normalise_id(id_number)[:40]
    account = account_key(origin.secret, EXAMINEE, number)
    with transaction() as session:
        human = is_human(session, EXAMINEE, account, answer, origin)
        holder = _holds(session, number, ticket) if human and ticket else None
        gate = knock(session, EXAMINEE, account, origin, holder) if human else None
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
    if isinstance(gate, Braked):
        raise gate
    kind = _opens(person, password, origin)
    if person is None or not kind or gate.locked or gate.stopped:
        failed(gate, origin, person.id if person else None)
        raise Invalid("form", WRONG_TICKET if ticket else WRONG)
    return _admit(gate, origin, Examinee, person, password, kind, Actor(EXAMINEE, person.id, person.name))


def sign_in_staff(username: str, password: str, *, origin: Origin) -> SignedIn:
    """Sign a member of staff in.

    A one-time code only allows setting a password. With a second factor, present or mandatory, the password only opens
    the page that requests or enrols it. Raises Invalid("form"), Braked.
    """
    name = normalise_username(username)
    with transaction() as session:
        gate = knock(session, STAFF, account_key(origin.secret, STAFF, name), origin)
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
    if isinstance(gate, Braked):
        raise gate
    kind = _opens_staff(person, password, origin)
    if person is None or not kind or gate.locked:
        failed(gate, origin, person.id if person else None)
        raise Invalid("form", WRONG_STAFF)
    if kind == STAFF:
        kind = next_kind(person.totp_secret, origin)
    actor = staff_actor(person)
    return _admit(gate, origin, Staff, person, password, kind, actor)


def _admit(
    gate: Gate,
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
        # an initial password can be computed, a code is followed by a password: neither proves anything yet
        device, elsewhere = origin.device, False
        if kind == ACTIVATING:
            begun(session, gate, origin)
        else:
            device = succeeded(session, gate, origin)
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


def _holds(session: Session, number: str, ticket: str) -> bool:
    """Whether this 准考证号 is of the person with that ID number; one statement, known or not."""
    theirs = select(Ticket.id).join(Examinee, Examinee.id == Ticket.examinee_id)
    theirs = theirs.where(Examinee.id_number == number, Ticket.number == normalise_digits(ticket)[:30])
    return session.scalar(theirs.limit(1)) is not None


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
