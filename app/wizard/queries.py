"""Queries of the home and service pages: windows with one's own application."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLCoreOperations

from app.actions.services import shown
from app.actions.windows.closed import its_school
from app.actions.windows.own import OWN_WINDOW, live, own_window
from app.models import Application, Completion, Extension, Order, School, Ticket, Window
from app.models.prepared import Prepared
from app.rules.calendar import moment, short
from app.rules.closing import school_words
from app.rules.orders import how_to_pay
from app.rules.papers.money import format_fen
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import UNDER_REVIEW, Shown, State
from app.rules.windows import Longer, WindowFacts, time_left
from app.wizard.service import service_for

OWN = (
    Application.public_id,
    Application.state,
    Application.at_step,
    Application.saved_at,
    Application.school_code,
    Application.submissions,
    Application.version,
    School.name.label("school_name"),
    School.phone.label("school_phone"),
    exists().where(Order.application_id == Application.id, Order.state == "paid").label("paid"),
    Completion.completed_at,
    Completion.undone_at,
    Completion.undone_reason,
)
LONGER_FOR_YOU = "（已为你单独延长）"
TOLD = timedelta(days=30)  # a missed deadline is shown


def with_own(
    query: Select[Any], ticket: SQLCoreOperations[int], school: SQLCoreOperations[str] = Application.school_code
) -> Select[Any]:
    """Join to windows and applications what a card reads beside them; `ticket`: whose extension."""
    return (
        query.outerjoin(Extension, live(ticket))
        .outerjoin(School, School.code == school)
        .outerjoin(Completion, Completion.application_id == Application.id)
    )


_mine = and_(
    Application.window_id == Window.id,
    Application.ticket_id == bindparam("ticket"),
    Application.discarded_at.is_(None),
)
_cards = Prepared(
    with_own(select(*OWN_WINDOW, *OWN).outerjoin(Application, _mine), bindparam("ticket")).order_by(
        Window.closes_at.desc(), Window.id.desc()
    )
)
_joined = (
    select(*OWN_WINDOW, *OWN)
    .join(Application, Application.window_id == Window.id)
    .join(Ticket, Ticket.id == Application.ticket_id)
)
_card = Prepared(
    with_own(_joined, Application.ticket_id, its_school()).where(Application.public_id == bindparam("public_id"))
)


@dataclass(frozen=True, slots=True)
class Card:
    """A window for one ticket at one moment."""

    window: WindowFacts
    on: datetime
    public_id: str | None = None
    state: State | None = None
    at_step: str = ""
    saved_at: datetime | None = None
    school_code: str = ""
    submissions: int = 0
    version: int = 0
    school_name: str = ""
    school_phone: str = ""
    longer: str | None = None  # app.rules.windows.Longer, for this ticket alone
    paid: bool = False
    completed_at: datetime | None = None
    undone_at: datetime | None = None  # 办结 was undone
    undone_reason: str = ""

    @property
    def title(self) -> str:
        return service_for(self.window.service).title

    @property
    def fee_title(self) -> str:
        return service_for(self.window.service).words.fee_title

    @property
    def url(self) -> str:
        return f"/services/{self.window.service}"

    @property
    def application_url(self) -> str:
        return f"/applications/{self.public_id}"

    @property
    def continue_url(self) -> str:
        """继续填写: the step last left, else the first."""
        return f"{self.application_url}/{self.at_step or service_for(self.window.service).steps[0].slug}"

    @property
    def shown(self) -> Shown:
        if self.state is not None:
            return shown(self.state, self.window, self.on, undone=self.undone)
        if self.window.is_open(self.on):
            return Shown("已开放", "ok")
        return Shown("已截止" if self.window.has_closed(self.on) else "未开放", "off")

    @property
    def may_pay(self) -> bool:
        return self.awaits_payment and self.window.pays(self.on)

    @property
    def awaits_payment(self) -> bool:
        """Whether the fee is all that is missing, payable now or not."""
        return self.state is State.APPROVED and bool(self.window.fee) and not self.paid

    @property
    def undone(self) -> bool:
        """Whether its 办结 was undone, the fee (if any) being paid."""
        return self.state is State.APPROVED and self.undone_at is not None and not self.awaits_payment

    @property
    def finished(self) -> bool:
        """Whether it finished a major: 已毕业, first on every list for ever."""
        return self.state is State.COMPLETED and service_for(self.window.service).completes_major

    @property
    def passed(self) -> bool:
        """Whether the review is over and the follow-up of the school holds."""
        return self.state in (State.APPROVED, State.COMPLETED)

    @property
    def may_fix(self) -> bool:
        return self.state is State.RETURNED and self.window.takes_fixes(self.on)

    @property
    def lapsed(self) -> bool:
        """Whether a returned application missed its deadline, less than TOLD ago."""
        over = self.state is State.RETURNED and not self.window.takes_fixes(self.on)
        return over and self.on < self.window.fixes_until + TOLD

    @property
    def deadline(self) -> datetime:
        """When what is written now must be submitted, exclusive."""
        return self.window.fixes_until if self.state is State.RETURNED else self.window.closes_at

    @property
    def left(self) -> str:
        """Time left until the deadline, in words."""
        return time_left(self.deadline, self.on)

    @property
    def alone(self) -> bool:
        """Whether the deadline is the ticket's own extension."""
        return self.longer == Longer.APPLY or (self.state is State.RETURNED and self.longer == Longer.FIXES)

    @property
    def school(self) -> str:
        """Name and phone of the school."""
        return school_words(self.school_name, self.school_phone)

    @property
    def may_write(self) -> bool:
        return self.state is State.DRAFT and self.window.is_open(self.on)

    @property
    def waits(self) -> bool:
        """Whether the examinee has something to do."""
        return self.may_pay or self.may_fix or self.may_write

    @property
    def until(self) -> datetime:
        """End of what the examinee has to do."""
        if self.may_pay and self.window.pay_closes_at:
            return self.window.pay_closes_at
        return self.deadline

    @property
    def live(self) -> bool:
        """Whether it belongs under 近期可办理的业务: open, or with an application in progress."""
        open_now = self.window.is_open(self.on) or self.waits or self.finished
        return open_now or self.state in (*UNDER_REVIEW, State.APPROVED)

    @property
    def when(self) -> str:
        """The dates in words."""
        window = self.window
        if self.may_pay and window.pay_opens_at and window.pay_closes_at:
            own = LONGER_FOR_YOU if self.longer == Longer.PAY else ""
            return f"缴费时间：{moment(window.pay_opens_at)} 至 {moment(window.pay_closes_at)}，还剩 {time_left(window.pay_closes_at, self.on)}{own}"
        if self.awaits_payment:
            how = how_to_pay(window, self.on, self.school)
            return f"{self.fee_title} {format_fen(window.fee)}。{how}"
        if self.may_fix:
            return f"请在 {moment(window.fixes_until)}（北京时间）前修改并重新提交，还剩 {self.left}{LONGER_FOR_YOU if self.alone else ''}"
        if window.is_open(self.on):
            own = LONGER_FOR_YOU if self.longer == Longer.APPLY else ""
            return f"{short(window.opens_at, self.on)} 至 {short(window.closes_at, self.on)}（北京时间），还剩 {time_left(window.closes_at, self.on)}{own}"
        if window.has_closed(self.on):
            going_on = "，已提交的照常审核" if self.state in UNDER_REVIEW else ""
            return f"{moment(window.closes_at)} 已截止{going_on}"
        return f"开放时间：{moment(window.opens_at)}（北京时间）"


def to_card(row: Any, on: datetime) -> Card:
    window, longer = own_window(row), row.extension__what
    if row.public_id is None:
        return Card(window, on, longer=longer)
    return Card(
        window,
        on,
        public_id=row.public_id,
        state=State(row.state),
        at_step=row.at_step,
        saved_at=row.saved_at,
        school_code=row.school_code,
        submissions=row.submissions,
        version=row.version,
        school_name=row.school_name or "",
        school_phone=row.school_phone or "",
        longer=longer,
        paid=bool(row.paid),
        completed_at=row.completed_at,
        undone_at=row.undone_at,
        undone_reason=row.undone_reason or "",
    )


def cards(session: Session, ticket_id: int, on: datetime) -> list[Card]:
    """Return every window with this ticket's application: with something to do, finished, then open, then others."""
    rows = [to_card(row, on) for row in _cards(session, ticket=ticket_id)]
    return sorted(rows, key=lambda card: (not card.waits, not card.finished, not card.live, card.window.has_closed(on)))


def card_of(session: Session, public_id: str, on: datetime) -> Card:
    row = _card.one(session, public_id=public_id)
    if row is None:
        raise NotFound
    return to_card(row, on)


def shut(cards: list[Card], on: datetime) -> list[Card]:
    """未开放办理的业务: return each service's next window and last closed one."""
    found: list[Card] = []
    for code in dict.fromkeys(card.window.service for card in cards):
        own = [card for card in cards if card.window.service == code and not card.live]
        coming = [card for card in own if not card.window.has_closed(on)]
        over = [card for card in own if card.window.has_closed(on)]
        found += sorted(coming, key=lambda card: card.window.opens_at)[:1]
        found += sorted(over, key=lambda card: card.window.closes_at, reverse=True)[:1]
    return found
