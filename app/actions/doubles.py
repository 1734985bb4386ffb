"""Evidence used twice: the same file, the same picture saved again, or the same number on a paper under another examinee.

Nothing is decided here: both cases show it to their reviewers. What can be looked up is written at each submission
(`enter`), so drafts are never compared; a few index look-ups answer a page (`doubles_of`), also among millions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.models import Application, Evidence, PaperNumber, PicturePart
from app.rules.likeness import parts, same_picture
from app.rules.people import SYSTEM, Actor
from app.rules.steps import Item

NUMBERS = {
    "prior_degree.diploma_number": "毕业证书编号",
    "prior_degree.record_code": "在线验证码",
    "prior_degree.report_number": "报告编号",
}
COMMON = 60
"""A part of a fingerprint that more pictures share says nothing (a template's heading): it is left out."""
MOST_SHOWN = 10
MOST_COMPARED = 60
AT_ONCE = 48
"""Parts asked for in one statement: those of three papers."""
ABSENT = -1
# each part with a limit of its own, so that a common one costs no more than a rare one; built once, since building costs more than asking
_few = (
    select(PicturePart.part, PicturePart.evidence_id).where(PicturePart.part == bindparam(f"part{n}")).limit(COMMON + 1)
    for n in range(AT_ONCE)
)
_holders = union_all(*(select(*each.subquery().c) for each in _few))
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


def doubles_of(session: Session, application_id: int, by: Actor, pictures: Sequence[Any] | None = None) -> list[Double]:
    """What this submitted case shares with cases of other examinees; links only where `by` may see the other case.

    `pictures`: its submitted, current Evidence where the caller has read it already. Three statements without it two more.
    """
    mine = _mine(session, application_id)[0] if pictures is None else pictures
    owner = _owner(application_id)
    found: dict[Double, None] = {}
    for other in _alike(session, mine, owner, by):
        for row in mine:
            kind = _kind(row, other)
            if kind:
                found[Double(row.slot, kind, other.public_id if other.seen else "")] = None
    for number in _same_numbers(session, application_id, owner, by):
        words = f"同一个{NUMBERS[number.item]}"
        found[Double(number.item, words, number.public_id if number.seen else "")] = None
    return list(found)[:MOST_SHOWN]


def partners(session: Session, application_id: int) -> set[int]:
    """Cases of other examinees that this one shares something with."""
    mine, owner = _mine(session, application_id)
    pictures = {row.case for row in _alike(session, mine, owner, SYSTEM) if any(_kind(each, row) for each in mine)}
    return pictures | numbers_shared_with(session, application_id)


def numbers_shared_with(session: Session, application_id: int) -> set[int]:
    """The same by their numbers alone."""
    owner = _owner(application_id)
    return {row.case for row in _same_numbers(session, application_id, owner, SYSTEM)}


def _mine(session: Session, application_id: int) -> tuple[Sequence[Any], Any]:
    """This case's pictures, and whose it is."""
    query = select(Evidence.id, Evidence.slot, Evidence.sha256, Evidence.mark).where(
        Evidence.application_id == application_id, Evidence.submitted, Evidence.current
    )
    return session.execute(query).all(), _owner(application_id)


def _owner(application_id: int) -> Any:
    return select(Application.examinee_id).where(Application.id == application_id).scalar_subquery()


def _kind(mine: Any, other: Any) -> str:
    if mine.sha256 == other.sha256:
        return FILE
    return PICTURE if same_picture(mine.mark, other.mark) else ""


def _alike(session: Session, mine: Sequence[Any], owner: Any, by: Actor) -> Sequence[Any]:
    """Pictures of other examinees that are the same file, or share a rare part of the fingerprint."""
    if not mine:
        return []
    likely = _sharing(session, [part for row in mine for part in parts(row.mark)], {row.id for row in mine})
    query = (
        select(
            Evidence.sha256,
            Evidence.mark,
            Application.public_id,
            scope.applications(by).label("seen"),
            Application.id.label("case"),
        )
        .join(Application, Application.id == Evidence.application_id)
        .where(
            or_(Evidence.sha256.in_({row.sha256 for row in mine}), Evidence.id.in_(likely)),
            Evidence.submitted,
            Application.examinee_id != owner,
        )
        .limit(MOST_COMPARED)
    )
    return session.execute(query).all()


def _sharing(session: Session, wanted: list[int], own: set[int]) -> list[int]:
    """Pictures that share a part, those that share most first; a part that too many share is left out."""
    if not wanted:
        return []
    holders: dict[int, list[int]] = {}
    different = list(dict.fromkeys(wanted))
    for start in range(0, len(different), AT_ONCE):
        some = different[start : start + AT_ONCE]
        given = {f"part{n}": part for n, part in enumerate(some + [ABSENT] * (AT_ONCE - len(some)))}
        for row in session.execute(_holders, given):
            holders.setdefault(row.part, []).append(row.evidence_id)
    shared = Counter(ident for idents in holders.values() if len(idents) <= COMMON for ident in idents)
    return [ident for ident, _ in shared.most_common() if ident not in own][:MOST_COMPARED]


def _same_numbers(session: Session, application_id: int, owner: Any, by: Actor) -> Sequence[Any]:
    own = aliased(PaperNumber)
    query = (
        select(
            PaperNumber.item, Application.public_id, scope.applications(by).label("seen"), Application.id.label("case")
        )
        .join(own, and_(own.number == PaperNumber.number, own.item == PaperNumber.item))
        .join(Application, Application.id == PaperNumber.application_id)
        .where(own.application_id == application_id, Application.examinee_id != owner)
        .limit(MOST_SHOWN)
    )
    return session.execute(query).all()
