"""Tries to sign in: counted by account and browser first, then by address (docs/decisions/shared-addresses.md).

A try is counted before its password is checked and uncounted when right, so parallel tries gain nothing.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.actions.audit import record
from app.actions.people import addresses
from app.actions.people.addresses import Address, Braked, Place
from app.models.base import BRIEFLY, transaction
from app.rules.people.roles import Actor
from app.security import captcha, known_browsers, throttle

TICKET = 1
"""Units of a sign-in with a 准考证号 instead of waiting."""
STRANGER = Actor("guest", None, "未登录")
BUSY_ADDRESS = "这个网络现在登录的人很多，请稍等再试。"
BUSY_BROWSER = "这个浏览器登录失败的次数太多，请过一会儿再试。"


@dataclass(frozen=True, slots=True)
class Origin:
    """Circumstances of a try: network address, known-browser token, the instance's secret key, time.

    `browser`: token of the sign-in page's signed cookie. `shared`: an address of KAOJI_SHARED_NETWORKS. `place`: in the line of a
    braked address.
    """

    address: str
    device: str
    secret: bytes
    on: datetime
    totp_required: bool = False  # a second factor is mandatory for staff
    browser: str = ""
    shared: bool = False
    place: Place | None = None

    def seen_by(self, side: str) -> Address:
        return addresses.address_of(side, self.address, self.on, self.shared)


@dataclass(frozen=True, slots=True)
class CaptchaTry:
    """Captcha input of a sign-in form; `demo`: answer always accepted on a demo instance."""

    form: captcha.Form
    typed: str
    demo: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """A try that was let in. `units`: of the address, that what comes out may give back.

    `stopped`: a 准考证号 that was to spare the waiting is not the account's, so whatever the password, it is wrong.
    """

    side: str
    account: str
    key: str
    known: bool
    tries: int
    units: int
    stopped: bool = False

    @property
    def locked(self) -> bool:
        return self.tries > throttle.WRONG_PASSWORDS.most


def account_key(secret: bytes, kind: str, name: str) -> str:
    """Key of an account in throttles and known browsers: a keyed hash, to keep ID numbers out."""
    return f"{kind}:{hmac.new(secret, name.encode(), hashlib.sha256).hexdigest()[:32]}"


def is_human(session: Session, side: str, account: str, answer: CaptchaTry, origin: Origin) -> bool:
    """Whether the captcha is right, or was at the try after which this account's place in the line was given."""
    solved = captcha.spend(
        session, answer.form, secret=origin.secret, typed=answer.typed, on=origin.on, demo=answer.demo
    )
    return solved or _place(session, side, account, origin) is not None


def knock(session: Session, side: str, account: str, origin: Origin, holder: bool | None = None) -> Gate | Braked:
    """Count the try, or say how long it is braked. A browser known to the account has its own five and no other limit.

    `holder`: whether a 准考证号 that was typed is the account's; None where none was. With the right one nobody waits.
    """
    known = known_browsers.is_known(session, origin.device, account)
    key, units = f"account:{account}", 0
    if known:
        key = known_browsers.key_of(origin.device, account)
    elif wait := _browser_wait(session, side, origin):
        return Braked(BUSY_BROWSER, wait)
    else:
        found = _enter(session, side, account, origin, holder)
        if isinstance(found, Braked):
            return found
        units = found
    tries = throttle.hit(session, key, throttle.WRONG_PASSWORDS, origin.on)
    return Gate(side, account, key, known, tries, units, stopped=units == TICKET and not holder)


def _enter(session: Session, side: str, account: str, origin: Origin, holder: bool | None) -> int | Braked:
    """Take the try's units of the address and return them, or keep a place in its line."""
    where, place = origin.seen_by(side), _place(session, side, account, origin)
    if place and addresses.call(session, where, place):
        addresses.leave(session, where, place)
        return addresses.SIGN_IN
    held = addresses.SIGN_IN * addresses.waiting(session, where)
    if not place and addresses.spend(session, where, addresses.SIGN_IN, addresses.NEWCOMERS, held):
        return addresses.SIGN_IN
    if holder is not None and addresses.spend(session, where, TICKET, addresses.ALL):
        if holder and place:
            addresses.leave(session, where, place)
        return TICKET
    if throttle.hit(session, f"braked:{where.tries}", throttle.Limit(0, timedelta(hours=1)), origin.on) == 1:
        note(session, origin, "sign_in.braked", "address", None)
    throttle.take_back(session, _browser_key(side, origin))
    place = place or addresses.new_place(side, account, origin.on)
    return Braked(BUSY_ADDRESS, addresses.keep(session, where, place), place)


def _place(session: Session, side: str, account: str, origin: Origin) -> Place | None:
    place = origin.place
    mine = place is not None and place.of(side, account) and addresses.stands(session, origin.seen_by(side), place)
    return place if mine else None


def _browser_wait(session: Session, side: str, origin: Origin) -> timedelta | None:
    """Count a try of this browser; return how long it has to wait after too many."""
    key = _browser_key(side, origin)
    if (
        not origin.browser
        or throttle.hit(session, key, throttle.BROWSER_TRIES, origin.on) <= throttle.BROWSER_TRIES.most
    ):
        return None
    return throttle.left(session, key, origin.on)


def _browser_key(side: str, origin: Origin) -> str:
    return f"browser:{side}:{hashlib.sha256(origin.browser.encode()).hexdigest()[:32]}"


def call(origin: Origin) -> int:
    """Ask for the turn of the browser's place: 0 when it has come, else the seconds until it should ask again."""
    place = origin.place
    if place is None:
        return 0
    where = origin.seen_by(place.side)
    with transaction(BRIEFLY) as session:
        if not addresses.stands(session, where, place) or addresses.call(session, where, place):
            return 0
        return addresses.keep(session, where, place)


def begun(session: Session, gate: Gate, origin: Origin) -> None:
    """An initial password or a code was right, which proves nothing yet: the try stays counted."""
    throttle.hit(session, _begun_key(gate.account), throttle.WRONG_PASSWORDS, origin.on)


def _begun_key(account: str) -> str:
    return f"begun:{account}"


def failed(gate: Gate, origin: Origin, subject_id: int | None) -> None:
    """A wrong password, or a try of a locked account."""
    with transaction() as session:
        action = "" if gate.locked else "sign_in.failed"
        if gate.tries == throttle.WRONG_PASSWORDS.most:
            throttle.lock(session, gate.key, origin.on)
            action = "sign_in.locked"
        if action:
            note(session, origin, action, gate.side, subject_id)
        if gate.units > TICKET:  # no 准考证号 follows
            addresses.give_back(session, origin.seen_by(gate.side), gate.units - TICKET)
        if throttle.hit(session, "failures", throttle.ALL_FAILURES, origin.on) == throttle.ALL_FAILURES.most:
            note(session, origin, "sign_in.many_failures", "site", None)
        throttle.purge(session, origin.on)


def succeeded(session: Session, gate: Gate, origin: Origin) -> str:
    """One's own password was right; return the known-browser token to keep."""
    addresses.give_back(session, origin.seen_by(gate.side), gate.units)
    return proved(session, gate.side, gate.account, origin, gate.key)


def proved(session: Session, side: str, account: str, origin: Origin, key: str = "") -> str:
    """Somebody proved to be this account (own password, activation): forgets its tries, and speaks for the address.

    Returns the known-browser token to keep.
    """
    key = key or f"account:{account}"
    throttle.forget(session, (key, f"locks:{key}", _browser_key(side, origin)))
    addresses.proved(session, origin.seen_by(side), account)
    return known_browsers.remember(session, origin.device, account, origin.on)


def guess(session: Session, side: str, account: str, origin: Origin, nth: int) -> Braked | None:
    """Before a 准考证号 is looked at after an initial password: the `nth` of the account. The first is paid for by the sign-in.

    Five tries an account, of whatever kind; who was wrong four times and then right may still show the 准考证号.
    """
    key, where = f"account:{account}", origin.seen_by(side)
    over = throttle.hits(session, key, origin.on) - throttle.WRONG_PASSWORDS.most
    if over > 0 or (over == 0 and throttle.hits(session, _begun_key(account), origin.on) > 1):
        return Braked("这个账号连续输错的次数太多，请过 15 分钟再试。", throttle.left(session, key, origin.on))
    if nth > 1 and not addresses.spend(session, where, 1, addresses.ALL):
        return Braked("这个网络现在登录的人很多，请过 10 秒再试。填写的准考证号还在。", addresses.SHORT)
    return None


def guessed(session: Session, side: str, account: str, origin: Origin, nth: int, right: bool) -> None:
    """What came out of it: a right one costs nothing, a wrong one is a try at the account."""
    if right and nth > 1:
        addresses.give_back(session, origin.seen_by(side), 1)
    if not right:
        throttle.hit(session, f"account:{account}", throttle.WRONG_PASSWORDS, origin.on)


def note(session: Session, origin: Origin, action: str, subject: str, subject_id: int | None) -> None:
    record(
        session,
        on=origin.on,
        by=STRANGER,
        action=action,
        subject=subject,
        subject_id=subject_id,
        address=origin.address,
    )
