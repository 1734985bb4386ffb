"""What the pages of home and of a service read: windows with one's own application, and how far it has come."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.orm import Session

from app.actions.own_windows import OWN_WINDOW, live, own_window
from app.models import Application, Extension, Finding, Order, Review, School, Submission, Window
from app.models.quick import Prepared
from app.rules.calendar import moment, short
from app.rules.fixes import PAGE
from app.rules.lifecycle import UNDER_REVIEW, Shown, State, shown
from app.rules.refusals import NotFound
from app.rules.steps import SchoolFacts
from app.rules.windows import Longer, WindowFacts, time_left
from app.wizard.service import service_for

_OWN = (
    Application.public_id, Application.state, Application.at_step, Application.saved_at, Application.school_code,
    Application.submissions, Application.version, Application.open_items, School.name, School.phone,
)  # fmt: skip
LONGER_FOR_YOU = "（已为你单独延长）"
TOLD = timedelta(days=30)  # that a deadline was missed
_cards = Prepared(
    select(*OWN_WINDOW, *_OWN)
    .outerjoin(Application, and_(Application.window_id == Window.id, Application.ticket_id == bindparam("ticket")))
    .outerjoin(Extension, live(bindparam("ticket")))
    .outerjoin(School, School.code == Application.school_code)
    .order_by(Window.closes_at.desc(), Window.id.desc())
)
_card = Prepared(
    select(*OWN_WINDOW, *_OWN)
    .join(Application, Application.window_id == Window.id)
    .outerjoin(Extension, live(Application.ticket_id))
    .outerjoin(School, School.code == Application.school_code)
    .where(Application.public_id == bindparam("public_id"))
)


@dataclass(frozen=True, slots=True)
class Card:
    """One window of a service as one ticket sees it at one moment."""

    window: WindowFacts
    on: datetime
    public_id: str | None = None
    state: State | None = None
    at_step: str = ""
    saved_at: datetime | None = None
    school_code: str = ""
    submissions: int = 0
    version: int = 0
    returned_items: tuple[str, ...] = ()
    school_name: str = ""
    school_phone: str = ""
    longer: str | None = None  # what lasts longer for this ticket alone: app.rules.windows.Longer

    @property
    def title(self) -> str:
        return service_for(self.window.service).title

    @property
    def url(self) -> str:
        return f"/services/{self.window.service}"

    @property
    def application_url(self) -> str:
        return f"/applications/{self.public_id}"

    @property
    def shown(self) -> Shown:
        if self.state is not None:
            return shown(self.state, self.window, self.on)
        if self.window.is_open(self.on):
            return Shown("已开放", "ok")
        return Shown("已截止" if self.window.has_closed(self.on) else "未开放", "off")

    @property
    def pays(self) -> bool:
        return self.state is State.APPROVED and self.window.pays(self.on)

    @property
    def fixes(self) -> bool:
        return self.state is State.RETURNED and self.window.takes_fixes(self.on)

    @property
    def lapsed(self) -> bool:
        """Returned, and the time for changes is over without a new submission: told for some weeks."""
        over = self.state is State.RETURNED and not self.window.takes_fixes(self.on)
        return over and self.on < self.window.fixes_until + TOLD

    @property
    def deadline(self) -> datetime:
        """Until when a returned application takes changes; not included."""
        return self.window.fixes_until

    @property
    def left(self) -> str:
        """What is left until the deadline, in words."""
        return time_left(self.deadline, self.on)

    @property
    def alone(self) -> bool:
        """Is this deadline the person's own, later than everybody's?"""
        return self.longer in (Longer.FIXES, Longer.APPLY)

    @property
    def school(self) -> str:
        """Whom to call: the school's name with its number."""
        return (
            f"{self.school_name}（电话 {self.school_phone}）" if self.school_phone else self.school_name or "主考学校"
        )

    @property
    def drafting(self) -> bool:
        return self.state is State.DRAFT and self.window.is_open(self.on)

    @property
    def waits(self) -> bool:
        """Does something wait for the examinee?"""
        return self.pays or self.fixes or self.drafting

    @property
    def live(self) -> bool:
        """Belongs under 近期可办理的业务: open, or one's own application is on its way."""
        return self.window.is_open(self.on) or self.waits or self.state in (*UNDER_REVIEW, State.APPROVED)

    @property
    def when(self) -> str:
        """The dates in words."""
        window = self.window
        if self.pays and window.pay_opens_at and window.pay_closes_at:
            own = LONGER_FOR_YOU if self.longer == Longer.PAY else ""
            return f"缴费时间：{moment(window.pay_opens_at)} 至 {moment(window.pay_closes_at)}，还剩 {time_left(window.pay_closes_at, self.on)}{own}"
        if self.fixes:
            return f"请在 {moment(window.fixes_until)}（北京时间）前修改并重新提交，还剩 {self.left}{LONGER_FOR_YOU if self.alone else ''}"
        if window.is_open(self.on):
            own = LONGER_FOR_YOU if self.longer == Longer.APPLY else ""
            return f"{short(window.opens_at)} 至 {short(window.closes_at)}（北京时间），还剩 {time_left(window.closes_at, self.on)}{own}"
        if window.has_closed(self.on):
            return f"{moment(window.closes_at)} 已截止"
        return f"开放时间：{moment(window.opens_at)}（北京时间）"


def _to_card(row: Any, on: datetime) -> Card:
    size = len(OWN_WINDOW)
    window, longer = own_window(row[:size]), row[size - 2]
    public_id, state, at_step, saved_at, school_code, submissions, version, open_items, school, phone = row[size:]
    if public_id is None:
        return Card(window, on, longer=longer)
    return Card(
        window,
        on,
        public_id,
        State(state),
        at_step,
        saved_at,
        school_code,
        submissions,
        version,
        tuple(open_items or ()),
        school or "",
        phone or "",
        longer,
    )


def cards(session: Session, ticket_id: int, on: datetime) -> list[Card]:
    """Every window with this ticket's application in it; what waits for the examinee first, then what is open."""
    rows = [_to_card(tuple(row), on) for row in _cards(session, ticket=ticket_id)]
    return sorted(rows, key=lambda card: (not card.waits, not card.live, card.window.has_closed(on)))


def card_of(session: Session, public_id: str, on: datetime) -> Card:
    row = _card.one(session, public_id=public_id)
    if row is None:
        raise NotFound
    return _to_card(tuple(row), on)


def shut(cards: list[Card], on: datetime) -> list[Card]:
    """未开放办理的业务: of each service the next window to come and the last one that closed."""
    found: list[Card] = []
    for code in dict.fromkeys(card.window.service for card in cards):
        own = [card for card in cards if card.window.service == code and not card.live]
        coming = [card for card in own if not card.window.has_closed(on)]
        over = [card for card in own if card.window.has_closed(on)]
        found += sorted(coming, key=lambda card: card.window.opens_at)[:1]
        found += sorted(over, key=lambda card: card.window.closes_at, reverse=True)[:1]
    return found


@dataclass(frozen=True, slots=True)
class Fix:
    """A returned item: what, why, and where to change it (empty when it can no longer be changed)."""

    key: str
    label: str
    reason: str
    url: str = ""


@dataclass(slots=True)
class Progress:
    """How far an application has come: a timeline of {kind, title, at, who, text, number}, fixes, and whom to watch."""

    events: list[dict[str, Any]] = field(default_factory=list)
    fixes: list[Fix] = field(default_factory=list)
    receipt: str = ""
    message: str = ""
    may_withdraw: bool = False
    school: SchoolFacts | None = None
    order_number: str = ""
    paid: bool = False


_STAGE = {"school_review": "主考学校初审", "office_review": "考办终审"}
_DECISION = {"pass": "通过", "return": "退回修改", "reject": "不予通过", "back": "退回初审"}


def progress(session: Session, card: Card, on: datetime) -> Progress:
    """The timeline and reasons of an application."""
    found = Progress()
    ident = session.scalar(select(Application.id).where(Application.public_id == card.public_id))
    submissions = session.scalars(
        select(Submission).where(Submission.application_id == ident).order_by(Submission.number)
    ).all()
    reviews = session.scalars(
        select(Review).where(Review.application_id == ident).order_by(Review.begun_at, Review.id)
    ).all()
    order = session.scalars(select(Order).where(Order.application_id == ident).order_by(Order.id.desc())).first()
    found.school = _school(session, card.school_code)
    school_name = found.school.name if found.school else ""
    decided = [review for review in reviews if review.decision and review.decided_at]
    happened: list[tuple[datetime, dict[str, Any]]] = []
    for submission in submissions:
        title = "已提交" if submission.number == 1 else f"第 {submission.number} 次提交"
        said = _said(submission)
        event = {"kind": "done", "title": title, "number": submission.receipt, "text": said}
        happened.append((submission.submitted_at, event))
        found.receipt = submission.receipt
    for review in decided:
        assert review.decided_at is not None
        who = school_name if review.stage == State.SCHOOL_REVIEW else "考办"
        bad = review.decision in ("return", "reject")
        happened.append((review.decided_at, {
            "kind": "stop" if bad else "done", "title": f"{_stage(review.stage, card)}：{_DECISION[review.decision]}",
            "who": who, "text": review.message if review.decision != "back" else "",
        }))  # fmt: skip
    if order and order.paid_at:
        found.paid = True
        happened.append((order.paid_at, {"kind": "done", "title": "已支付毕业审定费", "number": order.number}))
    found.order_number = order.number if order and order.state != "closed" else ""
    found.events = [{**event, "at": at} for at, event in sorted(happened, key=lambda pair: pair[0])]
    found.events += _to_come(card)
    last = decided[-1] if decided else None
    if last and card.state in (State.RETURNED, State.REJECTED):
        found.message = last.message
        found.fixes = _fixes(session, last, submissions[-1], card)
    found.may_withdraw = card.state is State.SCHOOL_REVIEW and not reviews and card.window.is_open(on)
    return found


def _said(submission: Submission) -> str:
    """我的说明 that went with a submission, item by item."""
    document = json.loads(submission.document) if submission.number > 1 else {}
    labels = {item["key"]: item["label"] for item in document.get("items", ())}
    return "\n".join(f"我的说明（{labels.get(key, key)}）：{text}" for key, text in document.get("replies", {}).items())


def _stage(stage: str, card: Card) -> str:
    return "审核" if card.window.stages == 1 else _STAGE[stage]


def _to_come(card: Card) -> list[dict[str, Any]]:
    """What still lies ahead, the first of it as where one stands."""
    window = card.window
    reviews = [(State.SCHOOL_REVIEW, _stage("school_review", card))]
    if window.stages == 2:
        reviews.append((State.OFFICE_REVIEW, _STAGE["office_review"]))
    ahead: list[tuple[State | None, str]] = [(State.DRAFT, "填写并提交"), (State.RETURNED, "等待你修改"), *reviews]
    if window.fee:
        opens = (
            f"（{short(window.pay_opens_at)}起）"
            if window.pay_opens_at and not window.pays(card.on) and not window.pay_over(card.on)
            else ""
        )
        ahead.append((State.APPROVED, f"支付毕业审定费{opens}"))
    ahead.append((None, "办结"))
    if card.state is State.REJECTED:
        return []
    if card.state is State.COMPLETED:
        return [{"kind": "done", "title": "已办结"}]
    order = [state for state, _ in ahead]
    start = order.index(card.state) if card.state in order else 0
    rest = [(state, word) for state, word in ahead[start:] if state is not State.RETURNED or state is card.state]
    return [{"kind": "now" if i == 0 else "", "title": word} for i, (_, word) in enumerate(rest)]


def _school(session: Session, code: str) -> SchoolFacts | None:
    columns = (School.__table__.c[name] for name in SchoolFacts.__dataclass_fields__)
    row = session.execute(select(*columns).where(School.code == code)).one_or_none()
    return SchoolFacts(*row) if row else None


def _fixes(session: Session, review: Review, submission: Submission, card: Card) -> list[Fix]:
    labels = {item["key"]: item["label"] for item in json.loads(submission.document)["items"]}
    rows = session.execute(
        select(Finding.item, Finding.reason).where(Finding.review_id == review.id, Finding.verdict == "return")
    ).all()
    order = list(labels)
    rows = sorted(rows, key=lambda row: order.index(row.item) if row.item in order else len(order))
    return [Fix(row.item, labels.get(row.item, row.item), row.reason, _fix_url(row.item, card)) for row in rows]


def _fix_url(key: str, card: Card) -> str:
    return f"{card.application_url}/{PAGE}#fix-{key}" if card.fixes else ""
