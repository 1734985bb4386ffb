"""舍弃草稿: empty a draft and set it aside, in one transaction with its audit row."""

from __future__ import annotations

from datetime import datetime

from app.actions.applications.drafts import CHANGED
from app.actions.applications.submit import own
from app.actions.audit import record
from app.actions.evidence.pictures import clear_all
from app.adapters.storage import Store
from app.models import Window
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import ChangedMeanwhile
from app.rules.review.lifecycle import State


def discard(public_id: str, store: Store, *, by: Actor, on: datetime, version: int | None = None) -> None:
    """Delete what was typed and all pictures that were never submitted; the row stays, set aside.

    Submissions and their pictures stay: they are never deleted. 立即申请 begins the same row anew
    (app.actions.applications.drafts). `version`: that the page showed. Raises NotFound, ChangedMeanwhile.
    """
    with transaction() as session:
        row = own(session, public_id, by)
        if row.discarded_at:
            return  # the second click
        if row.state != State.DRAFT:
            raise ChangedMeanwhile("申请已经提交，不是草稿，没有舍弃。")
        if version not in (None, row.version):
            raise ChangedMeanwhile("这份草稿刚刚在别处改过，没有舍弃。请看过现在的内容再决定。")
        files = clear_all(session, row.id)
        row.version += 1
        # a page still open gets its text back instead of writing into the next draft
        row.answers = {CHANGED: dict.fromkeys((step for step in row.answers if not step.startswith("_")), row.version)}
        row.reached = row.at_step = ""
        row.saved_at = row.discarded_at = on
        record(
            session,
            on=on,
            by=by,
            action="application.discarded",
            subject="application",
            subject_id=row.id,
            detail={"window": session.get_one(Window, row.window_id).name, "pictures": len(files)},
        )
    for key in files:
        store.delete(key)
