"""How many accounts one member of staff resets a day: a limit, and before it an alarm (security.md SR-3)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.actions.audit import record
from app.rules.calendar import today
from app.rules.people.roles import Actor
from app.security import throttle
from app.security.throttle import Limit, TooOften

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reset: the limit a day and member of staff; `alarm`: how many go without one."""

    key: str
    words: str
    limit: Limit
    alarm: int


EXAMINEES = Kind("examinees", "考生密码", throttle.CODES_GIVEN, throttle.CODES_ALARM)
STAFF = Kind("staff", "工作人员的密码或两步验证", throttle.STAFF_RESETS, throttle.STAFF_RESETS_ALARM)


def count(session: Session, kind: Kind, *, by: Actor, on: datetime) -> None:
    """Count one more reset by this person today; the first past `alarm` is written down and logged.

    Raises TooOften past the limit. The command line has none: it is the operator's.
    """
    if by.kind == "system":
        return
    key = f"resets:{kind.key}:{by.id}:{today(on).isoformat()}"
    number = throttle.hit(session, key, kind.limit, on)
    if number > kind.limit.most:
        raise TooOften(
            f"你今天已重置 {kind.limit.most} 次{kind.words}，不能再重置，管理员已收到警报。确有需要，请明天再办，或由另一位同事办。",
            throttle.left(session, key, on),
        )
    if number == kind.alarm + 1:
        detail = {"what": kind.words, "count": number}
        record(session, on=on, by=by, action="alarm.many_resets", subject="staff", subject_id=by.id, detail=detail)
        log.warning("alarm: staff %s has reset more than %s accounts of %s today", by.id, kind.alarm, kind.key)
