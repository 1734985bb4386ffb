"""How many accounts one member of staff resets, or puts under another number, a day: a limit, and before it an alarm (security.md SR-3)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.actions.audit import record
from app.rules.calendar import rest_of_day, today
from app.rules.people.roles import Actor
from app.security import throttle
from app.security.throttle import Limit, TooOften

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of act: the limit a day and member of staff; `alarm`: how many go without one, which is then `action`.

    `done`, `to`: what is done to what, in words.
    """

    key: str
    to: str
    limit: Limit
    alarm: int
    done: str = "重置"
    action: str = "alarm.many_resets"


EXAMINEES = Kind("examinees", "考生密码", throttle.CODES_GIVEN, throttle.CODES_ALARM)
STAFF = Kind("staff", "工作人员的密码或两步验证", throttle.STAFF_RESETS, throttle.STAFF_RESETS_ALARM)
OWNERS = Kind(
    "owners", "证件号码或准考证号的归属", throttle.OWNERS, throttle.OWNERS_ALARM, "更正", "alarm.many_corrections"
)
"""Corrections after which another ID number signs in to what is there."""


def count(session: Session, kind: Kind, *, by: Actor, on: datetime) -> None:
    """Count one more act by this person today; the first past `alarm` is written down and logged.

    Raises TooOften past the limit. The command line has none: it is the operator's.
    """
    if by.kind == "system":
        return
    key = f"resets:{kind.key}:{by.id}:{today(on).isoformat()}"
    number = throttle.hit(session, key, kind.limit, on)
    if number > kind.limit.most:
        raise TooOften(
            f"你今天已{kind.done} {kind.limit.most} 次{kind.to}，不能再{kind.done}，管理员已收到警报。确有需要，请明天再办，或由另一位同事办。",
            rest_of_day(on),
        )
    if number == kind.alarm + 1:
        detail = {"kind": kind.to, "times": number}
        record(session, on=on, by=by, action=kind.action, subject="staff", subject_id=by.id, detail=detail)
        log.warning("alarm: staff %s has done more than %s acts on accounts (%s) today", by.id, kind.alarm, kind.key)
