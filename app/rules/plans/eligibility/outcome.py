"""Outcome of the search, and words shared by lines and missing courses."""

from typing import NamedTuple

from app.rules.plans.eligibility.choose import Solution
from app.rules.plans.eligibility.compiled_plan import Compiled, Variant
from app.rules.plans.eligibility.groups import Way, ways, with_theory
from app.rules.plans.eligibility.model import Case, NextStep
from app.rules.plans.eligibility.replacements import Swap
from app.rules.plans.plan import Exam, Requirement

STEP_OF = {Exam.WRITTEN: NextStep.EXAM, Exam.PRACTICE: NextStep.PRACTICE, Exam.THESIS: NextStep.THESIS}


class Found(NamedTuple):
    """Outcome of the search. Row sets are bit masks on `variant`."""

    variant: Variant
    passed: int
    waived: int
    solution: Solution
    swap: Swap
    absent: int
    short: int | None
    choice: dict[str, str]

    @property
    def cases(self) -> tuple[Case, ...]:
        """The assessed 情形."""
        return tuple(Case(c.group, c.name, self.choice.get(c.group) == c.name) for c in self.variant.cases)

    @property
    def counted(self) -> int:
        """Rows giving credits: passed, with their theory, and selected."""
        rows = self.passed & (self.variant.forced | self.solution.selection)
        return with_theory(self.variant, rows, self.passed | self.waived)

    @property
    def way(self) -> Way | None:
        """The branch taken."""
        return next((way for way in ways(self.variant) if way.chosen == self.solution.chosen), None)


def rule_of(form: Compiled, made: Variant, place: int) -> str:
    """Return the rule that a row serves, in words."""
    row = form.rows[place]
    cases = [case for case in made.cases if row.code in case.courses]
    if cases:
        return "加考情形：" + "、".join(case.name for case in cases)
    if row.exam is Exam.THESIS:
        return "毕业论文，必须合格"
    if row.requirement is Requirement.REQUIRED:
        return "必考课程，必须合格" if row.theory is None else f"实践环节（理论课 {row.theory}），必须合格"
    return "选考课程组：" + "、".join(row.groups) if row.groups else "选考课程"


def missing_note(form: Compiled, found: Found, place: int) -> str:
    """Return what a practice or thesis requires first."""
    row = form.rows[place]
    if row.exam is Exam.THESIS:
        others = (found.short or 0) > 1 or found.short is None
        return "其他课程全部合格后才能申请论文" if others else "其他课程已全部合格，可以申请论文"
    theory = form.index.get(row.theory or "")
    if theory is not None and found.absent >> theory & 1:
        return f"理论课 {row.theory} 合格后才能报考实践"
    return ""
