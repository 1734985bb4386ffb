"""A quick lower bound on what is missing, so that a whole province is not assessed against plans nobody is near to."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import date

from app.rules.plans.plan import Plan, Requirement


@dataclass(frozen=True, slots=True)
class Screen:
    """What of a plan everybody needs. `swaps`: 必考 codes that a 顶替 may win, with the old codes of it."""

    must: frozenset[str]
    swaps: tuple[tuple[frozenset[str], frozenset[str]], ...]

    def at_least(self, passed: Set[str]) -> int:
        """No fewer courses than this are missing for somebody who passed these codes, whatever is chosen or replaced."""
        missing = self.must - passed
        for won, old in self.swaps:
            if missing and not missing.isdisjoint(won) and not old.isdisjoint(passed):
                missing = missing - won
        return len(missing)


def screen(plan: Plan, on: date) -> Screen:
    """The screen of a plan for the day `on`. 可不考 courses of any 情形 are not asked, a 顶替 counts as soon as one old course is there."""
    released = {code for case in plan.extras for code in case.exempted}
    rows = (row for row in plan.courses if row.requirement is Requirement.REQUIRED and row.active(on))
    must = frozenset(row.code for row in rows) - released
    swaps = tuple((frozenset(act.new) & must, frozenset(act.old)) for act in plan.replacements)
    return Screen(must, tuple(pair for pair in swaps if pair[0]))
