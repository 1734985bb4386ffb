"""Applications of one ticket that cannot both become a graduation: of one major, or counting the same courses (domain.md §1.8)."""

from __future__ import annotations

from typing import NamedTuple

GRADUATED = "graduated"  # the ticket has graduated in this major by the other
USED = "used"  # the other has graduated on courses that this one counts
TWIN = "twin"  # the other is under way or approved in this major
SHARED = "shared"  # the other is approved and counts the same courses
STOPS = (GRADUATED, USED)
"""With these it is neither passed nor paid nor completed; the rest is 待核 before a pass."""

REFUSED = {
    GRADUATED: "这个准考证号已经在本专业毕业，不能再次办理。",
    USED: "课程已用于另一毕业，待考办处理。",
}
"""Why an act is refused, for whoever asked for it."""
MARKS = {GRADUATED: "本专业已毕业", USED: "课程已用于另一毕业", TWIN: "本专业另有申请", SHARED: "课程与另一申请重复"}
"""In lists of staff."""
FOR_STAFF = {
    GRADUATED: "这个准考证号已用另一项申请在本专业毕业：这一项不能通过，也不收费",
    USED: "这一项计入的课程已用于另一毕业：不能通过，也不收费。请退回“学分与课程”，考生重新提交后按还能计入的课程计算；已经审核通过的，先撤销决定",
    TWIN: "同一准考证号在本专业另有一项申请正在办理或已审核通过，只有一项能办结",
    SHARED: "另一项已审核通过的申请也计入了这里的课程，同一门课程不能用于两个毕业：先办结的用去课程，另一项就不能缴费",
}
TWICE = "这一项和另一项办结的申请计入了同样的课程，同一门课程不能用于两个毕业：请核对，撤销其中一项的办结"
"""For staff, of two that are completed."""
FOR_EXAMINEE = {
    GRADUATED: ("这项申请不再办理，也不用缴费。", "你已用另一项申请在本专业毕业。"),
    USED: ("这项申请现在不能缴费，待考办处理。", "它计入的课程已用于你的另一项毕业申请，同一门课程不能用于两个毕业。"),
}
"""What is so, and why."""
MESSAGES = {
    GRADUATED: "这一项不再办理，不用缴费：你的另一项申请已经办结，已在本专业毕业。",
    USED: "这一项现在不能办结，不用缴费：课程已用于你的另一项毕业申请，待考办处理。有疑问请联系主考学校或考办。",
}
"""站内消息 when the other is completed."""
FREED = "这一项可以继续办理，请查看办理进度：你的另一项申请的办结已经撤销。"
"""站内消息 when the other no longer stands in the way."""


class Clash(NamedTuple):
    """`public_id`: of the other application."""

    kind: str
    public_id: str

    @property
    def stops(self) -> bool:
        return self.kind in STOPS

    @property
    def mark(self) -> str:
        return MARKS[self.kind]

    @property
    def for_staff(self) -> str:
        return FOR_STAFF[self.kind]

    @property
    def twice(self) -> str:
        return TWICE

    @property
    def for_examinee(self) -> tuple[str, str]:
        """What is so, and why; of what `stops`."""
        return FOR_EXAMINEE[self.kind]


def read_clash(text: str | None) -> Clash | None:
    """Return the clash from its text in a query: kind, space, public id."""
    return Clash(*text.split(" ")) if text else None
