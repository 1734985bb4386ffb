"""Fast lower bound of missing courses, to skip hopeless plans in a provincial forecast."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from app.rules.plans.plan import Plan, Requirement


@dataclass(frozen=True, slots=True)
class Screen:
    """Courses that everybody needs. `swaps`: 必考 codes that a 顶替 may replace, with its old codes."""

    must: frozenset[str]
    swaps: tuple[tuple[frozenset[str], frozenset[str]], ...]

    def at_least(self, passed: Set[str]) -> int:
        """Return a lower bound of missing courses for these passed codes."""
        missing = self.must - passed
        for won, old in self.swaps:
            if missing and not missing.isdisjoint(won) and not old.isdisjoint(passed):
                missing = missing - won
        return len(missing)


def screen(plan: Plan, on: date) -> Screen:
    """Build the screen for day `on`, without 可不考 courses of any 情形; one old course suffices for a 顶替."""
    released = {code for case in plan.extras for code in case.exempted}
    rows = (row for row in plan.courses if row.requirement is Requirement.REQUIRED and row.active(on))
    must = frozenset(row.code for row in rows) - released
    swaps = tuple((frozenset(act.new) & must, frozenset(act.old)) for act in plan.replacements)
    return Screen(must, tuple(pair for pair in swaps if pair[0]))
