"""成绩查询, and evidence pictures for owner and reviewers."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request, send_file
from sqlalchemy import select

from app.actions import scope
from app.actions.evidence import whole
from app.actions.people.reveals import note_picture
from app.actions.services import service_for
from app.adapters.storage import Store
from app.adapters.storage.faults import told_as_ours
from app.extensions import db
from app.models import Application, Evidence
from app.rules.calendar import exam_session_words, today
from app.rules.refusals import NotFound
from app.security.allow import allow
from app.security.csp import as_file, forgets_files
from app.security.request_time import arrived
from app.security.sessions import principal
from app.web.records import queries

KEPT = 600  # seconds
bp = Blueprint("records", __name__)


@bp.get("/scores/latest")
@allow("examinee")
def latest() -> str:
    """当次成绩: the latest exam session."""
    exam = queries.latest_exam_session(db.session())
    rows = queries.at(db.session(), principal().ticket_id or 0, exam) if exam else []
    return render_template(
        "records/latest.html",
        section="scores",
        exam=exam,
        rows=rows,
        exam_session=exam_session_words,
        school=_school(),
        used_up=_used_up(),
    )


@bp.get("/scores/history")
@allow("examinee")
def history() -> str:
    """历次成绩: earlier exam sessions, searchable by course."""
    course = request.args.get("course", "").strip()[:40]
    exam = queries.latest_exam_session(db.session())
    groups = queries.before(db.session(), principal().ticket_id or 0, exam, course) if exam else []
    return render_template(
        "records/history.html",
        section="scores",
        groups=groups,
        course=course,
        exam_session=exam_session_words,
        school=_school(),
        used_up=_used_up(),
    )


def _used_up() -> queries.UsedUp:
    return queries.used_up(db.session(), principal().ticket_id, today(arrived()))


def _school() -> tuple[str, str]:
    return queries.school_of(db.session(), principal().ticket_id or 0)


@bp.get("/evidence/<public_id>")
@allow("examinee", "staff", roles=scope.LOOKING)
def evidence(public_id: str) -> Response:
    """Return the picture to its owner and to staff in scope. Raises NotFound for others.
    Staff opening the address itself (Sec-Fetch-Dest) get a page with watermark.
    """
    me = principal()
    more = (Evidence.slot, Evidence.application_id, Evidence.media_type, Evidence.width, Evidence.height)
    query = select(*whole.COLUMNS, *more, Application.service)
    query = query.join(Application, Application.id == Evidence.application_id)
    query = query.where(Evidence.public_id == public_id)
    if me.is_staff:
        query = query.where(scope.applications(me.actor), Evidence.submitted)
    else:
        query = query.where(Application.examinee_id == me.examinee_id)
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    if me.is_staff and me.role in scope.READING_ONLY:  # whatever the browser says that it asks for
        note_picture(row.application_id, row.id, row.slot, by=me.actor, on=arrived())
    if me.is_staff and request.headers.get("Sec-Fetch-Dest") == "document":
        purpose = service_for(row.service).words.purpose
        page = render_template(
            "records/picture.html", url=request.path, width=row.width, height=row.height, purpose=purpose
        )
        response = make_response(page)
    else:
        response = picture(row, keep=me.is_staff and forgets_files())
    response.vary.add("Sec-Fetch-Dest")
    return response


def picture(row: Any, *, keep: bool) -> Response:
    """Return the bytes as they were stored, with our media type, ranges supported. Raises NotStored for any others.
    `keep`: a reviewer's browser may cache it for KEPT seconds, and deletes it at the end of the session; an examinee's may be shared and may not.
    """
    store: Store = current_app.extensions["kaoji.store"]
    with told_as_ours():
        stream = BytesIO(whole.read(store, row, on=arrived()))
    response = send_file(stream, mimetype=row.media_type, etag=row.sha256, conditional=True, max_age=0)
    response.headers["Content-Disposition"] = "inline"
    response.headers["Cache-Control"] = f"private, max-age={KEPT}" if keep else "no-store"
    return as_file(response)
