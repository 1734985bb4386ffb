"""Export lists to files, within scope and row by row, with an audit row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, select

from app.actions import scope
from app.actions.audit import Unreadable, record
from app.actions.exports.audit import AUDIT, cells_of, rows_of
from app.actions.exports.kinds import kinds, selected
from app.actions.exports.sums import Summed
from app.actions.lists import Column, Kind
from app.actions.services import purposes, title_of, unknown_service
from app.adapters.documents.lists import EXPORTER, PURPOSE, TAKEN, write_list
from app.extensions import db
from app.models import Application, AuditEvent, PlanRow, School, Staff, Window
from app.models.base import transaction
from app.rules.audit_words import ACTION, ACTOR, GROUPS
from app.rules.calendar import moment
from app.rules.people.roles import STAFF_ROLES, Actor
from app.rules.refusals import Invalid, NotAllowed
from app.rules.review.lifecycle import State

LONGEST_REASON = 100
CHUNK = 2000  # rows fetched at a time
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Carried:
    """A filter of another page, such as the queue's: its label, its words, its conditions on applications."""

    label: str
    words: str
    conditions: tuple[ColumnElement[bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Filters of an export; empty is everything. Times aware UTC, half-open [since, until).

    `files`: public ids of applications chosen one by one. `q`: a search, for lists that have one. `actor` (id of a
    member of staff) and `action` (how its name begins, such as `order.`): of acts.
    """

    window: str = ""
    school: str = ""
    major: str = ""
    state: str = ""
    since: datetime | None = None
    until: datetime | None = None
    files: tuple[str, ...] = ()
    service: str = ""
    q: str = ""
    actor: str = ""
    action: str = ""
    carried: tuple[Carried, ...] = ()


def kind_for(key: str, by: Actor) -> Kind:
    """The kind, if the person may export it; else NotAllowed."""
    kind = kinds()[key]
    if by.kind == "staff" and by.role not in kind.roles:
        raise NotAllowed("你没有导出这份名单的权限。")
    return kind


def narrow(query: Select[Any], kind: Kind, narrowed: Narrowed, by: Actor, on: datetime) -> Select[Any]:
    """Apply scope and filters as of a moment. Raises Invalid for an unfit filter."""
    if by.kind == "staff" and kind.key != "audit":
        query = query.where(scope.applications(by) if kind.of_cases else scope.orders(by))
    query = _by_act(query, narrowed) if kind.key == "audit" else _by_case(query, narrowed)
    if kind.service:
        query = query.where(Application.service == kind.service)
    state = _state(kind, narrowed.state) if narrowed.state else ""
    if kind.in_state:
        query = query.where(kind.in_state(state, on))
    elif state:
        query = query.where(Application.state == state)
    if narrowed.q and kind.find:
        query = query.where(kind.find(narrowed.q))
    if narrowed.since:
        query = query.where(kind.at >= narrowed.since)
    return query.where(kind.at < narrowed.until) if narrowed.until else query


def _by_act(query: Select[Any], narrowed: Narrowed) -> Select[Any]:
    if _is_number(narrowed.actor):
        query = query.where(AuditEvent.actor_kind == "staff", AuditEvent.actor_id == int(narrowed.actor))
    if narrowed.action:
        after = narrowed.action[:-1] + chr(ord(narrowed.action[-1]) + 1)
        query = query.where(AuditEvent.action >= narrowed.action, AuditEvent.action < after)
    return query


def _by_case(query: Select[Any], narrowed: Narrowed) -> Select[Any]:
    query = query.where(*(condition for each in narrowed.carried for condition in each.conditions))
    if narrowed.files:
        query = query.where(Application.public_id.in_(narrowed.files))
    if narrowed.service:
        if problem := unknown_service(narrowed.service):
            raise Invalid("service", problem)
        query = query.where(Application.service == narrowed.service)
    if narrowed.window:
        if not _is_number(narrowed.window):
            raise Invalid("window", "办理时间应为它的编号")
        query = query.where(Application.window_id == int(narrowed.window))
    if narrowed.school:
        query = query.where(Application.school_code == narrowed.school)
    return query.where(Application.major_code == narrowed.major) if narrowed.major else query


def _state(kind: Kind, state: str) -> str:
    cases = tuple(each.value for each in State if each is not State.DRAFT)
    known = tuple(key for key, _ in kind.states) if kind.in_state else cases
    if kind.key == "audit" or state not in known:
        raise Invalid(
            "state", f"没有这个状态：{state}" + (f"（可用 {'、'.join(known)}）" if kind.key != "audit" else "")
        )
    return state


def reason_problem(reason: str) -> str | None:
    """Error text for 用途, which staff must give for each list (security.md AC-41), or None."""
    if len(reason) < 2:
        return "请写明导出的用途，例如“报考办备案”"
    return f"用途最多 {LONGEST_REASON} 个字，现在是 {len(reason)} 个" if len(reason) > LONGEST_REASON else None


def count(key: str, narrowed: Narrowed, *, by: Actor, on: datetime) -> int:
    """Number of rows of the export."""
    kind = kind_for(key, by)
    query = narrow(kind.base(select(kind.order)), kind, narrowed, by, on)
    return db.session.scalar(select(func.count()).select_from(query.subquery())) or 0


def rows(kind: Kind, columns: list[Column], narrowed: Narrowed, by: Actor, on: datetime) -> Iterator[list[Any]]:
    """Cells of each row, fetched in chunks of CHUNK."""
    query = narrow(selected(kind, columns), kind, narrowed, by, on)
    shown = [(place, show) for place, column in enumerate(columns) if (show := column.shown(by))]

    def cells(row: Row[Any]) -> list[Any]:
        found = list(row)
        for place, show in shown:
            if found[place] is not None:
                found[place] = show(found[place])
        return ["" if cell is None else cell for cell in found] if None in found else found

    # plain rows from the connection: the session would search each for mapped objects
    connection = db.session.connection()
    if kind.key != AUDIT.key:
        yield from map(cells, connection.execute(query.execution_options(yield_per=CHUNK), {"on": on}))
        return
    for act in rows_of(connection, query, selected(kind, columns), cells, CHUNK):
        yield cells_of(act, columns) if isinstance(act, Unreadable) else act


def export(
    key: str,
    path: Path,
    *,
    narrowed: Narrowed,
    columns: list[str] | None,
    by: Actor,
    on: datetime,
    reason: str = "",
    progress: Progress = lambda count: None,
) -> int:
    """Write the list to `path` (.xlsx or .csv), all or nothing, and its audit row; return the number of rows.

    Raises NotAllowed, Invalid (a filter), BadTable (the file).
    """
    kind = kind_for(key, by)
    chosen = kind.chosen(columns)
    header = [column.title for column in chosen]
    found, notes = (
        Summed(chosen, rows(kind, chosen, narrowed, by, on), kind.income),
        _notes(kind, narrowed, reason, by, on),
    )
    if (
        by.kind != "staff" and path.suffix.lower() == ".csv"
    ):  # whoever holds the server's keys, for programs that read it
        notes = []
    sums = (found.header, found.lines()) if found.header else None
    number = write_list(path, kind.title, header, found, notes=notes, sums=sums, progress=progress)
    form = path.suffix.lstrip(".").lower()
    note(kind, number, narrowed, [column.key for column in chosen], form, by=by, on=on, reason=reason)
    return number


def _notes(kind: Kind, narrowed: Narrowed, reason: str, by: Actor, on: datetime) -> list[tuple[str, str]]:
    """Exporter, time, purpose and filter: a separate sheet of the workbook (security.md SR-35)."""
    narrowing = "；".join(f"{name} {value}" for name, value in in_words(kind, narrowed).items()) or "无"
    return [
        ("名单", kind.title),
        *taken(by, on, reason),
        ("筛选", narrowing),
        ("提醒", f"含个人信息，仅供{purposes()}使用，用完请删除。"),
    ]


def taken(by: Actor, on: datetime, reason: str = "") -> list[tuple[str, str]]:
    """Return who took a list, when and what for, as its 导出说明 says."""
    who = f"{by.label}（{STAFF_ROLES[by.role]}）" if by.role in STAFF_ROLES else by.label
    return [(EXPORTER, who), (TAKEN, moment(on)), (PURPOSE, reason or "未说明")]


def in_words(kind: Kind, narrowed: Narrowed) -> dict[str, str]:
    """The filters as the file's 导出说明 and its audit row name them: label -> words, codes with their names."""
    found = {}
    if narrowed.files:
        found["所选"] = f"{len(narrowed.files)} 件"
    found |= codes_in_words(narrowed.service, narrowed.window, narrowed.school, narrowed.major)
    if narrowed.state:
        found["状态"] = dict(kind.states).get(narrowed.state, narrowed.state)
    found |= {each.label: each.words for each in narrowed.carried}
    found |= acts_in_words(narrowed.actor, narrowed.action)
    if narrowed.q:
        found["查找"] = f"“{narrowed.q}”"
    if narrowed.since:
        found[f"{kind.dated}从"] = moment(narrowed.since)
    if narrowed.until:
        found[f"{kind.dated}到"] = f"{moment(narrowed.until)}（不含）"
    return found


def codes_in_words(service: str, window: str, school: str, major: str) -> dict[str, str]:
    """These filters, where set, with their names: label -> words."""
    found = {}
    if service:
        found["业务"] = title_of(service)
    if window:
        number = int(window) if _is_number(window) else 0
        found["办理时间"] = db.session.scalar(select(Window.name).where(Window.id == number)) or window
    if school:
        named = db.session.scalar(select(School.name).where(School.code == school))
        found["主考学校"] = f"{school} {named or ''}".strip()
    if major:
        named = db.session.scalar(select(PlanRow.name).where(PlanRow.major_code == major).limit(1))
        found["专业"] = f"{major} {named or ''}".strip()
    return found


def acts_in_words(actor: str, action: str) -> dict[str, str]:
    """Whose acts and which, where chosen: label -> words."""
    found = {}
    if actor:
        number = int(actor) if _is_number(actor) else 0
        found[ACTOR] = db.session.scalar(select(Staff.name).where(Staff.id == number)) or actor
    if action:
        found[ACTION] = GROUPS.get(action, action)
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10


def note(
    kind: Kind, number: int, narrowed: Narrowed, columns: list[str], form: str, *, by: Actor, on: datetime, reason: str
) -> None:
    """Write the audit row of an export."""
    said = {"reason": reason} if reason else {}
    with transaction() as session:
        record(
            session,
            on=on,
            by=by,
            action=f"export.{kind.key}",
            subject="export",
            subject_id=None,
            detail={"count": number, "filter": in_words(kind, narrowed), "columns": columns, "form": form, **said},
        )
