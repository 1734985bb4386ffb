"""Compilation of a plan to bit masks, once per period and choice of 情形.

Rows are numbered by (序号, code), so the file's order has no effect.
"""

from datetime import date

from app.rules.plans.eligibility.compiled_plan import Act, Ask, Atom, Compiled, Pool, Variant, bits, hundredths
from app.rules.plans.plan import Condition, ExtraCase, Group, Plan, Requirement, extra_case_groups


def number_key(number: str) -> tuple[int, str]:
    """Sort key of 序号: 2 before 10, words last."""
    return (int(number), "") if number.isascii() and number.isdigit() else (1 << 30, number)


_cache: dict[int, tuple[Plan, list[date], dict[int, Compiled]]] = {}
_CACHE_LIMIT = 256


def compiled(plan: Plan, on: date) -> Compiled:
    """Return the plan as of a day, cached per plan object and period between 起用/停用 dates."""
    entry = _cache.get(id(plan))
    if entry is None or entry[0] is not plan:
        if len(_cache) >= _CACHE_LIMIT:
            _cache.clear()
        dates = {day for row in plan.courses for day in (row.starts_on, row.ends_on) if day is not None}
        entry = _cache[id(plan)] = (plan, sorted(dates), {})
    _, dates_sorted, forms = entry
    stretch = sum(day <= on for day in dates_sorted)
    form = forms.get(stretch)
    if form is None:
        form = forms[stretch] = _compile(plan, on)
    return form


def _compile(plan: Plan, on: date) -> Compiled:
    active = (row for row in plan.courses if row.active(on))
    rows = tuple(
        sorted(active, key=lambda row: (row.requirement is Requirement.EXTRA, number_key(row.number), row.code))
    )
    index = {row.code: place for place, row in enumerate(rows)}
    form = Compiled(plan, rows, index, (), {row.code: row.name for row in plan.courses})
    acts = []
    for item in sorted(plan.replacements, key=lambda item: (item.name, item.old, item.new)):
        new = form.mask(item.new)
        if new:
            need = len(set(item.old)) if item.min_courses is None else item.min_courses
            acts.append(Act(item.name, tuple(sorted(set(item.old))), new, need, item.use_by))
    form.acts = tuple(acts)
    form.may_give = form.mask(code for act in acts for code in act.old)
    return form


def choices(form: Compiled, chosen: dict[str, str]) -> list[list[int]]:
    """Return for every 情形组 the numbers of the 情形 that agree with `chosen`."""
    ways = []
    for group in extra_case_groups(form.plan):
        named = [place for place, case in enumerate(group.cases) if case.name == chosen.get(group.name)]
        ways.append(named or list(range(len(group.cases))))
    return ways


def variant(form: Compiled, picked: tuple[int, ...]) -> Variant:
    """Return the plan under one choice of 情形, cached."""
    made = form.variants.get(picked)
    if made is None:
        made = form.variants[picked] = _variant(form, picked)
    return made


def _variant(form: Compiled, picked: tuple[int, ...]) -> Variant:
    cases = tuple(g.cases[p] for g, p in zip(extra_case_groups(form.plan), picked, strict=True))
    plan_rows = sum(1 << i for i, row in enumerate(form.rows) if row.requirement is not Requirement.EXTRA)
    required = sum(1 << i for i, row in enumerate(form.rows) if row.requirement is Requirement.REQUIRED)
    released = required & form.mask(code for case in cases for code in case.exempted)
    needed = [form.mask(case.courses) for case in cases]
    whole = [m for m, case in zip(needed, cases, strict=True) if case.min_courses is None and case.min_credits is None]
    in_play = plan_rows
    forced = required & ~released
    for mask in needed:
        in_play |= mask
    for mask in whole:
        forced |= mask
    forced |= _theories(form, in_play, forced, released)
    extra_rows = in_play & ~plan_rows
    in_total = plan_rows
    for mask, case in zip(needed, cases, strict=True):
        in_total |= mask if case.in_total else 0
    own = tuple(hundredths(row.credits) for row in form.rows)
    made = Variant(
        cases=cases,
        in_play=in_play,
        forced=forced,
        released=released & ~forced,
        extra_rows=extra_rows,
        credit_of=tuple(value if in_total >> i & 1 else 0 for i, value in enumerate(own)),
        own_credit=own,
        depends=_depends(form, in_play, released),
        places=_places(form, in_play, extra_rows & ~in_total, released & ~forced),
        pools=(),
        asks=(),
        conditional=(),
        credit_floor=hundredths(form.plan.credit_floor),
        course_floor=form.plan.course_floor or 0,
        in_total=in_total,
        walks=form.walks,
    )
    _add_pools(form, made, list(zip(needed, cases, strict=True)))
    return made


def _theories(form: Compiled, in_play: int, forced: int, released: int) -> int:
    """Return the theories of practices that must be passed, whatever their 类别."""
    theories = {theory for practice, theory in _depends(form, in_play, released) if practice & forced}
    return sum(theory for theory in theories if not theory & forced)


def _depends(form: Compiled, in_play: int, released: int) -> tuple[tuple[int, int], ...]:
    """Return (practice, theory) bits where the practice counts only with its theory."""
    found = []
    for place in bits(in_play):
        theory = form.index.get(form.rows[place].theory or "")
        if theory is not None and in_play >> theory & 1 and not released >> theory & 1:
            found.append((1 << place, 1 << theory))
    return tuple(found)


def _places(form: Compiled, in_play: int, outside: int, released: int) -> tuple[tuple[Atom, ...], ...]:
    """Group courses (theory with practice) by 序号, plan rows and 加考 rows apart."""
    atoms: dict[int, Atom] = {}
    place_of: dict[tuple[bool, str], list[Atom]] = {}
    practices: dict[int, int] = {}
    for i in bits(in_play):
        theory = form.index.get(form.rows[i].theory or "", i)
        if theory != i and in_play >> theory & 1 and form.rows[theory].theory not in form.index:
            practices[theory] = practices.get(theory, 0) | 1 << i
    paired = sum(practices.values())
    for i in bits(in_play & ~paired):
        whole = 1 << i | practices.get(i, 0)
        counted = any(form.rows[j].counted for j in bits(whole)) and not outside >> i & 1
        atoms[i] = Atom(whole, whole & ~released or whole, counted)
        row = form.rows[i]
        place_of.setdefault((row.requirement is Requirement.EXTRA, row.number), []).append(atoms[i])
    return tuple(tuple(place) for place in place_of.values())


def _add_pools(form: Compiled, made: Variant, needed: list[tuple[int, ExtraCase]]) -> None:
    """Add the plan's groups, and each n-of-m 情形 as a group."""
    members: dict[str, int] = {}
    for i in bits(made.in_play):
        for name in form.rows[i].groups:
            members[name] = members.get(name, 0) | 1 << i
    asked: list[tuple[str, int, bool, list[Group]]] = []
    for name in sorted({group.name for group in form.plan.groups} | set(members)):
        rules = [group for group in form.plan.groups if group.name == name]
        asked.append((name, members.get(name, 0), False, rules))
    for mask, case in needed:
        if case.min_courses is not None or case.min_credits is not None:
            title = f"加考：{case.group} {case.name}" if case.group else f"加考：{case.name}"
            rule = Group(title, min_courses=case.min_courses, min_credits=case.min_credits, note=case.note)
            asked.append((title, mask, True, [rule]))
    pools = [_pool(made, name, rows, extra, rules) for name, rows, extra, rules in asked]
    numbers = {pool.name: place for place, pool in enumerate(pools)}
    made.pools = tuple(pools)
    made.asks = tuple(_ask(numbers, rule) for _, _, _, rules in asked for rule in rules)
    made.conditional = tuple(sorted({ask.other for ask in made.asks if ask.other >= 0}))


def _pool(made: Variant, name: str, rows: int, extra: bool, rules: list[Group]) -> Pool:
    wanted = max((rule.min_courses or 0 for rule in rules), default=0)
    reach = sum(any(_counts(atom, extra) and atom.rows & rows for atom in place) for place in made.places)
    by_place = reach >= max(1, wanted)
    inside = [
        [a.needed for a in place if a.rows & rows and (_counts(a, extra) or not by_place)] for place in made.places
    ]
    return Pool(name, rows, by_place, extra, tuple(tuple(courses) for courses in inside if courses))


def _counts(atom: Atom, extra: bool) -> bool:
    """Whether a course counts: always in a 加考 group, elsewhere by 计入门数."""
    return extra or atom.counted


def _ask(numbers: dict[str, int], rule: Group) -> Ask:
    other = -1 if rule.condition is Condition.ALWAYS else numbers.get(rule.condition_group, -1)
    return Ask(
        group=numbers[rule.name],
        condition=rule.condition if other >= 0 else Condition.ALWAYS,
        other=other,
        all_rows=rule.all_courses,
        min_units=rule.min_courses or 0,
        min_credits=hundredths(rule.min_credits),
        max_units=rule.max_courses,
        max_credits=None if rule.max_credits is None else hundredths(rule.max_credits),
        source=rule,
    )
