"""Revocable login sessions: the browser holds a random token, the row its SHA-256 and the person.

The token is Flask-Login's user id. Idle 30 minutes (staff 15), at most 12 hours; a new token at every sign-in, activation and
change of password (security.md SR-13 to SR-16).
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Flask, Response, abort, after_this_request, current_app, g, redirect, render_template, request
from flask import session as browser
from flask_login import login_user
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response as BaseResponse

from app.extensions import db, login_manager
from app.models import LoginSession, Staff, Ticket
from app.models.base import NO_WAIT, transaction
from app.rules.refusals import NotFound
from app.security.cookies import Cookies
from app.security.csp import forget_files
from app.security.csrf import typed_or_kept
from app.security.known_browsers import KEPT
from app.security.principal import ACTIVATING, ENROLLING, EXAMINEE, HALF, IDLE, STAFF, Principal, load, token_sha256
from app.security.redirects import came_from, in_staff_area
from app.security.request_time import arrived

log = logging.getLogger(__name__)

LONGEST = {
    EXAMINEE: timedelta(hours=12),
    ACTIVATING: timedelta(minutes=30),
    STAFF: timedelta(hours=12),
    HALF: timedelta(minutes=5),
    ENROLLING: timedelta(minutes=30),
}
CLOCK_STEP = 300.0  # seconds that a clock may have gone back
AT_ONCE = 3  # per examinee; staff have one (SR-15)
WRITE_EVERY = timedelta(minutes=1)
ONLY_ASKS = ("account.session_end",)  # a script that asks for the end is no act: it renews nothing
LOOK = "X-Look"  # nor does a script that looks what holds now, by this header
DEVICE = "browser"  # cookie that outlives sign-out and browser: see app.security.known_browsers


# --- rows ------------------------------------------------------------------------------------------------------------


def open_session(
    session: Session,
    *,
    on: datetime,
    kind: str,
    examinee_id: int | None = None,
    ticket_id: int | None = None,
    staff_id: int | None = None,
    proved_at: datetime | None = None,
) -> str:
    """Add a login session in the caller's transaction and return its token (256 random bits).

    Ends the older one of staff (not after a password alone, when a code is to follow), and an examinee's longest unused over three.
    """
    purge(session, on)
    if kind != HALF:
        _end_surplus(session, examinee_id, staff_id)
    if kind == STAFF:
        session.execute(update(Staff).where(Staff.id == staff_id).values(last_sign_in_at=on))
    token = secrets.token_urlsafe(32)
    session.add(
        LoginSession(
            token_sha256=token_sha256(token),
            kind=kind,
            examinee_id=examinee_id,
            ticket_id=ticket_id,
            staff_id=staff_id,
            created_at=on,
            seen_at=on,
            proved_at=proved_at,
            expires_at=on + LONGEST[kind],
        )
    )
    session.flush()
    return token


def _end_surplus(session: Session, examinee_id: int | None, staff_id: int | None) -> None:
    """Before one is added, end all login sessions of staff, or all but the latest two of an examinee."""
    if staff_id is not None:
        end_sessions(session, staff_id=staff_id)
        return
    mine = select(LoginSession.token_sha256).where(LoginSession.examinee_id == examinee_id)
    surplus = session.scalars(mine.order_by(LoginSession.seen_at.desc()).offset(AT_ONCE - 1)).all()
    if surplus:
        session.execute(delete(LoginSession).where(LoginSession.token_sha256.in_(surplus)))


def end_sessions(session: Session, *, examinee_id: int | None = None, staff_id: int | None = None) -> None:
    """End an account's login sessions in the caller's transaction (password changed, reset, disabled)."""
    owner = LoginSession.staff_id == staff_id if staff_id is not None else LoginSession.examinee_id == examinee_id
    session.execute(delete(LoginSession).where(owner))


def purge(session: Session, on: datetime) -> None:
    """Delete sessions that are over."""
    idle = LoginSession.seen_at <= on - max(IDLE.values())
    session.execute(delete(LoginSession).where(or_(LoginSession.expires_at <= on, idle)))


# --- the browser -----------------------------------------------------------------------------------------------------


def signed_in() -> Principal | None:
    """Return the signed-in person or None; one statement, if the browser sends a token."""
    if "_login_user" not in g:  # Flask-Login's own way hashes the user agent, unused here
        token = browser.get("_user_id")
        login_manager._update_request_context_with_user(_load_user(token) if token else None)
    user = g._login_user
    return user if user.is_authenticated else None


def principal() -> Principal:
    """Return the signed-in person of a page with @allow; 401 without one."""
    me = signed_in()
    if me is None:
        abort(401)
    return me


def enter(token: str, device: str = "") -> None:
    """Bind this browser to an open login session; its former one and CSRF token are deleted."""
    before = browser.get("_user_id", "")
    me = load(token, arrived())
    if me is None:
        abort(401)
    if before and before != token:
        with transaction() as session:
            session.execute(delete(LoginSession).where(LoginSession.token_sha256 == token_sha256(before)))
    _forget()
    if device:
        _keep_device(device)
    login_user(me)


def sign_out() -> None:
    """Delete the login session and empty the browser's session, keeping the known-browser cookie."""
    me = signed_in()
    if me is not None:
        with transaction() as session:
            session.execute(delete(LoginSession).where(LoginSession.token_sha256 == token_sha256(me.token)))
    _forget()
    login_manager._update_request_context_with_user()


def known_device() -> str:
    """Return the known-browser token of this request, or ''."""
    return request.cookies.get(_device_cookie(), "")[:64]


def _keep_device(token: str) -> None:
    """Set the known-browser cookie; the session's cookie ends with the browser.

    It grants no access, only tries of its own while others guess at the account (AC-03).
    """
    name, secure, seconds = _device_cookie(), current_app.config["SESSION_COOKIE_SECURE"], int(KEPT.total_seconds())

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(name, token, max_age=seconds, path="/", secure=secure, httponly=True, samesite="Lax")
        return response


def _device_cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-{DEVICE}"


def _forget() -> None:
    browser.clear()
    g.pop("csrf_token", None)
    g.pop("kaoji_me", None)


def choose_ticket(number: str) -> None:
    """Switch to another own ticket, from this moment of the request on. Raises NotFound for other numbers."""
    me, on = principal(), arrived()
    if number not in me.tickets:
        raise NotFound("没有找到这个准考证号")
    with transaction() as session:
        mine = (Ticket.examinee_id == me.examinee_id, Ticket.number == number)
        ticket_id = session.scalar(select(Ticket.id).where(*mine))
        row = LoginSession.token_sha256 == token_sha256(me.token)
        session.execute(update(LoginSession).where(row).values(ticket_id=ticket_id))
        session.execute(update(Ticket).where(*mine).values(last_used_at=on))
    g.kaoji_me = load(me.token, on)
    login_manager._update_request_context_with_user(g.kaoji_me)


def extend() -> datetime:
    """继续使用: restart the idle time and return the new end, aware UTC."""
    me, on = principal(), arrived()
    with transaction() as session:
        row = LoginSession.token_sha256 == token_sha256(me.token)
        session.execute(update(LoginSession).where(row).values(seen_at=on))
    again = load(me.token, on)
    if again is None:
        abort(401)
    g.kaoji_me = again
    return again.ends_at


def cookie_may_live(app: Flask, header: str) -> bool:
    """Whether a Cookie header holds our signed session of somebody, not older than a session can be; asks no database."""
    cookie = parse_cookie(header).get(app.config["SESSION_COOKIE_NAME"], "")
    ways = app.session_interface
    said, age = ways.signed(app, cookie) if isinstance(ways, Cookies) and cookie else ({}, 0.0)
    return bool(said.get("_user_id")) and age <= max(LONGEST.values()).total_seconds() + CLOCK_STEP


# --- wiring ----------------------------------------------------------------------------------------------------------


def init_app(app: Flask) -> None:
    """Register token loader and sign-in redirect with Flask-Login."""
    login_manager.session_protection = None  # type: ignore[assignment]  # the row decides, not the address
    login_manager.user_loader(_load_user)
    login_manager.unauthorized_handler(unauthorized)
    # there is no remember cookie, and static files should not read the session (Vary: Cookie)
    hooks = app.after_request_funcs.get(None, [])
    app.after_request_funcs[None] = [hook for hook in hooks if hook.__name__ != "_update_remember_cookie"]
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
    app.after_request(_add_session_end)


def _load_user(token: str) -> Principal | None:
    on = arrived()
    me = load(token, on)
    act = request.endpoint not in ONLY_ASKS and LOOK not in request.headers
    if me is not None and act and on - me.seen_at >= WRITE_EVERY:
        me = _seen(me, on)
    g.kaoji_me = me
    return me


def _seen(me: Principal, on: datetime) -> Principal | None:
    """Record activity, if the database is free: else a page that reads would wait to write. The next one records it."""
    try:
        with transaction(NO_WAIT) as session:
            row = LoginSession.token_sha256 == token_sha256(me.token)
            session.execute(update(LoginSession).where(row, LoginSession.seen_at < on).values(seen_at=on))
    except OperationalError:
        log.warning("session.seen not written: the database is busy")
        return me
    return load(me.token, on)


def _add_session_end(response: Response) -> Response:
    me: Principal | None = g.get("kaoji_me")
    if me is not None:
        response.headers["X-Session-Ends"] = me.ends_at.isoformat(timespec="seconds")
    return response


def unauthorized(staff: bool | None = None, onward: str = "") -> BaseResponse | tuple[str, int]:
    """Redirect to sign-in (or `onward`); for htmx or typed text render a 401 page with that text."""
    if staff is None:
        staff = in_staff_area()
    if "_user_id" in browser and (staff or _was_staff()):
        after_this_request(forget_files)
    url, typed = onward or _sign_in_address(staff), typed_or_kept()
    if request.headers.get("HX-Request") or any(typed.values()):
        return render_template("errors/401.html", login=url, **typed, area="staff" if staff else ""), 401
    return redirect(url, 303)


def _was_staff() -> bool:
    """Whether the session that this browser still names, and that is over, was one of staff."""
    ended = select(LoginSession.staff_id).where(LoginSession.token_sha256 == token_sha256(str(browser["_user_id"])))
    return db.session.scalar(ended) is not None


def other_account(staff: bool) -> tuple[str, int]:
    """Render the 403 page for another kind of account (`staff`: staff required), with the typed text."""
    return render_template("errors/403.html", login=_sign_in_address(staff), wanted=staff, **typed_or_kept()), 403


def _sign_in_address(staff: bool) -> str:
    page, back = "/staff/login" if staff else "/login", came_from()
    return f"{page}?{urlencode({'next': back})}" if back else page
