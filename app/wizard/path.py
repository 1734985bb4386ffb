"""The way through a service for one case: which steps, how far one has come, where one may go."""

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
    """Steps in order; every question about going on or back is asked here."""

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
        """Position of the furthest step that was opened; a step that no longer applies counts as the one before it."""
        if self.case.state is State.RETURNED:  # it was submitted once
            return len(self.steps) - 1
        order = [step.slug for step in self.service.steps]
        if self.case.reached not in order:
            return 0
        limit = order.index(self.case.reached)
        return max(i for i, step in enumerate(self.steps) if i == 0 or order.index(step.slug) <= limit)

    def may_open(self, step: Step) -> bool:
        """Steps cannot be jumped over."""
        return self.index(step) <= self.furthest

    def passed(self, step: Step) -> bool:
        """Was 下一步 pressed here once with everything in order? Then what is wrong since is marked."""
        return self.index(step) < self.furthest or self.case.state is State.RETURNED

    def reach(self, step: Step) -> Step:
        """The furthest step after going to `step`."""
        return self.steps[max(self.furthest, self.index(step))]

    def after(self, step: Step) -> Step:
        """The next step; in a returned application the next one with something to change."""
        rest = self.steps[self.index(step) + 1 :]
        if self.case.state is State.RETURNED:
            rest = [s for s in rest if self.to_fix(s)] or self.steps[-1:]
        return rest[0] if rest else step

    def before(self, step: Step) -> Step:
        return self.steps[max(0, self.index(step) - 1)]

    def to_fix(self, step: Step) -> bool:
        """Does the step hold an item that was returned or depends on one (not only those that are always open)?"""
        prefix = step.key + "."
        keys = self.case.open_items or ()
        return any(key.startswith(prefix) and key not in step.always_open for key in keys)

    def resume(self) -> Step:
        """Where to go on: in a returned application its first open step, else where one left."""
        if self.case.state is State.RETURNED:
            return next((step for step in self.steps if self.to_fix(step)), self.steps[-1])
        here = self.find(self.case.at_step)
        return here if here and self.may_open(here) else self.steps[self.furthest]

    def url(self, step: Step) -> str:
        return self.url_of(step.slug)

    def url_of(self, slug: str) -> str:
        return f"/applications/{self.case.public_id}/{slug}"

    def resume_url(self) -> str:
        """Where to go on: a returned application has one page with all that is to be changed."""
        return self.url_of(PAGE) if self.case.state is State.RETURNED else self.url(self.resume())

    def links(self) -> list[tuple[str, str | None]]:
        """For the row of steps: title and, where it may be opened, address."""
        return [(step.short, self.url(step) if self.may_open(step) else None) for step in self.steps]

    def done(self) -> list[int]:
        """Positions (from 1) of the steps that were passed; what became wrong since stands in the task list."""
        return [i + 1 for i in range(self.furthest)]

    def tasks(self) -> list[Task]:
        """Every step with its state."""
        return [self._task(i, step) for i, step in enumerate(self.steps)]

    def _task(self, position: int, step: Step) -> Task:
        if position > self.furthest:
            return Task(step.short, "", "off", "未开始")
        last = position == len(self.steps) - 1
        if last or (position == self.furthest and not step.started(self.case)):
            return Task(step.short, self.url(step), "", "待提交" if last else "未开始")
        if step.problems(self.case):
            kind, word = ("bad", "需要修改") if position < self.furthest else ("warn", "填写中")
            return Task(step.short, self.url(step), kind, word)
        return Task(step.short, self.url(step), "ok", "已完成")
