"""A second, slow reading of contract.md "How they are read": every combination of choices, tried one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, combinations, product

from app.rules.plans.marks import Grade, course_name_key, parse_mark, session_start
from app.rules.plans.plan import (
    Condition,
    ExtraCase,
    Group,
    Plan,
    PlanCourse,
    Replacement,
    Requirement,
    extra_case_groups,
)


def subsets(items: Sequence[str]) -> chain[tuple[str, ...]]:
    return chain.from_iterable(combinations(items, size) for size in range(len(items) + 1))


@dataclass
class Oracle:
    plan: Plan
    grades: list[Grade]
    cases: tuple[ExtraCase, ...]

    def met(self) -> bool:
        """Is there any way to use the grades that meets the plan."""
        own = {g.course_code for g in self.grades if parse_mark(g.mark).passed}
        return any(self._met_with(passed, self._names(used)) for passed, used in self._after_replacements(own))

    def _names(self, used: set[str]) -> set[str]:
        """What was passed by name, with grades that were not given for another course."""
        named = {row.code: row.name for row in self.plan.courses}
        rows = [g for g in self.grades if parse_mark(g.mark).passed and g.course_code not in used]
        return {course_name_key(name) for g in rows for name in (g.course_name, named.get(g.course_code, "")) if name}

    def _after_replacements(self, own: set[str]) -> list[tuple[set[str], set[str]]]:
        found = []
        options = [[(), *self._sources(item)] for item in self.plan.replacements]
        for picks in product(*options):
            used = [code for pick in picks for code in pick]
            if len(used) != len(set(used)):
                continue
            new = {c for item, pick in zip(self.plan.replacements, picks, strict=True) if pick for c in item.new}
            found.append(((own - set(used)) | new, set(used)))
        return found

    def _sources(self, item: Replacement) -> list[tuple[str, ...]]:
        usable = [
            code
            for code in item.old
            if any(
                g.course_code == code
                and parse_mark(g.mark).passed
                and (item.use_by is None or session_start(g.session) < item.use_by)
                for g in self.grades
            )
        ]
        return list(combinations(usable, item.min_courses or len(item.old)))

    def _met_with(self, passed: set[str], names: set[str]) -> bool:
        rows = {c.code: c for c in self.plan.courses}
        valid = {code for code in passed if code in rows and (rows[code].theory is None or rows[code].theory in passed)}
        released = {code for case in self.cases for code in case.exempted}
        required = {c.code for c in self.plan.courses if c.requirement is Requirement.REQUIRED} - released
        if not required <= passed or not all(self._case_met(case, passed, names) for case in self.cases):
            return False
        free = sorted(
            code for code in valid if rows[code].requirement is not Requirement.EXTRA and code not in required
        )
        extras = {c for case in self.cases if case.in_total for c in case.courses if c in valid}
        return any(self._selection_met((required & valid) | set(chosen), extras) for chosen in subsets(free))

    def _case_met(self, case: ExtraCase, passed: set[str], names: set[str]) -> bool:
        rows = {c.code: c for c in self.plan.courses}
        done = [c for c in case.courses if c in passed or course_name_key(rows[c].name) in names]
        if case.min_courses is None and case.min_credits is None:
            return len(done) == len(case.courses)
        credits = sum((rows[c].credits for c in done), Decimal(0))
        return len(done) >= (case.min_courses or 0) and credits >= (case.min_credits or 0)

    def _selection_met(self, chosen: set[str], extras: set[str]) -> bool:
        rows = {c.code: c for c in self.plan.courses}
        members = {g.name: {c.code for c in self.plan.courses if g.name in c.groups} for g in self.plan.groups}
        cap: dict[str, Decimal] = {}
        for group in self.plan.groups:
            if group.condition is not Condition.ALWAYS:
                some = bool(members[group.condition_group] & chosen)
                if some is not (group.condition is Condition.CHOSEN):
                    continue
            if not self._group_met(group, members[group.name], chosen):
                return False
            if group.max_credits is not None:
                cap[group.name] = min(group.max_credits, cap.get(group.name, group.max_credits))
        total = sum((rows[c].credits for c in chosen | extras), Decimal(0))
        for name, top in cap.items():
            total -= max(Decimal(0), sum((rows[c].credits for c in chosen & members[name]), Decimal(0)) - top)
        return total >= self.plan.credit_floor and self._places(chosen | extras) >= (self.plan.course_floor or 0)

    def _courses(self, codes: set[str]) -> list[PlanCourse]:
        """Theory rows whose practices are all there, and rows alone."""
        practices: dict[str, set[str]] = {}
        for row in self.plan.courses:
            if row.theory is not None:
                practices.setdefault(row.theory, set()).add(row.code)
        return [
            row
            for row in self.plan.courses
            if row.code in codes and row.theory is None and practices.get(row.code, set()) <= codes
        ]

    def _places(self, codes: set[str]) -> int:
        return len({(row.requirement is Requirement.EXTRA, row.number) for row in self._courses(codes) if row.counted})

    def _group_met(self, group: Group, members: set[str], chosen: set[str]) -> bool:
        inside = members & chosen
        rows = {c.code: c for c in self.plan.courses}
        if group.all_courses and inside != members:
            return False
        if group.max_courses is not None:
            begun = {rows[c].theory or c for c in inside if rows[rows[c].theory or c].counted}
            if len(begun) > group.max_courses:
                return False
        credits = sum((rows[c].credits for c in inside), Decimal(0))
        if group.max_credits is not None:
            credits = min(credits, group.max_credits)
        return self._places(inside) >= (group.min_courses or 0) and credits >= (group.min_credits or 0)


def oracle_met(plan: Plan, grades: list[Grade], choice: dict[str, str]) -> bool:
    """Does any combination of choices meet the plan; `choice` names a case for every 情形组."""
    cases = tuple(
        next(case for case in group.cases if case.name == choice[group.name]) for group in extra_case_groups(plan)
    )
    return Oracle(plan, grades, cases).met()
