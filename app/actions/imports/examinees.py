"""Import 考生: one row per 准考证号; rows with one 证件号码 are one person.

A changed name is an update (names do change); a 准考证号 never moves to another person.
What the examinee confirmed (手机号码, 民族, 政治面貌) overrides the roster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.actions.imports.columns import EXAMINEES
from app.actions.imports.common import (
    ImportResult,
    Progress,
    Sheet,
    finish,
    in_order,
    read_sheet,
    refuse_repeats,
    refused,
    uncollected,
    upsert,
    work,
)
from app.actions.imports.corrected import corrected
from app.actions.imports.glyphs import warn_unprintable
from app.actions.imports.roster import (
    CONTACT,
    IDENTITY,
    NEW_PERSON,
    NEW_RECORD,
    PERSON,
    RECORD,
    check_codes,
    stored_people,
    stored_tickets,
)
from app.adapters.documents.tables import Table
from app.models import Examinee, Ticket
from app.rules.calendar import today
from app.rules.people.identity import RESIDENT, birth_date_of, id_problem, sex_of
from app.rules.people.privacy import mask_id
from app.rules.people.roles import Actor
from app.security.passwords import initial_mac

MOVED = (
    "这个准考证号属于另一个人（{name}，{number}），不能改到这个证件号码下。是证件号码登记错了，或者准考证号归错了人的："
    "在“考生”页打开那位考生，点“更正”；或者用命令 kaoji examinee correct、kaoji ticket correct"
)

PUT_RIGHT = ("报考学校代码", "报考专业代码", "计划版本")  # what a correction of a ticket changes


@uncollected()
def import_examinees(
    table: Table,
    *,
    by: Actor,
    on: datetime,
    file_name: str,
    secret: bytes,
    check: bool = False,
    progress: Progress = lambda rows: None,
) -> ImportResult:
    """Import all rows or none. `secret`: the instance's key, for initial passwords in the file."""
    sheet = read_sheet(table, EXAMINEES)
    if not sheet.columns:
        return refused("examinees", sheet)
    _check_numbers(sheet, on)
    warn_unprintable(sheet, "姓名")
    refuse_repeats(sheet, ("准考证号",), sheet.columns["准考证号"])
    people = _people(sheet)
    with work(check) as session:
        stored = stored_people(session, list(people), lock=not check)
        tickets = stored_tickets(session, sheet.columns["准考证号"])
        _refuse_moves(sheet, tickets)
        check_codes(session, sheet)
        if sheet.errors:
            return refused("examinees", sheet)
        return _write(session, sheet, people, stored, tickets, _Run(by, on, file_name, secret, check, progress))


@dataclass(frozen=True, slots=True)
class _Run:
    by: Actor
    on: datetime
    file_name: str
    secret: bytes
    check: bool
    progress: Progress


def _check_numbers(sheet: Sheet, on: datetime) -> None:
    """Check each distinct number's check digit and date; warn of contradicting columns.

    A wrong number is not compared with the ticket's person.
    """
    day_now = today(on)
    seen: dict[tuple[str, str], str | None] = {}
    sexes, births = sheet.column("性别"), sheet.column("出生日期")
    for index, (number, kind) in enumerate(zip(sheet.columns["证件号码"], sheet.column("证件类型"), strict=True)):
        if not number:
            continue
        key = (number, kind or RESIDENT)
        if key not in seen:
            seen[key] = id_problem(number, day_now, key[1])
        if problem := seen[key]:
            sheet.refuse(index, "证件号码", number, problem)
            sheet.columns["证件号码"][index] = None
            continue
        if births[index] and birth_date_of(number) not in (None, births[index]):
            sheet.warn(index, "出生日期", births[index], "与证件号码中的出生日期不同")
        if sexes[index] and sex_of(number) not in (None, sexes[index]):
            sheet.warn(index, "性别", sexes[index], "与证件号码中的性别不同")


def _people(sheet: Sheet) -> dict[str, dict[str, Any]]:
    """证件号码 -> the person's non-empty values. Rows of one person must agree on IDENTITY."""
    people: dict[str, dict[str, Any]] = {}
    lines: dict[tuple[str, str], int] = {}
    columns = {title: sheet.column(title) for title in (*PERSON, "初始密码")}
    for index, number in enumerate(sheet.columns["证件号码"]):
        if not number:
            continue
        said = people.setdefault(number, {})
        for title, values in columns.items():
            value = values[index]
            if value is None:
                continue
            if title in IDENTITY and said.get(title, value) != value:
                sheet.refuse(index, title, value, f"与第 {lines[number, title]} 行同一证件号码的{title}不同")
                continue
            said[title] = value
            lines.setdefault((number, title), sheet.lines[index])
    return people


def _refuse_moves(sheet: Sheet, tickets: Mapping[str, Row[Any]]) -> None:
    wrong = {error.row for error in sheet.errors if error.column == "证件号码"}
    for index, (ticket, number) in enumerate(zip(sheet.columns["准考证号"], sheet.columns["证件号码"], strict=True)):
        found = tickets.get(ticket)
        if found is not None and number and found.id_number != number and sheet.lines[index] not in wrong:
            sheet.refuse(index, "准考证号", ticket, MOVED.format(name=found.name, number=mask_id(found.id_number)))


def _write(
    session: Session,
    sheet: Sheet,
    people: dict[str, dict[str, Any]],
    stored: dict[str, Row[Any]],
    tickets: dict[str, Row[Any]],
    run: _Run,
) -> ImportResult:
    persons = {number: _person(number, said, stored.get(number), run) for number, said in people.items()}
    touched = {number for number, row in persons.items() if number not in stored or _differs(row, stored[number])}
    _point_out(sheet, stored)
    numbers, owners = sheet.columns["准考证号"], sheet.columns["证件号码"]
    records = {number: _record(sheet, index, tickets.get(number)) for index, number in enumerate(numbers)}
    owner_of = dict(zip(numbers, owners, strict=True))
    new = {number for number in records if number not in tickets}
    differing = {number for number, row in records.items() if number not in new and _differs(row, tickets[number])}
    _point_out_corrected(session, sheet, records, tickets)
    # changed: the record or its person; a person with two tickets counts on both rows
    changed = differing | {number for number in records if number not in new and owner_of[number] in touched}
    result = ImportResult(
        "examinees",
        len(new),
        len(changed),
        len(records) - len(new) - len(changed),
        warnings=in_order(sheet.warnings),
        checked_only=run.check,
    )
    run.progress(len(records))
    if run.check:
        return result
    changes = [{**row, "created_at": run.on} for number, row in persons.items() if number in touched]
    upsert(session, _table(Examinee), ("id_number",), changes, keep=("created_at",))
    writes = [number for number in records if number in new or number in differing]
    ids = stored_people(session, list({owner_of[number] for number in writes}), lock=False)
    rows = [{**records[number], "examinee_id": ids[owner_of[number]].id} for number in writes]
    upsert(session, _table(Ticket), ("number",), rows, keep=("examinee_id",))
    return finish(session, on=run.on, by=run.by, result=result, file_name=run.file_name, extra={"people": len(touched)})


def _table(model: Any) -> Any:
    return model.__table__


def _person(number: str, said: dict[str, Any], found: Row[Any] | None, run: _Run) -> dict[str, Any]:
    """The person's new row. Sex and birthday default to the ID number's."""
    row = {
        "id_number": number,
        **{name: getattr(found, name) if found else value for name, value in NEW_PERSON.items()},
    }
    confirmed = found is not None and found.contact_confirmed_at is not None
    for title, name in PERSON.items():
        if title in said and not (confirmed and name in CONTACT and row[name]):
            row[name] = said[title]
    if row["id_type"] == RESIDENT:
        row["sex"] = row["sex"] or sex_of(number) or ""
        row["birth_date"] = row["birth_date"] or birth_date_of(number)
    if "初始密码" in said and (found is None or found.activated_at is None):
        row["initial_mac"] = initial_mac(run.secret, number, said["初始密码"])
    return row


def _record(sheet: Sheet, index: int, found: Row[Any] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"number": sheet.columns["准考证号"][index]}
    for title, name in RECORD.items():
        value = sheet.column(title)[index]
        row[name] = value if value is not None else (getattr(found, name) if found else NEW_RECORD[name])
    return row


def _differs(row: dict[str, Any], found: Row[Any]) -> bool:
    return any(getattr(found, name) != value for name, value in row.items())


def _point_out_corrected(
    session: Session, sheet: Sheet, records: Mapping[str, Mapping[str, Any]], tickets: Mapping[str, Row[Any]]
) -> None:
    """Warn where the file puts back school, major or version of a ticket that the office corrected."""
    put_right = corrected(session, "ticket.corrected")
    for index, number in enumerate(sheet.columns["准考证号"]):
        told = put_right.get((number or "", "", ""))
        for title in PUT_RIGHT if number in tickets else ():
            name = RECORD[title]
            if told and records[number][name] != getattr(tickets[number], name):
                sheet.warn(index, title, records[number][name], told)


def _point_out(sheet: Sheet, stored: dict[str, Row[Any]]) -> None:
    """Warn of changed names, phone numbers not taken over, and unused passwords."""
    names, phones, passwords = sheet.columns["姓名"], sheet.column("手机号码"), sheet.column("初始密码")
    for index, number in enumerate(sheet.columns["证件号码"]):
        found = stored.get(number)
        if found is None:
            continue
        if found.name != names[index]:
            sheet.warn(index, "姓名", names[index], f"姓名由“{found.name}”改为“{names[index]}”")
        if found.contact_confirmed_at and phones[index] and found.phone and found.phone != phones[index]:
            sheet.warn(index, "手机号码", phones[index], "考生本人后来确认过手机号码，保留考生确认的")
        if passwords[index] and found.activated_at:
            sheet.warn(index, "初始密码", "", "考生已设置自己的密码，初始密码不再使用")
