"""Path of a case through its service: applicable steps, furthest one, navigation."""

from __future__ import annotations

from dataclasses import dataclass

from app.rules.case import Case
from app.rules.review.fixes import PAGE
from app.rules.review.lifecycle import State
from app.wizard.service import Service
from app.wizard.step import Step


@dataclass(frozen=True, slots=True)
class Task:
    """A step in the task list; `url` is empty while it may not be opened."""

    title: str
    url: str
    kind: str
    word: str


class Path:
    """The applicable steps in order."""

    def __init__(self, service: Service, case: Case) -> None:
        self.service = service
        self.case = case
        self.steps = service.applicable(case)

    def find(self, slug: str) -> Step | None:
        return next((step for step in self.steps if step.slug == slug), None)

    def index(self, step: Step) -> int:
        return self.steps.index(step)

    @property
    def furthest(self) -> int:
        """Position of the furthest step opened; one that no longer applies counts as the one before."""
        if self.case.state is State.RETURNED:  # it was submitted once
            return len(self.steps) - 1
        order = [step.slug for step in self.service.steps]
        if self.case.reached not in order:
            return 0
        limit = order.index(self.case.reached)
        return max(i for i, step in enumerate(self.steps) if i == 0 or order.index(step.slug) <= limit)

    def may_open(self, step: Step) -> bool:
        """Whether the step may be opened; none can be skipped."""
        return self.index(step) <= self.furthest

    def passed(self, step: Step) -> bool:
        """Whether 下一步 succeeded here once; later errors are then marked."""
        return self.index(step) < self.furthest or self.case.state is State.RETURNED

    def reach(self, step: Step) -> Step:
        """Return the furthest step after going to `step`."""
        return self.steps[max(self.furthest, self.index(step))]

    def after(self, step: Step) -> Step:
        """Return the next step; in a returned application the next with something to change."""
        rest = self.steps[self.index(step) + 1 :]
        if self.case.state is State.RETURNED:
            rest = [s for s in rest if self.to_fix(s)] or self.steps[-1:]
        return rest[0] if rest else step

    def before(self, step: Step) -> Step:
        return self.steps[max(0, self.index(step) - 1)]

    def to_fix(self, step: Step) -> bool:
        """Whether an item of the step was returned or depends on one (always open items do not count)."""
        prefix = step.key + "."
        keys = self.case.open_items or ()
        return any(key.startswith(prefix) and key not in step.always_open for key in keys)

    def resume(self) -> Step:
        """Return the step to continue with: in a returned application its first open one, else the last left."""
        if self.case.state is State.RETURNED:
            return next((step for step in self.steps if self.to_fix(step)), self.steps[-1])
        here = self.find(self.case.at_step)
        return here if here and self.may_open(here) else self.steps[self.furthest]

    def url(self, step: Step, back: str = "") -> str:
        return self.url_of(step.slug, back)

    def url_of(self, slug: str, back: str = "") -> str:
        """Return the address of a step; `back`: the page that its 下一步 returns to."""
        return f"/applications/{self.case.public_id}/{slug}" + (f"?back={back}" if back else "")

    def returns_to(self, asked: str) -> str:
        """Return the page that 下一步 leads back to, if `asked` is one: the fixes, or the last step once reached."""
        last = self.steps[-1]
        if asked == PAGE:
            return asked if self.case.state is State.RETURNED else ""
        return asked if asked == last.slug and self.may_open(last) else ""

    def resume_url(self) -> str:
        """Return the address to continue at; in a returned application the page of fixes."""
        return self.url_of(PAGE) if self.case.state is State.RETURNED else self.url(self.resume())

    def links(self) -> list[tuple[str, str | None]]:
        """Return title and address (None if it may not be opened) of every step."""
        return [(step.short, self.url(step) if self.may_open(step) else None) for step in self.steps]

    def marks(self, here: Step) -> dict[int, tuple[str, str]]:
        """Position (from 1) -> kind and word of every step passed, `here` apart: passed is not done where something is to change."""
        return {i + 1: self._mark(step) for i, step in enumerate(self.steps[: self.furthest]) if step is not here}

    def _mark(self, step: Step) -> tuple[str, str]:
        """Return kind and word of a step that was passed."""
        if step.problems(self.case):
            return "bad", "需要修改"
        if self.case.state is State.RETURNED and self.to_fix(step):
            return "warn", "退回修改"
        return "ok", "已完成"

    def tasks(self, back: str = "") -> list[Task]:
        """Return every step with its state; `back` as in `url_of`."""
        return [self._task(i, step, "" if step.slug == back else back) for i, step in enumerate(self.steps)]

    def _task(self, position: int, step: Step, back: str) -> Task:
        if position > self.furthest:
            return Task(step.short, "", "off", "未开始")
        last = position == len(self.steps) - 1
        if last or (position == self.furthest and not step.started(self.case)):
            return Task(step.short, self.url(step, back), "", "待提交" if last else "未开始")
        kind, word = self._mark(step)
        if kind == "bad" and position == self.furthest:
            kind, word = "warn", "填写中"
        return Task(step.short, self.url(step, back), kind, word)
