"""Freeze a submission: canonical JSON, hash, receipt number."""

from __future__ import annotations

import hashlib

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.actions.services import service_for
from app.models import Evidence, Submission
from app.rules.case import Case, Routing
from app.rules.plans.eligibility import as_document
from app.rules.submission import AtSchool, Document, InWindow, Item, Person, receipt_number, write


def freeze(
    session: Session, case: Case, items: list[Item], routing: Routing, replies: dict[str, str] | None = None
) -> Submission:
    """Add the Submission of a case: canonical JSON (sorted keys, no spaces, UTF-8), SHA-256, receipt number.

    `replies`: 我的说明 on items returned before, by item key. Runs in the caller's transaction.
    """
    number = case.submissions + 1
    letters = service_for(case.service).words.receipt
    school = case.office.school(routing.school_code)
    document = write(
        Document(
            service=case.service,
            application=case.public_id,
            number=number,
            window=InWindow(case.window.id, case.window.name),
            ticket=case.ticket.number,
            examinee=Person(case.examinee.name, case.examinee.id_type, case.examinee.id_number),
            submitted_at=case.on,
            items=tuple(items),
            replies=replies or {},
            school=AtSchool(routing.school_code, school.name if school else ""),
            assessed=as_document(routing.assessment) if routing.assessment else None,
        )
    )
    digest = hashlib.sha256(document.encode()).hexdigest()
    submission = Submission(
        application_id=case.application_id,
        number=number,
        receipt=receipt_number(digest, case.today.year, letters),
        document=document,
        sha256=digest,
        submitted_at=case.on,
    )
    session.add(submission)
    session.execute(
        update(Evidence).where(Evidence.application_id == case.application_id, Evidence.current).values(submitted=True)
    )
    session.flush()
    return submission
