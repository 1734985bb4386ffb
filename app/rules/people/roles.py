"""Actors, staff roles and record states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

RECORD_STATES = ("在籍", "停考", "推迟毕业", "退学", "转出")

STAFF_ROLES = {
    "school_reviewer": "主考学校审核员",
    "school_lead": "主考学校负责人",
    "office_reviewer": "考办审核员",
    "finance": "财务",
    "admin": "管理员",
    "auditor": "审计员",
}
SCHOOL_ROLES = ("school_reviewer", "school_lead")  # bound to one 主考学校; a lead reviews and assigns


@dataclass(frozen=True, slots=True)
class Actor:
    """Author of a recorded act; `kind`: examinee, staff, gateway or system."""

    kind: str
    id: int | None
    label: str
    role: str = ""
    school_code: str = ""


SYSTEM = Actor("system", None, "系统")


class StaffRow(Protocol):
    """What a row of staff, or whoever speaks for one, says of its person."""

    @property
    def id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def school_code(self) -> str: ...


def staff_actor(person: StaffRow) -> Actor:
    """Return a member of staff as the author of an act."""
    return Actor("staff", person.id, person.name, person.role, person.school_code)
