"""Evidence used twice: the same file, the same picture saved again, or the same number on a paper under another examinee.

Nothing is decided here: both cases show it to their reviewers. What can be looked up is written at each submission
(`enter`), so drafts are never compared; a few index look-ups answer a page (`doubles_of`), also among millions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from app.actions import scope
from app.models import Application, Evidence, PaperNumber, PicturePart
from app.rules.likeness import parts, same_picture
from app.rules.people import Actor
from app.rules.steps import Item

NUMBERS = {
    "prior_degree.diploma_number": "毕业证书编号",
    "prior_degree.record_code": "在线验证码",
    "prior_degree.report_number": "报告编号",
}
COMMON = 60
"""A part of a fingerprint that more pictures share says nothing (a template's heading): it is left out."""
MOST_SHOWN = 10
FILE, PICTURE = "同一个文件", "同一张图片（重新保存过）"


@dataclass(frozen=True, slots=True)
class Double:
    """Something of this case that another examinee's case has too. `public_id` is empty when that case is out of scope."""

    item: str  # key of the item; of a picture its slot's item
    kind: str  # in words: 同一个文件 …
    public_id: str


def enter(session: Session, application_id: int, items: Iterable[Item]) -> None:
    """Inside a submission's transaction: what this case can be found by from now on."""
    session.execute(delete(PaperNumber).where(PaperNumber.application_id == application_id))
    for item in items:
        if item.key in NUMBERS and item.value:
            session.add(PaperNumber(application_id=application_id, item=item.key, number=item.value.upper()[:40]))
    rows = session.execute(
        select(Evidence.id, Evidence.mark).where(
            Evidence.application_id == application_id,
            Evidence.current,
            ~select(PicturePart.evidence_id).where(PicturePart.evidence_id == Evidence.id).exists(),
        )
    ).all()
    found = [{"part": part, "evidence_id": row.id} for row in rows for part in set(parts(row.mark))]
    if found:
        session.execute(insert(PicturePart), found)


def doubles_of(session: Session, application_id: int, by: Actor) -> list[Double]:
    """What this submitted case shares with cases of other examinees; links only where `by` may see the other case."""
    examinee = session.scalar(select(Application.examinee_id).where(Application.id == application_id))
    found: dict[tuple[str, str, int], None] = {}
    mine = session.execute(
        select(Evidence.id, Evidence.slot, Evidence.sha256, Evidence.mark).where(
            Evidence.application_id == application_id, Evidence.submitted, Evidence.current
        )
    ).all()
    for row in mine:
        for other in _same_file(session, row.sha256, examinee):
            found[row.slot, FILE, other] = None
        for other in _same_picture(session, row.id, row.mark, row.sha256, examinee):
            found.setdefault((row.slot, PICTURE, other))
    for item, words, other in _same_number(session, application_id, examinee):
        found[item, words, other] = None
    return _in_scope(session, list(found)[:MOST_SHOWN], by)


def _same_file(session: Session, sha256: str, examinee: int | None) -> list[int]:
    query = (
        select(Evidence.application_id)
        .join(Application, Application.id == Evidence.application_id)
        .where(Evidence.sha256 == sha256, Evidence.submitted, Application.examinee_id != examinee)
    )
    return list(dict.fromkeys(session.scalars(query.limit(MOST_SHOWN))))


def _same_picture(session: Session, ident: int, mark: str, sha256: str, examinee: int | None) -> list[int]:
    """Cases with a picture that shares a rare part and is alike as a whole."""
    shared: Counter[int] = Counter()
    for part in parts(mark):
        ids = session.scalars(select(PicturePart.evidence_id).where(PicturePart.part == part).limit(COMMON + 1)).all()
        if len(ids) <= COMMON:
            shared.update(ids)
    shared.pop(ident, None)
    likely = [each for each, _ in shared.most_common(COMMON)]
    if not likely:
        return []
    rows = session.execute(
        select(Evidence.application_id, Evidence.mark)
        .join(Application, Application.id == Evidence.application_id)
        .where(
            Evidence.id.in_(likely), Evidence.sha256 != sha256, Evidence.submitted, Application.examinee_id != examinee
        )
    )
    return list(dict.fromkeys(row.application_id for row in rows if same_picture(mark, row.mark)))


def _same_number(session: Session, application_id: int, examinee: int | None) -> list[tuple[str, str, int]]:
    own = session.execute(
        select(PaperNumber.item, PaperNumber.number).where(PaperNumber.application_id == application_id)
    ).all()
    found = []
    for row in own:
        query = (
            select(PaperNumber.application_id)
            .join(Application, Application.id == PaperNumber.application_id)
            .where(PaperNumber.number == row.number, PaperNumber.item == row.item, Application.examinee_id != examinee)
        )
        for other in session.scalars(query.limit(MOST_SHOWN)):
            found.append((row.item, f"同一个{NUMBERS[row.item]}", other))
    return found


def _in_scope(session: Session, found: list[tuple[str, str, int]], by: Actor) -> list[Double]:
    wanted = {other for _, _, other in found}
    if not wanted:
        return []
    query = select(Application.id, Application.public_id).where(Application.id.in_(wanted), scope.applications(by))
    seen = {row.id: row.public_id for row in session.execute(query)}
    return [Double(item, words, seen.get(other, "")) for item, words, other in found]
