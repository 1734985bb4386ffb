"""Exceptions with which actions refuse a request; app/web renders them as pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One obstacle to submission, in Chinese."""

    step: str
    field: str
    message: str


class Refused(Exception):
    """Base class; `message` is Chinese, for the requester."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refused):
    """Absent or out of scope: one answer, so that existence is not disclosed."""

    def __init__(self, message: str = "没有找到") -> None:
        super().__init__(message)


class NotAllowed(Refused):
    """In scope, but not permitted."""


class Stopped(NotAllowed):
    """Another application stands in the way (app.rules.review.clashes)."""


class ChangedMeanwhile(Refused):
    """A concurrent change came first. `mine` and `theirs`: field -> text, so that no input is lost; `labels` of the fields."""

    def __init__(
        self,
        message: str,
        mine: dict[str, str] | None = None,
        theirs: dict[str, str] | None = None,
        labels: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.mine = mine or {}
        self.theirs = theirs or {}
        self.labels = labels or {}


DISCARDED = "这份草稿已经舍弃，刚才的内容没有保存。"


class WindowClosed(Refused):
    """The 办理时间 was not open when the request arrived. `said`: its message in two parts (app.rules.closing), where it has them."""

    def __init__(self, said: object) -> None:
        super().__init__(str(said))
        self.said = said


class Incomplete(Refused):
    """The submission is incomplete."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("还有内容没有填好")
        self.problems = problems


class Invalid(Refused):
    """A constraint or a check refused a field's value; shown at the field. `more`: what else is wrong, field -> messages."""

    def __init__(self, field: str, message: str, more: dict[str, list[str]] | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.more = more or {}
