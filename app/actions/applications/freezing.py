"""What was submitted, frozen for ever: canonical JSON, its hash, and the receipt number made from it."""

from __future__ import annotations

import hashlib

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.actions.services import service_for
from app.models import Evidence, Submission
from app.rules.case import Case, Routing
from app.rules.plans.eligibility import as_document
from app.rules.submission import AtSchool, Document, InWindow, Item, Person, write


def freeze(
    session: Session, case: Case, items: list[Item], routing: Routing, replies: dict[str, str] | None = None
) -> Submission:
    """The frozen Submission of a case: canonical JSON (sorted keys, no spaces, UTF-8), its SHA-256, its receipt number.

    `replies`: 我的说明 to what was returned before it, item key -> text.
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


def receipt_number(digest: str, year: int, letters: str) -> str:
    """BY26-7F3A-92C1-0D4E: the letters of the service, the year and 48 bits of the document's hash, so a receipt names what it was given for."""
    code = digest[:12].upper()
    return f"{letters}{year % 100:02}-{code[:4]}-{code[4:8]}-{code[8:]}"
