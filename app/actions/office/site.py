"""Announcements and the site's texts and settings, edited by the administrator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.actions.applications.whose_turn import OFF
from app.actions.audit import changes, record
from app.actions.repeats import once
from app.actions.review.decision_settings import DEFAULT_UNDO
from app.models import Announcement, SiteText
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import Invalid, NotFound
from app.rules.site_texts import FOUR_EYES, LONGEST, NUMBERS, TEXTS, UNDO_MINUTES

MAX_TITLE, MAX_BODY, MAX_TEXT = 120, 20_000, 80  # characters
COUNTS = (*NUMBERS, UNDO_MINUTES)  # keys with a number


def save_announcement(
    announcement_id: int | None, *, title: str, body: str, pinned: bool, by: Actor, on: datetime, token: str = ""
) -> int:
    """Create an unpublished announcement (None) or edit one, once for the `token` of a form; return its id.

    Raises Invalid, NotFound.
    """
    if not title or len(title) > MAX_TITLE:
        raise Invalid("title", f"请填写标题，最多 {MAX_TITLE} 个字")
    if not body or len(body) > MAX_BODY:
        raise Invalid("body", f"请填写内容，最多 {MAX_BODY} 个字")
    with transaction() as session:

        def act() -> dict[str, Any]:
            row = Announcement() if announcement_id is None else _announcement(session, announcement_id)
            before = _content(row) if announcement_id is not None else {}
            row.title, row.body, row.pinned = title, body, pinned
            session.add(row)
            session.flush()
            done = "announcement.created" if announcement_id is None else "announcement.edited"
            _note(session, done, row, by, on, changes(before, _content(row)))
            return {"id": row.id}

        what = ["announcement", announcement_id, title, body, pinned]
        return int(once(session, token, what, act, by=by, on=on)["id"])


def publish_announcement(announcement_id: int, *, by: Actor, on: datetime) -> None:
    """Publish an announcement; a published one keeps its date."""
    with transaction() as session:
        row = _announcement(session, announcement_id)
        if row.published_at is None:
            row.published_at = on
            _note(session, "announcement.published", row, by, on)


def withdraw_announcement(announcement_id: int, *, by: Actor, on: datetime) -> None:
    """Unpublish an announcement; its text is kept."""
    with transaction() as session:
        row = _announcement(session, announcement_id)
        if row.published_at is not None:
            row.published_at = None
            _note(session, "announcement.withdrawn", row, by, on)


def save_texts(texts: dict[str, str], *, by: Actor, on: datetime) -> None:
    """Save site texts (keys of TEXTS); an empty one restores the default. Raises NotFound, Invalid(key)."""
    for key, value in texts.items():
        if key not in TEXTS:
            raise NotFound
        if len(value) > (most := LONGEST.get(key, MAX_TEXT)):
            raise Invalid(key, f"{TEXTS[key]}最多 {most} 个字")
        if key in NUMBERS and value and not (value.isascii() and value.isdecimal() and len(value) < 3):
            raise Invalid(key, f"{NUMBERS[key]}应为 0 到 99 的数字，不填或 0 表示不要求")
        if key == UNDO_MINUTES and value and not (value.isascii() and value.isdecimal() and len(value) < 3):
            raise Invalid(key, f"{TEXTS[key]}应为 0 到 99 的数字，0 表示决定立即生效，不填为 {DEFAULT_UNDO}")
        if key == FOUR_EYES and value not in ("", OFF):
            raise Invalid(key, f"{TEXTS[key]}：不填表示须由另一人，只有一名审核员的站点填“{OFF}”")
    with transaction() as session:
        before = {key: row.value if (row := session.get(SiteText, key)) else "" for key in texts}
        if [key for key, value in texts.items() if _set(session, key, value)]:
            record(
                session,
                on=on,
                by=by,
                action="site.edited",
                subject="site",
                subject_id=None,
                detail=changes(before, texts),
            )


def _set(session: Session, key: str, value: str) -> bool:
    row = session.get(SiteText, key)
    if (row.value if row else "") == value:
        return False
    if row is None:
        session.add(SiteText(key=key, value=value))
    else:
        row.value = value
    return True


def _announcement(session: Session, announcement_id: int) -> Announcement:
    row = session.get(Announcement, announcement_id)
    if row is None:
        raise NotFound("没有这条公告")
    return row


def _content(row: Announcement) -> dict[str, Any]:
    return {"title": row.title, "body": row.body, "pinned": row.pinned}


def _note(
    session: Session, action: str, row: Announcement, by: Actor, on: datetime, more: dict[str, Any] | None = None
) -> None:
    detail = {"title": row.title, **(more or {})}
    record(session, on=on, by=by, action=action, subject="announcement", subject_id=row.id, detail=detail)
