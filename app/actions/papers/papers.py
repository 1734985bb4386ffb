"""Issue and verify papers. Equal facts get the same code, however often issued."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.actions import scope
from app.actions.audit import record
from app.actions.clashes import stop_of
from app.actions.papers import facts as paper_facts
from app.actions.people.reveals import reveal_id
from app.actions.services import paper_kinds, service_for
from app.adapters.documents.typeset import typeset
from app.config import Config
from app.extensions import db
from app.models import Application, Completion, Examinee, Order, Paper, Review, Revocation, SiteText, Submission, stands
from app.models.base import transaction
from app.rules.papers.paper import Facts
from app.rules.papers.verify_codes import ALPHABET, KINDS, LENGTH, VERDICTS, code_in_groups, read_code
from app.rules.people.privacy import mask_name
from app.rules.people.roles import Actor
from app.rules.refusals import NotFound
from app.rules.review.lifecycle import State

MAKERS: dict[str, Callable[[Session, Application], Facts]] = {
    "receipt": paper_facts.receipt,
    "opinion": paper_facts.opinion,
}
SITE_NAME = "考籍管理服务平台"  # default
Reader = Callable[[str], bytes]
"""Read of a store: storage key → bytes."""


@dataclass(frozen=True, slots=True)
class Look:
    """Site data on papers: name, address before /verify ('': none is printed), reader of pictures."""

    site: str
    address: str
    read: Reader


def site_look(config: Config, read: Reader) -> Look:
    """Look of this site. Without a public address papers have the code alone: nobody else could follow this machine's own."""
    name = db.session.scalar(select(SiteText.value).where(SiteText.key == "name"))
    return Look(name or SITE_NAME, config.paper_address, read)


def application_for(session: Session, public_id: str, by: Actor) -> Application:
    """The examinee's application, or one in scope of reviewers; else NotFound."""
    if by.kind == "staff":
        if by.role not in scope.REVIEWING:
            raise NotFound
        return scope.application(session, public_id, by)
    own = select(Application).where(Application.public_id == public_id, Application.examinee_id == by.id)
    row = session.scalar(own)
    if row is None:
        raise NotFound
    return row


def order_for(session: Session, number: str, by: Actor) -> Order:
    """The examinee's order, or one in scope of staff; else NotFound."""
    query = select(Order).where(Order.number == number)
    query = query.where(scope.orders(by) if by.kind == "staff" else Order.examinee_id == by.id)
    row = session.scalar(query)
    if row is None:
        raise NotFound
    return row


def issue(kind: str, public_id: str, *, look: Look, by: Actor, on: datetime, fresh: bool = False) -> bytes:
    """PDF of a paper of an application (receipt, opinion, or the service's own). NotFound when not available.

    A service's own carries the identity number: each time staff open one it is counted and recorded as 显示 is.
    `fresh`, and what it raises: app.actions.people.reveals.reveal_id.
    """
    session = db.session()
    found = _facts(session, kind, application_for(session, public_id, by))
    if by.kind == "staff" and kind not in MAKERS:
        reveal_id(public_id, by=by, on=on, fresh=fresh, paper=kind)
    return _set([found], look, by=by, on=on)


def issue_payment(number: str, *, look: Look, by: Actor, on: datetime) -> bytes:
    """PDF of a paid order's 缴费凭证."""
    session = db.session()
    return _set([paper_facts.payment(session, order_for(session, number, by))], look, by=by, on=on)


def many(kind: str, rows: Iterable[Application], *, look: Look, by: Actor, on: datetime) -> list[dict[str, Any]]:
    """Sheets of papers of one kind, for `typeset`."""
    session = db.session()
    return sheets([_facts(session, kind, row) for row in rows], look, by=by, on=on)


def _facts(session: Session, kind: str, row: Application) -> Facts:
    if kind in MAKERS:
        return MAKERS[kind](session, row)
    own = next((paper for paper in service_for(row.service).papers if paper.key == kind), None)
    if own is None or _stopped(session, row) or _taken_back(session, row):
        raise NotFound
    return own.make(session, row)


def _taken_back(session: Session, row: Application) -> bool:
    """Whether its 办结 was undone: what says that it was concluded is not printed until it is concluded again."""
    done = session.get(Completion, row.id)
    return row.state == State.APPROVED and done is not None and done.undone_at is not None


def _stopped(session: Session, row: Application) -> bool:
    """Whether another application stands in its way, so that its approval is worth no paper."""
    return row.state != State.COMPLETED and stop_of(session, row.id) is not None


def title_of(kind: str) -> str:
    """Heading of a kind of paper."""
    return KINDS.get(kind) or paper_kinds()[kind].title


def _set(facts: Sequence[Facts], look: Look, *, by: Actor, on: datetime) -> bytes:
    prepared = sheets(facts, look, by=by, on=on)
    db.session.rollback()  # no transaction stays open during typesetting
    return typeset(prepared, made=facts[-1].made)


def sheets(facts: Sequence[Facts], look: Look, *, by: Actor, on: datetime) -> list[dict[str, Any]]:
    """Facts with codes and site data."""
    codes, own = _codes(facts, by=by, on=on), paper_kinds()
    return [
        {
            **each.words,
            **(each.for_staff if by.kind == "staff" else {}),
            "kind": each.kind,
            "template": own[each.kind].template if each.kind in own else None,
            "heading": title_of(each.kind),
            "site": look.site,
            "code": code_in_groups(code),
            "verify": f"{look.address}/verify" if look.address else "",
            "url": f"{look.address}/verify/{code}" if look.address else "",
            "photo": look.read(each.photo) if each.photo else b"",
        }
        for each, code in zip(facts, codes, strict=True)
    ]


def fingerprint(facts: Facts) -> str:
    """SHA-256 of the facts as canonical JSON, with their ids."""
    whole = [facts.kind, facts.application_id, facts.submission_id, facts.order_id, facts.photo, facts.words]
    return hashlib.sha256(
        json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def _codes(facts: Sequence[Facts], *, by: Actor, on: datetime) -> list[str]:
    prints = [fingerprint(each) for each in facts]
    known = _issued_before(prints)
    if not set(prints) <= set(known):
        try:
            _give(facts, prints, by=by, on=on)
        except IntegrityError:  # the same paper was issued concurrently
            _give(facts, prints, by=by, on=on)
        known = _issued_before(prints)
    return [known[each] for each in prints]


def _issued_before(prints: Sequence[str]) -> dict[str, str]:
    return {
        row.sha256: row.code
        for row in db.session.execute(select(Paper.sha256, Paper.code).where(Paper.sha256.in_(prints)))
    }


def _give(facts: Sequence[Facts], prints: Sequence[str], *, by: Actor, on: datetime) -> None:
    with transaction() as session:
        there = set(session.scalars(select(Paper.sha256).where(Paper.sha256.in_(prints))))
        for each, digest in zip(facts, prints, strict=True):
            if digest in there:
                continue
            session.add(
                Paper(
                    code="".join(secrets.choice(ALPHABET) for _ in range(LENGTH)),
                    kind=each.kind,
                    sha256=digest,
                    application_id=each.application_id,
                    submission_id=each.submission_id,
                    order_id=each.order_id,
                    last_review_id=each.last_review_id,
                    issued_at=on,
                )
            )
            record(
                session,
                on=on,
                by=by,
                action="paper.issued",
                subject="application",
                subject_id=each.application_id,
                detail={"kind": each.kind, "sha256": digest},
            )


@dataclass(frozen=True, slots=True)
class Verified:
    """Result of /verify. `status`: of VERDICTS, or unknown; other fields are empty for unknown."""

    status: str
    code: str
    kind: str = ""
    name: str = ""
    issued_at: datetime | None = None

    @property
    def verdict(self) -> tuple[str, str, str] | None:
        """Kind of note, word and sentence."""
        return VERDICTS.get(self.status)


def verify(session: Session, typed: str) -> Verified:
    """Whether such a paper exists and is current. Only the masked name is disclosed."""
    code = read_code(typed)
    paper = session.scalar(select(Paper).where(Paper.code == code)) if code else None
    if paper is None:
        return Verified("unknown", code_in_groups(code) if code else typed.strip()[:20])
    name = select(Examinee.name).join(Application, Application.examinee_id == Examinee.id)
    person = session.scalar(name.where(Application.id == paper.application_id)) or ""
    return Verified(
        _status(session, paper), code_in_groups(code), title_of(paper.kind), mask_name(person), paper.issued_at
    )


def _status(session: Session, paper: Paper) -> str:
    if paper.kind == "payment":
        paid = session.scalar(select(Order.state).where(Order.id == paper.order_id)) == "paid"
        return "genuine" if paid else "corrected"
    row = session.get_one(Application, paper.application_id)
    if row.state == State.DRAFT:
        return "withdrawn"
    if _undone(session, paper):
        return "revoked"
    if _newer(session, paper, row):
        return "superseded"
    if paper.kind != "receipt" and (since := _revoked_since(session, paper)):
        return "superseded" if _decided_since(session, paper, since) else "overruled"
    own = paper_kinds().get(paper.kind)
    if own and row.state not in own.states:
        return "overruled"
    if own and _stopped(session, row):
        return "stopped"
    return "genuine"


def _undone(session: Session, paper: Paper) -> bool:
    """Whether it says that the business was concluded, and this was undone since and not done again."""
    if paper.kind not in paper_kinds():
        return False
    done = session.get(Completion, paper.application_id)
    return done is not None and done.undone_at is not None and paper.issued_at <= done.undone_at


def _newer(session: Session, paper: Paper, row: Application) -> bool:
    """Whether there is a later submission, paper of its kind or (for an opinion) decision."""
    submission = session.get_one(Submission, paper.submission_id)
    newer = select(Paper.id).where(Paper.application_id == row.id, Paper.kind == paper.kind, Paper.id > paper.id)
    if submission.number != row.submissions or session.scalar(newer.limit(1)) is not None:
        return True
    if paper.kind != "opinion":
        return False
    later = select(Review.id).where(Review.application_id == row.id, Review.id > paper.last_review_id, stands())
    return session.scalar(later.limit(1)) is not None


def _revoked_since(session: Session, paper: Paper) -> datetime | None:
    """When a decision was last revoked after the paper was issued."""
    revoked = select(func.max(Revocation.revoked_at)).join(Review, Review.id == Revocation.review_id)
    since = (Review.application_id == paper.application_id, Revocation.revoked_at >= paper.issued_at)
    return session.scalar(revoked.where(*since))


def _decided_since(session: Session, paper: Paper, since: datetime) -> bool:
    """Whether there is a new one of its kind to be had, made of a decision since then."""
    made = select(Review.id).where(Review.application_id == paper.application_id, Review.decided_at >= since, stands())
    row = session.get_one(Application, paper.application_id)
    offered = paper.kind == "opinion" or row.state in paper_kinds()[paper.kind].states
    return offered and session.scalar(made.limit(1)) is not None
