"""The roster in the database: columns, defaults of new rows, stored rows, codes of schools and majors."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.actions.imports.common import Sheet, chunks
from app.models import Examinee, PlanRow, School, Ticket
from app.rules.people.identity import RESIDENT
from app.rules.people.roles import RECORD_STATES

PERSON = {
    "证件类型": "id_type",
    "姓名": "name",
    "性别": "sex",
    "出生日期": "birth_date",
    "民族": "nation",
    "政治面貌": "political_status",
    "手机号码": "phone",
}
RECORD = {
    "考籍状态": "status",
    "状态截止日期": "status_until",
    "注册日期": "registered_on",
    "报考专业代码": "major_code",
    "报考学校代码": "school_code",
    "计划版本": "plan_version",
    "已毕业专业代码": "graduated_majors",
}
IDENTITY = ("证件类型", "姓名", "性别", "出生日期")  # equal in all rows of one person
CONTACT = ("nation", "political_status", "phone")
NEW_PERSON = {
    "id_type": RESIDENT,
    "name": "",
    "sex": "",
    "birth_date": None,
    "nation": "",
    "political_status": "",
    "phone": "",
    "initial_mac": None,
}
NEW_RECORD = {
    "status": RECORD_STATES[0],
    "status_until": None,
    "registered_on": None,
    "major_code": "",
    "school_code": "",
    "plan_version": "",
    "graduated_majors": "",
}

_PERSON_COLUMNS = (
    Examinee.id,
    Examinee.id_number,
    *(getattr(Examinee, name) for name in NEW_PERSON),
    Examinee.contact_confirmed_at,
    Examinee.activated_at,
)


def stored_people(session: Session, numbers: list[str], *, lock: bool) -> dict[str, Row[Any]]:
    """证件号码 -> person. `lock`: blocks confirming contact data before the write (PostgreSQL)."""
    query = select(*_PERSON_COLUMNS)
    if lock:
        query = query.with_for_update()
    return {
        row.id_number: row
        for part in chunks(sorted(numbers))
        for row in session.execute(query.where(Examinee.id_number.in_(part)))
    }


def stored_tickets(session: Session, numbers: list[str | None]) -> dict[str, Row[Any]]:
    """准考证号 -> ticket with its person's 证件号码 and name."""
    of_person = (Examinee.id_number, Examinee.name)
    columns = (Ticket.number, Ticket.examinee_id, *(getattr(Ticket, name) for name in NEW_RECORD), *of_person)
    query = select(*columns).join(Examinee, Examinee.id == Ticket.examinee_id)
    return {
        row.number: row
        for part in chunks([number for number in numbers if number])
        for row in session.execute(query.where(Ticket.number.in_(part)))
    }


def check_codes(session: Session, sheet: Sheet) -> None:
    """Refuse codes that lost a zero, as the one with it is known; tell what nobody knows (school, major, version), once each."""
    schools = set(session.scalars(select(School.code)))
    plans = {(row.major_code, row.version) for row in session.execute(select(PlanRow.major_code, PlanRow.version))}
    majors = {major for major, _ in plans}
    for title, known in (("报考学校代码", schools), ("报考专业代码", majors)):
        places: dict[str, list[int]] = {}
        for index, code in enumerate(sheet.column(title)):
            if code and code not in known:
                places.setdefault(code, []).append(index)
        for code, indices in places.items():
            whole = next((longer for zeros in (1, 2, 3) if (longer := "0" * zeros + code) in known), "")
            if whole:
                for index in indices:
                    sheet.refuse(
                        index, title, code, f"开头的 0 可能被表格去掉了，是不是 {whole}？请把这一列设为文本，再填一次"
                    )
            elif title == "报考学校代码":
                sheet.warn(indices[0], title, code, f"没有这个学校代码{_rows(indices)}：请核对，或先导入学校")
            else:
                sheet.warn(indices[0], title, code, f"没有这个专业的计划{_rows(indices)}：请核对，或先导入专业计划")
    _tell_versions(sheet, plans)


def _tell_versions(sheet: Sheet, plans: set[tuple[str, str]]) -> None:
    """Tell the versions that no plan of the row's major has, once each; a major that nobody knows is told as such."""
    majors, versions = {major for major, _ in plans}, {version for _, version in plans}
    places: dict[tuple[str, str], list[int]] = {}
    for index, (major, version) in enumerate(zip(sheet.column("报考专业代码"), sheet.column("计划版本"), strict=True)):
        known = (major, version) in plans if major else version in versions
        if version and not known and (not major or major in majors):
            places.setdefault((major or "", version), []).append(index)
    for (major, version), indices in places.items():
        of_major = f"专业 {major} " if major else ""
        words = f"{of_major}没有这个版本的计划{_rows(indices)}：请核对，或先导入这一版；考生不能选它，毕业预测也不按它"
        sheet.warn(indices[0], "计划版本", version, words)


def _rows(indices: list[int]) -> str:
    return f"，共 {len(indices)} 行" if len(indices) > 1 else ""
