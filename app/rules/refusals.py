"""What an action says when it does not do what was asked; the web floor turns each into a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that still stops the submission: where it is and what to do, in Chinese."""

    step: str
    field: str
    message: str


class Refused(Exception):
    """The base: `message` is Chinese, for the person who asked."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(Refused):
    """Absent, or not theirs: the same answer, so that nobody learns which."""

    def __init__(self, message: str = "没有找到") -> None:
        super().__init__(message)


class NotAllowed(Refused):
    """Theirs to see, but not theirs to do."""


class ChangedMeanwhile(Refused):
    """Somebody (or another tab) changed it first. `mine` and `theirs`: label -> text, so that nothing typed is lost."""

    def __init__(self, message: str, mine: dict[str, str] | None = None, theirs: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.mine = mine or {}
        self.theirs = theirs or {}


class WindowClosed(Refused):
    """The 办理时间 is not open at the moment the request arrived."""


class Incomplete(Refused):
    """Something still stops the submission; each problem names its step and field."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("还有内容没有填好")
        self.problems = problems


class Invalid(Refused):
    """A database rule or a check refused a field's value: shown at the field."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
