"""挂起/请示: whom one asks, and who may answer."""

from __future__ import annotations

from app.rules.people.roles import SCHOOL_ROLES

LEAD, OFFICE = "lead", "office"
ASKED = {LEAD: "主考学校负责人", OFFICE: "考办"}
LONGEST = 500  # characters of a question or an answer


def may_answer(asked: str, role: str) -> bool:
    """A lead answers what was asked of the lead; the office answers everything."""
    if role == "school_lead":
        return asked == LEAD
    return role not in SCHOOL_ROLES and role in ("office_reviewer", "admin")
