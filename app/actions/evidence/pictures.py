"""Store, turn and remove pictures. A file is written before its row and deleted after it: no row lacks its file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.actions.evidence import whole
from app.actions.windows.closed import handed_in, too_late
from app.actions.windows.own import window_for
from app.adapters.pictures.pool import BadPicture, Picture
from app.adapters.storage import NotStored, Store
from app.adapters.storage.faults import told_as_ours
from app.models import Application, Evidence, Throttle
from app.models.base import transaction
from app.rules.people.roles import Actor
from app.rules.refusals import DISCARDED, ChangedMeanwhile, NotAllowed, NotFound
from app.rules.review.lifecycle import EDITABLE, State
from app.rules.sending import SENDINGS, Sending, slot_part
from app.rules.text import clean_line
from app.rules.windows import in_time
from app.security.throttle import Limit, TooOften, hit

UPLOADS = Limit(40, timedelta(days=1))  # per examinee, replaced ones too (AC-42)
COUNTED, TURNED = "uploads", "turns"
TURNS = Limit(100, timedelta(days=1))  # turning costs processing too


class NoRoom(Exception):
    """The store is nearly full (503); reading still works."""

    message = "现在暂时不能上传，请稍后再试或联系考办。已填写的内容都在。"


def may_upload(store: Store, *, by: Actor, on: datetime) -> None:
    """Check free space and count one upload against the day's limit. Raises NoRoom, TooOften."""
    with told_as_ours():
        room = store.has_room()
    if not room:
        raise NoRoom(NoRoom.message)
    with transaction() as session:
        count = hit(session, f"{COUNTED}:{by.id}", UPLOADS, on)
    if count > UPLOADS.most:
        raise TooOften(f"一天最多上传 {UPLOADS.most} 次，今天已经用完，请明天再传。已填写的内容都在。", UPLOADS.span)


def uncount(what: str, *, by: Actor, on: datetime) -> None:
    """Undo the count of an upload (or of turns) that failed without the picture's or the person's doing."""
    with transaction() as session:
        session.execute(
            update(Throttle)
            .where(Throttle.key == f"{what}:{by.id}", Throttle.expires_at > on, Throttle.hits > 0)
            .values(hits=Throttle.hits - 1)
        )


def claim_slot(public_id: str, slot: str, item: str, sending: Sending, *, by: Actor, on: datetime) -> bool:
    """Before a picture is decoded: what came for the slot earlier is not stored any more. False: overtaken itself. Raises as `writable`."""
    with transaction() as session:
        return _claim(writable(session, public_id, item, by=by, on=on), slot, sending)


def _claim(row: Application, slot: str, sending: Sending) -> bool:
    known = row.answers.get(SENDINGS, {})
    if sending.overtaken(known, slot_part(slot)):
        return False
    row.answers = {**row.answers, SENDINGS: {**known, slot_part(slot): [sending.page, sending.number]}}
    return True


def store_picture(
    public_id: str,
    slot: str,
    item: str,
    picture: Picture,
    label: str,
    store: Store,
    *,
    by: Actor,
    on: datetime,
    sending: Sending,
) -> None:
    """Store a checked picture in a slot; the old one is deleted unless submitted. Raises as `writable`.

    `item`: key that must be open in a returned application. `label`: the person's file name, for display.
    `sending`: that claimed the slot; if another has claimed it since, this picture is left out.
    """
    with told_as_ours():
        key = store.put(picture.data)
    try:
        with transaction() as session:
            row = writable(session, public_id, item, by=by, on=on)
            old: str | None = key
            if sending.stands(row.answers.get(SENDINGS, {}), slot_part(slot)):
                old = _clear(session, row.id, slot)
                session.add(_evidence(row.id, slot, key, picture, label, on))
                _changed(row, on)
    except BaseException:
        store.delete(key)
        raise
    if old:
        store.delete(old)


def _evidence(application_id: int, slot: str, key: str, picture: Picture, label: str, on: datetime) -> Evidence:
    return Evidence(
        application_id=application_id,
        slot=slot,
        media_type=picture.media_type,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
        sha256=picture.sha256,
        storage_key=key,
        label=clean_line(label)[:100],
        measures=dict(picture.measures),
        codes=list(picture.codes),
        fingerprint=picture.fingerprint,
        created_at=on,
    )


def remove_picture(
    public_id: str, slot: str, item: str, store: Store, *, by: Actor, on: datetime, sending: Sending
) -> None:
    """Empty a slot, unless overtaken. Raises as `writable`."""
    with transaction() as session:
        row = writable(session, public_id, item, by=by, on=on)
        if not _claim(row, slot, sending):
            return
        old = _clear(session, row.id, slot)
        _changed(row, on)
    if old:
        store.delete(old)


def turn_picture(
    public_id: str,
    slot: str,
    item: str,
    turn: Callable[[bytes], Picture],
    store: Store,
    *,
    by: Actor,
    on: datetime,
    sending: Sending,
) -> None:
    """向右旋转: replace the picture by one turned a quarter right, unless overtaken. Raises TooOften, BadPicture, or as `writable`."""
    with transaction() as session:
        if hit(session, f"{TURNED}:{by.id}", TURNS, on) > TURNS.most:
            raise TooOften("今天旋转图片的次数太多，请先在手机里转好再上传。", TURNS.span)
        row = writable(session, public_id, item, by=by, on=on)
        if not _claim(row, slot, sending):
            return
        mine = (Evidence.application_id == row.id, Evidence.slot == slot, Evidence.current)
        found = session.execute(select(*whole.COLUMNS, Evidence.label).where(*mine)).one_or_none()
    if found is None:  # the page was made before it was removed in another one
        raise BadPicture("这张照片已经在另一个页面上删除了，没有可以旋转的。要用的话，请重新上传", "empty")
    try:
        with told_as_ours():
            data = whole.read(store, found, on=on)
    except NotStored:  # replaced or removed a moment ago; a file that is lost or damaged is asked for again
        return
    store_picture(public_id, slot, item, turn(data), found.label, store, by=by, on=on, sending=sending)


def writable(session: Session, public_id: str, item: str, *, by: Actor, on: datetime) -> Application:
    """The person's application, locked, if this item may be written now.

    Raises NotFound, ChangedMeanwhile, WindowClosed, NotAllowed.
    """
    query = select(Application).where(Application.public_id == public_id, Application.examinee_id == by.id)
    row = session.scalar(query.with_for_update())
    if row is None:
        raise NotFound
    if row.discarded_at:
        raise ChangedMeanwhile(DISCARDED)
    if State(row.state) not in EDITABLE:
        raise handed_in(session, row.id)
    window = window_for(session, row.window_id, row.ticket_id)
    if window is None:
        raise NotFound
    if not in_time(window, row.state, on):
        raise too_late(session, row.id, State(row.state), window, on)
    if row.open_items is not None and item not in row.open_items:
        raise NotAllowed("这一项没有被退回，不能修改。")
    return row


def _changed(row: Application, on: datetime) -> None:
    """A page that shows another picture is not of this version."""
    row.saved_at, row.version = on, row.version + 1


def clear_all(session: Session, application_id: int) -> list[str]:
    """Empty all slots; return the keys of the files to delete. Submitted pictures are kept."""
    current = (Evidence.application_id == application_id, Evidence.current)
    slots = session.scalars(select(Evidence.slot).where(*current)).all()
    return [key for slot in slots if (key := _clear(session, application_id, slot))]


def _clear(session: Session, application_id: int, slot: str) -> str | None:
    """Remove the slot's picture; return the key of the file to delete. Submitted ones are kept."""
    old = session.scalar(
        select(Evidence).where(Evidence.application_id == application_id, Evidence.slot == slot, Evidence.current)
    )
    if old is None:
        return None
    if old.submitted:
        session.execute(update(Evidence).where(Evidence.id == old.id).values(current=False))
        return None
    key = old.storage_key
    session.delete(old)
    session.flush()
    return key
