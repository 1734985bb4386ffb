"""The signed-in person, read in one statement per personal request."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from app.extensions import db
from app.models import Examinee, LoginSession, PendingDecision, School, Staff, Ticket
from app.models.prepared import Prepared
from app.rules.people.roles import Actor

EXAMINEE, ACTIVATING, STAFF = "examinee", "activating", "staff"
HALF = "half"  # staff after the password, before the code
ENROLLING = "enrolling"  # staff without a second factor yet
FRESH = timedelta(minutes=5)  # validity of a proof (step-up)
IDLE = {EXAMINEE: timedelta(minutes=30), ACTIVATING: timedelta(minutes=30), STAFF: timedelta(minutes=15)}


def token_sha256(token: str) -> str:
    """Return the stored form of a token: 64 hexadecimal characters."""
    return hashlib.sha256(token.encode()).hexdigest()


def idle_limit(kind: str, is_staff: bool) -> timedelta:
    """Return the idle limit: staff 15 minutes, others 30 (security.md SR-14)."""
    return IDLE[STAFF] if is_staff else IDLE[kind]


@dataclass(frozen=True, slots=True)
class Principal:
    """A signed-in person. `kind`: a constant above (activating: may only set a password). Times aware UTC."""

    token: str = field(repr=False)
    kind: str
    name: str
    seen_at: datetime
    ends_at: datetime
    examinee_id: int | None = None
    staff_id: int | None = None
    role: str = ""
    school_code: str = ""
    school_name: str = ""
    totp: bool = False
    single_keys: bool = True
    proved_at: datetime | None = None
    ticket_id: int | None = None
    ticket_number: str = ""
    tickets: tuple[str, ...] = ()
    next_decision_at: datetime | None = None  # of the whole site

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Return the token, which Flask-Login keeps in the browser's session."""
        return self.token

    @property
    def tag(self) -> str:
        """Return what tells this session from others in the browser, without giving its token away."""
        return token_sha256(f"tag {self.token}")[:12]

    @property
    def is_staff(self) -> bool:
        """Whether staff's pages are open: not before the second factor."""
        return self.kind == STAFF

    @property
    def is_examinee(self) -> bool:
        """Whether the examinee's pages are open: not before a password of one's own is set."""
        return self.kind == EXAMINEE

    def is_fresh(self, on: datetime) -> bool:
        """Whether the code (or password, without a second factor) is at most five minutes old."""
        return self.proved_at is not None and on - self.proved_at <= FRESH

    @property
    def actor(self) -> Actor:
        """The actor for the audit."""
        if self.staff_id is not None:
            return Actor(STAFF, self.staff_id, self.name, self.role, self.school_code)
        return Actor(EXAMINEE, self.examinee_id, self.name)


_own = Ticket.__table__.alias("own_ticket")
_load = Prepared(
    select(
        LoginSession.kind,
        LoginSession.examinee_id,
        LoginSession.staff_id,
        LoginSession.seen_at,
        LoginSession.expires_at,
        LoginSession.proved_at,
        Examinee.name.label("examinee_name"),
        Ticket.id.label("ticket_id"),
        Ticket.number.label("ticket_number"),
        Staff.name.label("staff_name"),
        Staff.role,
        Staff.school_code,
        Staff.active,
        Staff.totp_secret.is_not(None).label("totp"),
        Staff.single_keys,
        School.name.label("school_name"),
        select(func.aggregate_strings(_own.c.number, ","))
        .where(_own.c.examinee_id == LoginSession.examinee_id)
        .scalar_subquery()
        .label("tickets"),
        # needed by every page; one index lookup
        select(func.min(PendingDecision.effective_at)).scalar_subquery().label("next_decision_at"),
    )
    .select_from(LoginSession)
    .outerjoin(Examinee, Examinee.id == LoginSession.examinee_id)
    .outerjoin(Ticket, Ticket.id == LoginSession.ticket_id)
    .outerjoin(Staff, Staff.id == LoginSession.staff_id)
    .outerjoin(School, School.code == Staff.school_code)
    .where(LoginSession.token_sha256 == bindparam("token_sha256"))
)


def load(token: str, on: datetime) -> Principal | None:
    """Return the person of a token; None when unknown, idle, expired or disabled."""
    row = _load.one(db.session(), token_sha256=token_sha256(token))
    if row is None or (row.staff_id is not None and not row.active):
        return None
    ends_at = min(row.seen_at + idle_limit(row.kind, row.staff_id is not None), row.expires_at)
    if on >= ends_at:
        return None
    return Principal(
        token=token,
        kind=row.kind,
        name=row.staff_name or row.examinee_name or "",
        seen_at=row.seen_at,
        ends_at=ends_at,
        examinee_id=row.examinee_id,
        staff_id=row.staff_id,
        role=row.role or "",
        school_code=row.school_code or "",
        school_name=row.school_name or "",
        totp=bool(row.totp),
        single_keys=row.single_keys is not False,
        proved_at=row.proved_at,
        ticket_id=row.ticket_id,
        ticket_number=row.ticket_number or "",
        tickets=tuple(sorted((row.tickets or "").split(","))) if row.tickets else (),
        next_decision_at=row.next_decision_at,
    )
