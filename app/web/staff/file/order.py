"""Order of a file: what needs eyes first, what the office itself holds last and folded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from app.web.staff.file.evidence_notes import Note
from app.web.staff.file.first_stage import FirstStage
from app.web.staff.file.query import CODE, File, Row
from app.web.staff.file.status import FileStatus
from app.wizard.service import service_for


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading. `folded`: closed when the page opens, unless a finding or an error is in it."""

    key: str  # changed, marked, courses, unchanged, held, or of a step
    title: str
    rows: tuple[Row, ...]
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture in the viewer. `typed`: values to compare (item key, label, value, copyable); `before`: the one replaced."""

    anchor: str
    label: str
    url: str
    typed: tuple[tuple[str, str, str, bool], ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """`before`: sections above the verdict of the plan; `after`: those below it; `held`: of the office."""

    before: tuple[Section, ...]
    after: tuple[Section, ...]
    held: Section
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What is known from earlier reviews: items changed or returned since, how many are gone, what the office doubts.

    `known`: the stage looked at the file before, so that the rest folds away.
    """

    known: bool = False
    changed: frozenset[str] = frozenset()
    gone: int = 0
    doubted: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()
    first: FirstStage | None = None


def order(
    file: File,
    status: FileStatus,
    notes: Mapping[str, Sequence[Note]],
    first: FirstStage | None,
    values: Mapping[str, str],
    wrong: Collection[str],
) -> Order:
    """Sort the rows. A resubmission begins with 本次改动, and what is as before folds away for who looked at it then.
    `values`: fields of the review; `wrong`: names of fields with errors.
    """
    earlier = Earlier(file.known, _touched(file, status), len(status.gone), status.doubted, status.unseen, first)
    return _ordered(file, earlier, notes, values, wrong, again=file.before is not None)


def blind_order(
    file: File, notes: Mapping[str, Sequence[Note]], values: Mapping[str, str], wrong: Collection[str]
) -> Order:
    """The same order for a second look, from which nothing can be read of what anybody found before."""
    return _ordered(file, Earlier(), notes, values, wrong, again=False)


def _ordered(
    file: File,
    earlier: Earlier,
    notes: Mapping[str, Sequence[Note]],
    values: Mapping[str, str],
    wrong: Collection[str],
    *,
    again: bool,
) -> Order:
    rows = [row for group in file.groups for row in group.rows]
    changed = [row for row in rows if row.key in earlier.changed]
    eyes = {row.key for row in rows if row.key in earlier.doubted or _marked(row, notes, earlier.first)}
    marked = [row for row in rows if row not in changed and row.key in eyes]
    rest = [row for row in rows if row not in changed and row not in marked]
    courses = service_for(file.application.service).reasons.courses
    of_courses = [row for row in rest if _step(row.key) == courses]
    held = [row for row in rest if row.held and row not in of_courses]
    others = [row for row in rest if row not in of_courses and row not in held]
    lines = len(changed) + earlier.gone
    must = _must_be_seen(rows, values, wrong) | earlier.unseen
    before = [
        Section("changed", f"本次改动（{lines}）", tuple(changed)) if again else None,
        Section("marked", "要先看的", tuple(marked)),
    ]
    if any(row.key in earlier.doubted for row in marked):  # the office asks for these
        before.reverse()
    if lines and earlier.known:
        same = Section("unchanged", f"没有改动的 {len(of_courses + others)} 项", (*of_courses, *others), True)
        after = [_opened(same, must)]
    else:
        steps = {_step(row.key): "" for row in others}
        seen = [key for key in steps if any(row.picture for row in others if _step(row.key) == key)]
        titles = {group.key: group.title for group in file.groups}
        parts = {key: Section(key, titles[key], tuple(row for row in others if _step(row.key) == key)) for key in steps}
        before += [parts.pop(key) for key in seen]
        before.append(Section("courses", titles.get(courses, ""), tuple(of_courses)))
        after = list(parts.values())
    kept = _opened(Section("held", "考办已有的内容", tuple(held), True), must)
    return Order(_filled(before), _filled(after), kept, pictures_of(file, (earlier.changed, eyes), beside=again))


def _touched(file: File, status: FileStatus) -> frozenset[str]:
    """Return the items that returns named since the submission it is compared with, and those changed or explained since."""
    since = range(file.before.number, file.submission.number) if file.before else ()
    returns = [each for each in file.rounds if each.decision == "return" and each.number in since and not each.revoked]
    return frozenset(status.changed).union(key for each in returns for key, _ in each.items)


def pictures_of(file: File, eyes: Sequence[Collection[str]] = (), *, beside: bool = False) -> tuple[Picture, ...]:
    """Return the pictures with what is read from each; `beside`: with the ones they replaced.

    `eyes`: keys of items that need eyes, the most needed set first; their pictures come first. The picture's name is cut from labels (毕业证书编号: 编号).
    """
    read_from = service_for(file.application.service).proofs.read_from
    items = file.submission.content.items
    before = {item.key: item for item in (file.before.content.items if file.before else ())}
    found = []
    for item in items:
        if not item.evidence:
            continue
        old = before.get(item.key, item)
        typed = [each for each in items if read_from.get(each.key) == item.key and each.value]
        name = item.label.removesuffix("照片")
        picture = Picture(
            f"picture-{item.evidence}",
            item.label,
            f"/evidence/{item.evidence}",
            tuple(
                (each.key, each.label.removeprefix(name), each.value, bool(CODE.fullmatch(each.value)))
                for each in typed
            ),
            f"/evidence/{old.evidence}" if beside and old.evidence and old.sha256 != item.sha256 else "",
        )
        of_it = {item.key, *(each.key for each in typed)}
        rank = next((number for number, keys in enumerate(eyes) if not of_it.isdisjoint(keys)), len(eyes))
        found.append((rank, picture))
    return tuple(picture for _, picture in sorted(found, key=lambda each: each[0]))


def _marked(row: Row, notes: Mapping[str, Sequence[Note]], first: FirstStage | None) -> bool:
    said = first.items.get(row.key) if first else None
    return any(note.tone != "ok" for note in notes.get(row.key, ())) or bool(said and not said.ok)


def _step(key: str) -> str:
    return key.partition(".")[0]


def _filled(sections: Iterable[Section | None]) -> tuple[Section, ...]:
    return tuple(each for each in sections if each and (each.rows or each.key == "changed"))


def _must_be_seen(rows: Iterable[Row], values: Mapping[str, str], wrong: Collection[str]) -> set[str]:
    """Return the keys of items marked as returned or with an error."""
    return {
        row.key
        for row in rows
        if values.get(f"verdict.{row.key}") == "return"
        or any(f"{field}.{row.key}" in wrong for field in ("verdict", "reason"))
    }


def _opened(section: Section, must: Collection[str]) -> Section:
    """Open it where something in it must be seen."""
    return replace(section, folded=not any(row.key in must for row in section.rows))
