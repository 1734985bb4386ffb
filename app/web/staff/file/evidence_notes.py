"""Notes on evidence for the reviewer: legibility, differing codes, papers used twice, missing pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.actions.evidence.doubles import doubles_of
from app.actions.services import service_for
from app.models import Evidence
from app.rules.case import Case
from app.rules.evidence.codes import WRONG_PAPER, agrees, is_student_report, mismatch
from app.rules.evidence.legibility import in_short, legibility_hints
from app.rules.evidence.portrait import PortraitRule, hints
from app.rules.people.roles import Actor
from app.rules.submission import Item


@dataclass(frozen=True, slots=True)
class Note:
    """A line beside an item. `tone`: ok, warn or bad; `url`: the other application, if in scope."""

    tone: str
    text: str
    url: str = ""


def notes_of(
    session: Session, items: Sequence[Item], case: Case, evidence: Sequence[Evidence], by: Actor
) -> dict[str, list[Note]]:
    """Return item key -> notes for a frozen submission; `evidence`: all of the application's."""
    values = {item.key: item.value for item in items}
    shown = {item.evidence: item.key for item in items if item.evidence}
    codes = service_for(case.service).proofs.codes
    found: dict[str, list[Note]] = {}
    keys: dict[str, str] = {}
    rule = service_for(case.service).portrait_rule(case.window)
    for row in evidence:
        key = shown.get(row.public_id)
        if key:
            keys[row.slot] = key
            compared = codes.get(row.slot, "")
            typed = values.get(compared, "")
            found.setdefault(key, []).extend(_of_picture(row, typed, rule, bool(compared)))
    current = [row for row in evidence if row.submitted and row.current]
    for double in doubles_of(session, case.application_id, by, current):
        url = f"/staff/applications/{double.public_id}" if double.public_id else ""
        words = f"疑似重复使用：另一位考生的申请有{double.kind}" + (
            "" if url else "（不在你的查看范围，请联系考办核对）"
        )
        found.setdefault(keys.get(double.item, double.item), []).append(Note("bad", words, url))
    return found


def _of_picture(row: Evidence, typed: str, rule: PortraitRule | None, compared: bool) -> list[Note]:
    lost = "缺失" if row.missing else "损坏" if row.damaged else ""
    notes = [Note("bad", f"照片文件{lost}，请联系管理员")] if lost else []
    if "cut" in row.measures:
        words = in_short(hints(row.measures, rule.height, rule.background) if rule else ())
    else:
        words = in_short(legibility_hints(row.measures, row.width, row.height))
    if words:
        notes.append(Note("warn", f"照片提示：{words}（考生已被告知）"))
    other = mismatch(row.slot, row.codes, typed)
    if other:
        notes.append(Note("warn", f"照片中的二维码或条码是 {other}，与填写的不同（考生已被告知）"))
    elif compared and agrees(row.codes, typed):
        notes.append(Note("ok", "照片中的二维码或条码与填写的一致"))
    if is_student_report(row.slot, row.label, row.codes):
        notes.append(Note("warn", WRONG_PAPER.split("。")[0]))
    return notes
