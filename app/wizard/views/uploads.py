"""Pictures of a step: one slot per request with script, all with the step without."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from flask import current_app, request
from sqlalchemy.exc import OperationalError

from app.actions.evidence import pictures as evidence
from app.actions.evidence.one_at_a_time import SERVER, AnotherOne, one_at_a_time
from app.actions.evidence.pictures import NoRoom
from app.adapters.pictures.pool import (
    BadPicture,
    Picture,
    PicturesBusy,
    normalise_picture,
    portrait_picture,
    turn_right,
)
from app.adapters.storage import Store
from app.adapters.storage.faults import StoreFails
from app.extensions import db
from app.rules.case import Case
from app.rules.evidence.kinds import LENIENT_BYTES, MAX_FILE_BYTES
from app.rules.sending import Sending
from app.security.sessions import principal
from app.security.throttle import TooOften
from app.security.typed_text import file_taken
from app.wizard.step import Step
from app.wizard.views.forms import PictureForm

OURS = (PicturesBusy, StoreFails, NoRoom, OperationalError)
"""Nobody's picture is at fault: it costs no try, and a script asks again."""
Refusal = BadPicture | PicturesBusy | StoreFails | NoRoom | TooOften
REFUSALS = (BadPicture, PicturesBusy, StoreFails, NoRoom, TooOften)
"""Errors shown at the field."""
AGAIN_AFTER = 3
"""Seconds after which a queued browser retries."""


def status_of(refusal: Refusal) -> int:
    """Return 422 for a bad picture, 429 for the daily limit, 503 for later."""
    if isinstance(refusal, TooOften):
        return 429
    return 503 if isinstance(refusal, OURS) else 422


def store() -> Store:
    """Return the site's evidence store."""
    found: Store = current_app.extensions["kaoji.store"]
    return found


def act_on(case: Case, here: Step, slot: str, sending: Sending | None) -> None:
    """Upload, rotate or remove the picture of a slot; what was sent for it before is not stored any more.

    Raises one of REFUSALS, or a refusal of the action.
    """
    me, item, sent = principal().actor, f"{here.key}.{slot}", sending or _alone()
    act = PictureForm().act.data
    if act == "remove":
        evidence.remove_picture(case.public_id, slot, item, store(), by=me, on=case.on, sending=sent)
    elif act == "rotate":
        with _alone_now(case), _costing_nothing(evidence.TURNED, case):
            evidence.turn_picture(case.public_id, slot, item, turn_right, store(), by=me, on=case.on, sending=sent)
    else:
        if not _given(slot):
            raise BadPicture("请先选择一张照片，再上传", "empty")
        if sending is None:  # nobody sends it again: while another is read, nothing is claimed
            with _alone_now(case):
                if _claimed(case, here, slot, sent):
                    _keep(case, here, slot, sent)
        elif _claimed(case, here, slot, sent):
            with _alone_now(case):
                _keep(case, here, slot, sent)


def refused_act(case: Case, here: Step, slot: str, sending: Sending | None) -> Refusal | None:
    """`act_on`, and return what is to be shown at the field. Raises a refusal of the action."""
    try:
        act_on(case, here, slot, sending)
    except REFUSALS as refusal:
        return refusal
    return None


def keep_all(case: Case, steps: Iterable[Step], sending: Sending | None) -> dict[str, list[str]]:
    """Store pictures posted with the page, each by itself. Returns slot -> error."""
    sent = sending or _alone()
    posted = [(step, slot) for step in steps for slot in step.slots(case) if _given(slot)]
    bad: dict[str, list[str]] = {}
    try:
        with _alone_now(case):
            # all are claimed before the first takes its time
            for step, slot in [each for each in posted if _claimed(case, *each, sent)]:
                try:
                    _keep(case, step, slot, sent)
                except REFUSALS as error:
                    bad[slot] = [str(error)]
    except AnotherOne as error:
        return {slot: [str(error)] for _, slot in posted}
    return bad


def _given(slot: str) -> bool:
    file = request.files.get(slot)
    return bool(file and file.filename)


def _alone_now(case: Case) -> AbstractContextManager[None]:
    return one_at_a_time(by=principal().actor, on=case.on, server=current_app.extensions.get(SERVER, 0))


def _alone() -> Sending:
    """Of a request that says no order."""
    return Sending(secrets.token_hex(8), 0)


def _claimed(case: Case, here: Step, slot: str, sending: Sending) -> bool:
    return evidence.claim_slot(case.public_id, slot, f"{here.key}.{slot}", sending, by=principal().actor, on=case.on)


def _keep(case: Case, here: Step, slot: str, sending: Sending) -> None:
    """Check, re-encode and store the file sent for this slot."""
    file = request.files[slot]
    me = principal().actor
    evidence.may_upload(store(), by=me, on=case.on)
    db.session.rollback()  # no open transaction while decoding
    name = file.filename or ""
    with _costing_nothing(evidence.COUNTED, case):
        picture = _made(case, here, slot, file.read(), name)
        evidence.store_picture(
            case.public_id, slot, f"{here.key}.{slot}", picture, name, store(), by=me, on=case.on, sending=sending
        )
    file_taken(slot)


@contextmanager
def _costing_nothing(what: str, case: Case) -> Iterator[None]:
    """What fails by us does not count among the day's tries."""
    try:
        yield
    except OURS:
        with suppress(OperationalError):  # a busy database is the next to fail
            evidence.uncount(what, by=principal().actor, on=case.on)
        raise


def _made(case: Case, here: Step, slot: str, data: bytes, name: str) -> Picture:
    """Return the re-encoded picture. A strict window accepts JPG and PNG up to 1 MB (manual)."""
    strict = case.window.strict_files
    most = MAX_FILE_BYTES if strict else LENIENT_BYTES
    size = here.cut(case, slot)
    if size:
        return portrait_picture(data, size, filename=name, max_bytes=most, heic=not strict)
    return normalise_picture(data, filename=name, max_bytes=most, heic=not strict)
