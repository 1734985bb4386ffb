"""All tickets of a person with what is under way on each, for the switcher and for home."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, bindparam, literal, select
from sqlalchemy.orm import Session

from app.actions.windows.closed import its_school
from app.actions.windows.own import OWN_WINDOW
from app.models import Application, PlanRow, School, Ticket, Window
from app.models.prepared import Prepared
from app.rules.case import Finished
from app.wizard.card import Card, with_taken
from app.wizard.queries import OWN, to_card, with_own

_place = School.__table__.alias("declared_school")
_major = (
    select(PlanRow.name + literal("（") + PlanRow.level + literal("）"))
    .where(PlanRow.major_code == Ticket.major_code)
    .order_by(PlanRow.version.desc())
    .limit(1)
    .scalar_subquery()
)
_tickets = Prepared(
    with_own(
        select(
            Ticket.number.label("ticket_number"),
            Ticket.status.label("ticket_status"),
            Ticket.graduated_majors.label("ticket_graduated"),
            Ticket.major_code.label("ticket_major_code"),
            _major.label("ticket_major"),
            _place.c.name.label("ticket_school"),
            *OWN_WINDOW,
            *OWN,
        )
        .select_from(Ticket)
        .outerjoin(_place, _place.c.code == Ticket.school_code)
        .outerjoin(Application, and_(Application.ticket_id == Ticket.id, Application.discarded_at.is_(None)))
        .outerjoin(Window, Window.id == Application.window_id),
        Ticket.id,
        its_school(),
    )
    .where(Ticket.examinee_id == bindparam("examinee"))
    .order_by(Ticket.number, Application.saved_at.desc())
)


@dataclass(frozen=True, slots=True)
class OwnTicket:
    """A ticket of the person. `status`: 考籍状态; `graduated`: in its declared major, by the roster; `cards`: its applications, the latest saved first."""

    number: str
    major: str = ""
    school: str = ""
    status: str = ""
    code: str = ""  # of the declared major
    graduated: bool = False
    cards: list[Card] = field(default_factory=list)

    @property
    def place(self) -> str:
        """Major and school, as far as known."""
        return " · ".join(part for part in (self.major, self.school) if part) or "未登记专业"

    @property
    def finished(self) -> Finished | None:
        """Return the graduation in the declared major, if any: what is said before 在籍."""
        here = next((card.public_id for card in self.cards if card.finished and card.major_code == self.code), None)
        return Finished(self.code, here or "") if here or self.graduated else None

    @property
    def first(self) -> Card | None:
        """The application to name: one that waits for the person, else one under way, else the latest."""
        return min(self.cards, key=lambda card: (not card.waits, not card.live, self.cards.index(card)), default=None)


def own_tickets(session: Session, examinee_id: int, on: datetime) -> list[OwnTicket]:
    """Return the person's tickets by number. One statement."""
    found: dict[str, OwnTicket] = {}
    for row in _tickets(session, examinee=examinee_id):
        major = row.ticket_major or row.ticket_major_code
        graduated, code = row.ticket_graduated.split("、"), row.ticket_major_code
        known = bool(code) and code in graduated
        one = OwnTicket(row.ticket_number, major, row.ticket_school or "", row.ticket_status, code, known)
        one = found.setdefault(row.ticket_number, one)
        if row.public_id is not None:
            one.cards.append(to_card(row, on))
            one.cards[:] = with_taken(one.cards, graduated)
    return list(found.values())


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for the person, or did; `ticket`: None on the present one."""

    card: Card
    ticket: OwnTicket | None


def waiting(cards: list[Card], tickets: list[OwnTicket], present: str) -> list[Waiting]:
    """Return what waits on all tickets, the earliest end first. `cards`: of the `present` ticket."""
    found = [Waiting(card, None) for card in cards if card.waits]
    found += [Waiting(card, one) for one in tickets if one.number != present for card in one.cards if card.waits]
    return sorted(found, key=lambda each: each.card.until)


def missed(cards: list[Card], tickets: list[OwnTicket], present: str) -> list[Waiting]:
    """Return what missed its deadline on all tickets: fees, and what nothing of the same business took the place of. `cards`: of the `present` ticket."""
    found = [Waiting(card, None) for card in _missed(cards)]
    return found + [Waiting(card, one) for one in tickets if one.number != present for card in _missed(one.cards)]


def _missed(cards: list[Card]) -> list[Card]:
    going_on = {card.window.service for card in cards if card.public_id and card.live}
    return [card for card in cards if card.fee_late or (card.lapsed and card.window.service not in going_on)]
