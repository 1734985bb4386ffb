"""登记成绩 (manual 3.1.3): major, 加考 options, courses with their state, missing ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from app.adapters.documents.fonts import printing_problem
from app.rules.case import Case, Finished, PlanChoice, UnderWay
from app.rules.plans.eligibility import Assessment, assess
from app.rules.plans.eligibility.model import Verdict
from app.rules.plans.forecast import MOST_OPTIONS, alike, case_in_words, counts_in_words, option_fields, picked, todos
from app.rules.plans.named_version import another_chosen, in_brackets, none_offered
from app.rules.plans.plan import CaseGroup, ExtraCase, Plan
from app.rules.refusals import Problem
from app.rules.review.lifecycle import State
from app.rules.submission import Item
from app.rules.text import clean_lines, count_words
from app.services.graduation.options import options_of
from app.wizard.field_inputs import ELSEWHERE, Input
from app.wizard.step import Step

REASON_MOST = 500
REASON_LONGEST = 5_000  # characters: of 500 字, an English word is one
OPTION_HINT = "本专业有加考要求，请选择符合自己的一项"
DECLARED = "（报考专业）"
UNDER_WAY = {
    State.RETURNED: "本专业的申请已退回给你修改，请修改后重新提交那一项，不能另外申请",
    State.APPROVED: "本专业的申请已审核通过，不能另外申请",
}
REVIEWED = "本专业的申请已提交，正在审核，不能另外申请"
OPTION_FIELDS = tuple(f"extra_option_{i}" for i in range(1, MOST_OPTIONS + 1))


def choice_of(case: Case, values: Mapping[str, str] | None = None) -> PlanChoice | None:
    """Return the chosen plan, if still allowed for this ticket."""
    chosen = (values if values is not None else case.answer("scores")).get("major", "")
    return case.office.choice(chosen) if chosen else None


def extra_fields(choice: PlanChoice | None) -> list[tuple[str, CaseGroup]]:
    """Return field name and 情形组 in the plan's order: extra_option_1, …"""
    return option_fields(choice.plan) if choice else []


def assessment_of(case: Case, values: Mapping[str, str] | None = None) -> Assessment | None:
    """Return the assessment of the chosen plan and 加考 options (cached in case.memo); None without a major."""
    given = values if values is not None else case.answer("scores")
    choice = choice_of(case, given)
    if choice is None:
        return None
    options = picked(choice.plan, given)
    key = f"assessment {choice.value} {options}"
    if key not in case.memo:
        facts = case.ticket.record(choice.plan.level, but=case.public_id)
        case.memo[key] = assess(choice.plan, case.office.grades(), options, case.today, facts)
    found: Assessment = case.memo[key]
    return found


class Scores(Step):
    slug, title, short = "scores", "登记成绩", "登记成绩"
    longest: ClassVar[Mapping[str, int]] = {"missing_reason": REASON_LONGEST}

    def fields(self, case: Case) -> Sequence[str]:
        return ["major", *OPTION_FIELDS, "missing_reason"]

    def labels(self, case: Case) -> dict[str, str]:
        names = {name: f"加考情形（{group.label}）" for name, group in extra_fields(choice_of(case))}
        return {"major": "毕业专业", "missing_reason": "缺少成绩的说明", **names}

    def load(self, case: Case) -> dict[str, str]:
        """Return the draft; before there is one, the declared plan is chosen, if the roster names just one."""
        if case.answer(self.key):
            return super().load(case)
        taken = _taken(case)
        choices = case.office.choices()
        declared = [each.value for each in choices if each.declared and each.plan.major_code not in taken]
        return {"major": declared[0]} if len(declared) == 1 else {}

    def problems(self, case: Case) -> list[Problem]:
        """Ask of what was saved, not of what the page suggests; whether the major is taken, also where it is locked."""
        errors = self.errors(case, case.answer(self.key))
        choice = choice_of(case)
        if choice and "major" not in errors and (why := why_taken(case, choice.plan.major_code)):
            errors["major"] = [why]
        return [Problem(self.slug, name, message) for name, messages in errors.items() for message in messages]

    def clean(self, name: str, text: str) -> str:
        return clean_lines(text)

    def read_posted(self, case: Case, posted: Mapping[str, str]) -> dict[str, str]:
        """Drop 加考 answers of another major.

        The level is stored, so that pages need not read the plans to include the prior degree.
        """
        values = super().read_posted(case, posted)
        choice = choice_of(case, values)
        wanted = {name: {c.name for c in group.cases} for name, group in extra_fields(choice)}
        kept = {
            name: value
            for name, value in values.items()
            if not name.startswith("extra_option_") or value in wanted.get(name, ())
        }
        return {**kept, "level": choice.plan.level if choice else ""}

    def errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        """Check open fields only; locked ones cannot be changed."""
        found = self._errors(case, values)
        return {name: messages for name, messages in found.items() if case.open(f"scores.{name}")}

    def _errors(self, case: Case, values: Mapping[str, str]) -> dict[str, list[str]]:
        choice = choice_of(case, values)
        if choice is None:
            gone = bool(values.get("major"))
            return {"major": ["所选专业的计划已不能使用，请重新选择" if gone else "请选择毕业专业"]}
        assessment = assessment_of(case, values)
        assert assessment is not None
        found = {
            name: [f"请选择{group.label}中符合自己的一项"]
            for name, group in extra_fields(choice)
            if values.get(name, "") not in {c.name for c in group.cases}
        }
        if assessment.blocks:
            found["major"] = [reason.text for reason in assessment.blocks]
        elif why := why_taken(case, choice.plan.major_code):
            found["major"] = [why]
        problem = self._missing_problem(case, assessment, values)
        if problem and not found:
            found["missing_reason"] = [problem]
        return found

    def _missing_problem(self, case: Case, assessment: Assessment, values: Mapping[str, str]) -> str | None:
        if assessment.verdict is not Verdict.SHORT:
            return None
        if options_of(case.window).refuse_missing:
            return "本次办理只接受课程全部合格的申请，请在课程合格后的下一次办理"
        reason = values.get("missing_reason", "")
        if not reason:
            return "有课程没有合格成绩，请如实说明情况"
        count = count_words(reason)
        if count > REASON_MOST:
            return f"说明最多 {REASON_MOST} 字，现在是 {count} 字"
        return printing_problem(reason)

    def context(self, case: Case, values: Mapping[str, str]) -> dict[str, Any]:
        choice, assessment = choice_of(case, values), assessment_of(case, values)
        short = choice is not None and assessment is not None and assessment.verdict is Verdict.SHORT
        return {
            "choice": choice,
            "version": version_words(case, choice),
            "finished": finished_majors(case),
            "under_way": [(each, major_name(case, each.major_code), said(each)) for each in case.beside()],
            "extras": [name for name, _ in extra_fields(choice)],
            "assessment": assessment,
            "counts": counts_in_words(assessment, choice.plan) if choice and assessment else "",
            "todos": alike(todos(assessment, choice.school.name, choice.school.phone)) if choice and assessment else (),
            "questions": case.office.questions() if short else (),
            "refuse_missing": options_of(case.window).refuse_missing,
        }

    def hints(self, case: Case) -> dict[str, list[str]]:
        """Say where the plan is not the version that the roster names."""
        words = version_words(case, choice_of(case))
        return {"major": [words]} if words else {}

    def inputs(self, case: Case, values: Mapping[str, str]) -> Mapping[str, Input]:
        """Show major and 加考 options on the step's page only, beside the courses."""
        choice, assessment = choice_of(case, values), assessment_of(case, values)
        chosen, taken = values.get("major", ""), _taken(case)
        majors = [
            (each.value, _label(each, DECLARED if each.declared else ""))
            for each in case.office.choices()
            if each.plan.major_code not in taken or each.value == chosen
        ]
        found = dict.fromkeys(("major", *OPTION_FIELDS), ELSEWHERE)
        found["major"] = Input("select", options=majors, empty="请选择专业", live=True, alone=False)
        for name, group in extra_fields(choice):
            options = [(each.name, each.name, case_in_words(each, choice.plan)) for each in group.cases if choice]
            found[name] = Input("radios", group.label, hint=OPTION_HINT, options=options, live=True, alone=False)
        if (
            assessment is not None
            and assessment.verdict is Verdict.SHORT
            and not options_of(case.window).refuse_missing
        ):
            hint = f"最多 {REASON_MOST} 字"
            found["missing_reason"] = Input("textarea", near="情况说明", hint=hint, attrs={"rows": 5})
        return found

    def items(self, case: Case) -> list[Item]:
        values = case.answer(self.key)
        choice = choice_of(case, values)
        rows = [_major_item(case, choice)]
        for name, group in extra_fields(choice):
            picked = next((c for c in group.cases if c.name == values.get(name, "")), None)
            rows.append(_option_item(f"scores.{name}", group.label, picked, choice.plan if choice else None))
        assessment = assessment_of(case, values)
        if choice and assessment:
            rows.append(_assessment_item(assessment, choice.plan))
            if assessment.verdict is Verdict.SHORT:
                rows.append(Item("scores.missing_reason", "缺少成绩的说明", values.get("missing_reason", "")))
        return rows


def version_words(case: Case, choice: PlanChoice | None) -> str:
    """Return what is said where the chosen plan, or all that are offered, are not the version that the roster names."""
    named = case.office.named_version()
    return another_chosen(named, choice.plan.major_code, choice.plan.version) if choice else none_offered(named)


def _major_item(case: Case, choice: PlanChoice | None) -> Item:
    """Return the chosen plan, with the roster's version where it is another one; what is compared is the plan."""
    plain = _label(choice) if choice else ""
    plan = choice.plan if choice else None
    beside = in_brackets(case.office.named_version(), plan.major_code, plan.version) if plan else ""
    return Item("scores.major", "毕业专业", plain + beside, plain=plain if beside else "")


def _option_item(key: str, label: str, picked: ExtraCase | None, plan: Plan | None) -> Item:
    """Return the chosen 情形 with its courses by name; what is compared has the office's note as it is."""
    if picked is None or plan is None:
        return Item(key, label, "")
    words = case_in_words(picked, plan)
    plain = f"{picked.name}（{picked.note}）" if picked.note else picked.name
    value = f"{picked.name}（{words}）" if words else picked.name
    return Item(key, label, value, plain=plain if plain != value else "")


def _assessment_item(assessment: Assessment, plan: Plan) -> Item:
    """Return credits and courses, with the sentence about both counts where they differ."""
    text, counts = in_words(assessment), counts_in_words(assessment, plan)
    value = f"{text}。{counts}" if counts else text
    return Item("scores.assessment", "学分与课程", value, locked=True, plain=text if counts else "")


def finished_majors(case: Case) -> list[tuple[Finished, str]]:
    """Return the majors in which the ticket has graduated otherwise, with their names where a plan is known."""
    return [
        (each, major_name(case, each.major_code))
        for each in case.ticket.all_finished
        if each.public_id != case.public_id
    ]


def major_name(case: Case, code: str) -> str:
    """Return code and name of a major; the code alone without a plan that the ticket may use."""
    plan = next((each.plan for each in case.office.choices() if each.plan.major_code == code), None)
    return f"{code} {plan.name}（{plan.level}）" if plan else code


def said(other: UnderWay) -> str:
    """Return why another application bars one in its major."""
    return UNDER_WAY.get(other.state, REVIEWED)


def why_taken(case: Case, major_code: str) -> str:
    """Return why the ticket cannot apply in this major: it has graduated, or another application is under way; or ""."""
    if any(each.major_code == major_code for each, _ in finished_majors(case)):
        return f"已取得本专业（{major_name(case, major_code)}）毕业，不能再次申请"
    return next((said(each) for each in case.beside() if each.major_code == major_code), "")


def _taken(case: Case) -> set[str]:
    return {each.major_code for each, _ in finished_majors(case)} | {each.major_code for each in case.beside()}


def _label(choice: PlanChoice, mark: str = "") -> str:
    plan = choice.plan
    return f"{plan.major_code} {plan.name}（{plan.level}）{mark} · {choice.school.name} · {plan.version} 版计划"


def in_words(assessment: Assessment) -> str:
    """Return e.g. 67 / 73 学分，12 / 13 门，尚缺 1 门：00540 外国文学史"""
    text = f"{assessment.credits_earned} / {assessment.credits_needed} 学分"
    if assessment.courses_needed is not None:
        text += f"，{assessment.courses_earned} / {assessment.courses_needed} 门"
    text += f"，{assessment.verdict}"
    missing = "、".join(f"{code} {name}".strip() for code, name in assessment.missing_courses())
    return f"{text}：{missing}" if missing else text
