"""Evidence used twice: the same file, a resaved picture, or a paper's number under another examinee.

Reviewers of both cases see it; nothing is decided here. Lookup rows are written at submission (`enter`), so drafts are
never compared; a page (`doubles_of`) needs a few index look-ups, also among millions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, func, insert, literal, select, union, union_all
from sqlalchemy.orm import Session, aliased

from app.actions import scope
from app.actions.services import personal_numbers
from app.models import Application, Evidence, PaperNumber, PicturePart
from app.models.prepared import Prepared
from app.rules.evidence.fingerprint import parts, same_picture
from app.rules.people.roles import SYSTEM, Actor
from app.rules.submission import Item

COMMON = 60
"""A fingerprint part shared by more pictures (a template's heading) is ignored."""
MOST_SHOWN = 10
MOST_COMPARED = 60
MOST_OWN = 8  # pictures of one case
AT_ONCE = 48
"""Fingerprint parts in one statement: those of three papers."""
ABSENT = -1
FILE, PICTURE = "同一个文件", "同一张图片（重新保存过）"


@dataclass(frozen=True, slots=True)
class Double:
    """Evidence shared with another examinee's case. `public_id` is empty when that case is out of scope."""

    item: str  # item key; for a picture, its slot
    kind: str  # in words: 同一个文件 …
    public_id: str


def enter(session: Session, application_id: int, items: Iterable[Item]) -> None:
    """Write the lookup rows of a case in the submission's transaction."""
    session.execute(delete(PaperNumber).where(PaperNumber.application_id == application_id))
    numbers = personal_numbers()
    for item in items:
        if item.key in numbers and item.value:
            session.add(PaperNumber(application_id=application_id, item=item.key, number=item.value.upper()[:40]))
    rows = session.execute(
        select(Evidence.id, Evidence.fingerprint).where(
            Evidence.application_id == application_id,
            Evidence.current,
            ~select(PicturePart.evidence_id).where(PicturePart.evidence_id == Evidence.id).exists(),
        )
    ).all()
    found = [{"part": part, "evidence_id": row.id} for row in rows for part in set(parts(row.fingerprint))]
    if found:
        session.execute(insert(PicturePart), found)


def doubles_of(session: Session, application_id: int, by: Actor, pictures: Sequence[Any] | None = None) -> list[Double]:
    """What this submitted case shares with other examinees' cases; links only to those `by` may see.

    `pictures`: its submitted, current Evidence if already read: one statement, else two.
    """
    mine = _mine(session, application_id) if pictures is None else pictures
    found: dict[Double, None] = {}
    numbers = personal_numbers()
    for other in _shared(session, application_id, mine, by):
        public_id = other.public_id if other.seen else ""
        if other.item:
            found[Double(other.item, f"同一个{numbers.get(other.item, '号码')}", public_id)] = None
            continue
        for row in mine:
            kind = _kind(row, other)
            if kind:
                found[Double(row.slot, kind, public_id)] = None
    return list(found)[:MOST_SHOWN]


def partners(session: Session, application_id: int) -> set[int]:
    """Other examinees' cases that share evidence with this one."""
    mine = _mine(session, application_id)
    shared = _shared(session, application_id, mine, SYSTEM)
    return {row.case for row in shared if row.item or any(_kind(each, row) for each in mine)}


def numbers_shared_with(session: Session, application_id: int) -> set[int]:
    """Other examinees' cases that share a number with this one."""
    return {row.case for row in session.execute(_same_numbers(SYSTEM), {"application": application_id})}


def _mine(session: Session, application_id: int) -> Sequence[Any]:
    query = select(Evidence.id, Evidence.slot, Evidence.sha256, Evidence.fingerprint).where(
        Evidence.application_id == application_id, Evidence.submitted, Evidence.current
    )
    return session.execute(query).all()


def _kind(mine: Any, other: Any) -> str:
    if mine.sha256 == other.sha256:
        return FILE
    return PICTURE if same_picture(mine.fingerprint, other.fingerprint) else ""


def _shared(session: Session, application_id: int, mine: Sequence[Any], by: Actor) -> Sequence[Any]:
    """Other examinees' papers with a number of this case (`item` set), and pictures to compare."""
    if not mine:
        return session.execute(_same_numbers(by), {"application": application_id}).all()
    wanted = list(dict.fromkeys(part for row in mine[:MOST_OWN] for part in parts(row.fingerprint)))
    blocks = -(-len(wanted) // AT_ONCE)
    given: dict[str, Any] = {"application": application_id}
    given |= {f"part{n}": part for n, part in enumerate(_padded(wanted, blocks * AT_ONCE, ABSENT))}
    given |= {f"own{n}": ident for n, ident in enumerate(_padded([row.id for row in mine], MOST_OWN, ABSENT))}
    given |= {f"file{n}": sha256 for n, sha256 in enumerate(_padded([row.sha256 for row in mine], MOST_OWN, ""))}
    return _ask(by.role, by.school_code, blocks)(session, **given)


def _padded(values: list[Any], size: int, filling: Any) -> list[Any]:
    return (values + [filling] * size)[:size]


@lru_cache(maxsize=128)
def _ask(role: str, school_code: str, blocks: int) -> Prepared:
    """One statement for everything per scope, cached: building costs ten times running."""
    by = Actor("staff", None, "", role, school_code)
    alike = _alike(by, blocks).subquery()
    return Prepared(union_all(select(*alike.c), select(*_same_numbers(by).subquery().c)))


def _alike(by: Actor, blocks: int) -> Select[*tuple[Any, ...]]:
    """Other examinees' pictures with the same file or a rare fingerprint part."""
    files = select(Evidence.id.label("evidence_id")).where(
        Evidence.sha256.in_([bindparam(f"file{n}") for n in range(MOST_OWN)])
    )
    likely = [files.limit(MOST_COMPARED), *([_sharing(blocks * AT_ONCE)] if blocks else [])]
    ids = union(*(select(each.subquery().c.evidence_id) for each in likely)).subquery()
    return (
        select(
            literal("").label("item"),
            Evidence.sha256,
            Evidence.fingerprint.label("fingerprint"),
            Application.public_id,
            scope.applications(by).label("seen"),
            Application.id.label("case"),
        )
        .join(ids, ids.c.evidence_id == Evidence.id)
        .join(Application, Application.id == Evidence.application_id)
        .where(Evidence.submitted, Application.examinee_id != _owner())
        .limit(MOST_COMPARED)
    )


def _sharing(number: int) -> Select[*tuple[Any, ...]]:
    """Ids of pictures sharing a part, most shared first, without too common parts.

    Each part has its own limit, so that a common one costs no more than a rare one.
    """
    few = (
        select(PicturePart.part, PicturePart.evidence_id).where(PicturePart.part == bindparam(f"part{n}"))
        for n in range(number)
    )
    holders = union_all(*(select(*each.limit(COMMON + 1).subquery().c) for each in few)).cte("holders")
    rare = select(holders.c.part).group_by(holders.c.part).having(func.count() <= COMMON)
    own: list[Any] = [bindparam(f"own{n}") for n in range(MOST_OWN)]
    return (
        select(holders.c.evidence_id)
        .where(holders.c.part.in_(rare), holders.c.evidence_id.not_in(own))
        .group_by(holders.c.evidence_id)
        .order_by(func.count().desc(), holders.c.evidence_id)
        .limit(MOST_COMPARED)
    )


def _same_numbers(by: Actor) -> Select[*tuple[Any, ...]]:
    own = aliased(PaperNumber)
    return (
        select(
            PaperNumber.item,
            literal("").label("sha256"),
            literal("").label("fingerprint"),
            Application.public_id,
            scope.applications(by).label("seen"),
            Application.id.label("case"),
        )
        .join(own, and_(own.number == PaperNumber.number, own.item == PaperNumber.item))
        .join(Application, Application.id == PaperNumber.application_id)
        .where(own.application_id == bindparam("application"), Application.examinee_id != _owner())
        .limit(MOST_SHOWN)
    )


def _owner() -> Any:
    return select(Application.examinee_id).where(Application.id == bindparam("application")).scalar_subquery()
