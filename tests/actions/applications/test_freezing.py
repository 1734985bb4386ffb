"""A submission is stored as its canonical document, which reads back as what was written, with the assessment of that moment."""

from __future__ import annotations

import hashlib

import pytest

from app.actions.submissions import last_submission
from app.extensions import db
from app.rules.refusals import NotFound
from app.rules.submission import read, write
from tests.reviewing import submitted


def test_the_stored_text_is_what_its_document_is_written_as(app) -> None:
    row = submitted(without=("00540",)).submission
    assert write(read(row.document)) == row.document
    assert hashlib.sha256(row.document.encode()).hexdigest() == row.sha256
    assessment = row.content.assessment
    assert assessment is not None
    assert [code for code, _ in assessment.missing_courses()] == ["00540"]


def test_the_last_submission_is_one_query_and_none_is_not_found(app) -> None:
    desk = submitted()
    assert last_submission(db.session(), desk.row.id).receipt == desk.submission.receipt
    with pytest.raises(NotFound):
        last_submission(db.session(), desk.row.id + 1)
