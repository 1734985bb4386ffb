"""The page of fixes: returned items with reasons and fields, and the rest read-only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.actions.applications.fixes import answered, leads_to, replies_of, returned_of
from app.rules.case import Case
from app.rules.review.fixes import PAGE, WORDS, Answer, Returned, item_of, reply_problems, with_faults
from app.rules.review.seen_items import write_prints
from app.rules.review.submission_diff import prints
from app.rules.service import items_of, problems_of
from app.rules.submission import Item
from app.wizard.drawing import field_alone
from app.wizard.field_inputs import Field, Input
from app.wizard.item_rows import item_row
from app.wizard.path import Path
from app.wizard.step import Step


@dataclass(frozen=True, slots=True)
class Block:
    """One returned item. `own`: its fields; `others`: fields that may change with it; `pages`: title and address of other steps to
    change it in; `before`: the submitted value, if different now.
    """

    key: str
    label: str
    reason: str
    answer: Answer
    value: str
    reply: str
    own: tuple[Field, ...] = ()
    others: tuple[Field, ...] = ()
    pages: tuple[tuple[str, str], ...] = ()
    before: str = ""
    before_picture: str = ""

    @property
    def tone(self) -> str:
        return WORDS[self.answer][0]

    @property
    def word(self) -> str:
        return WORDS[self.answer][1]

    @property
    def held(self) -> bool:
        """Whether the examinee can only reply."""
        return not (self.own or self.others or self.pages)


@dataclass(slots=True)
class FixPage:
    """The whole page. `values`: field name -> text; `rest`: title and rows of locked items, by step; `shown`: prints of these."""

    returned: Returned
    blocks: list[Block]
    values: dict[str, str]
    errors: dict[str, list[str]]
    rest: list[tuple[str, list[dict[str, str]]]]
    shown: str
    names: set[str] = field(default_factory=set)
    elsewhere: list[tuple[str, str]] = field(
        default_factory=list
    )  # what is wrong in no returned item: message, address

    @property
    def open(self) -> int:
        """Number of items that still stop the submission."""
        return sum(block.answer in (Answer.OPEN, Answer.REFUSED) for block in self.blocks)

    @property
    def states(self) -> dict[str, tuple[str, str]]:
        """Item key -> tone and word, sent after an autosave."""
        return {block.key: WORDS[block.answer] for block in self.blocks}


def load_fixes(session: Session, case: Case, path: Path) -> FixPage | None:
    """Return the page for the case as it is now; None when nothing was returned."""
    returned = returned_of(session, case.application_id)
    if returned is None:
        return None
    items = items_of(path.service, case)
    replies = replies_of(case)
    wrong = reply_problems(returned, replies)
    leads = leads_to(returned, path.service, case)
    keys = {step.slug: step.key for step in path.steps}
    problems = {f"{keys.get(each.step, each.step)}.{each.field}": each for each in problems_of(path.service, case)}
    faults = list(problems)
    done = with_faults(answered(returned, items, path.service, case), leads, [*faults, *wrong])
    maker = _Maker(case, path, items, returned)
    blocks = [maker.block(key, done[key], leads[key], replies.get(key, "")) for key in returned.reasons]
    return FixPage(
        returned,
        blocks,
        maker.values | {f"reply.{key}": replies.get(key, "") for key in returned.reasons},
        maker.errors() | {f"reply.{key}": [text] for key, text in wrong.items()},
        *maker.rest(),
        maker.names,
        [
            (each.message, f"{path.url_of(each.step, PAGE)}#{each.field}")
            for fault, each in problems.items()
            if not item_of(fault, list(done), leads)
        ],
    )


class _Maker:
    """Builds the blocks in order; a field appears once, with its first item."""

    def __init__(self, case: Case, path: Path, items: list[Item], returned: Returned) -> None:
        self.case, self.path, self.returned = case, path, returned
        self.items = {item.key: item for item in items}
        self.steps = {step.key: step for step in path.steps}
        self.shown: set[str] = set()
        self.names: set[str] = set()
        self.values: dict[str, str] = {}
        self.loaded: dict[str, tuple[Mapping[str, Input], dict[str, list[str]]]] = {}

    def block(self, key: str, answer: Answer, opens: set[str], reply: str) -> Block:
        own: list[Field] = []
        others: list[Field] = []
        pages: dict[str, str] = {}
        for step in self.path.steps:
            if not any(each.startswith(step.key + ".") for each in opens):
                continue
            inputs, hints = self._inputs(step)
            for name, given in inputs.items():
                item = f"{step.key}.{name}"
                if item not in opens or item in self.shown:
                    continue
                if not given.alone:
                    pages[step.title] = self.path.url(step, PAGE)
                    continue
                self.shown.add(item)
                made = self._field(step, name, given, hints)
                (own if key in (item, f"{step.key}.{given.of}") else others).append(made)
        self.shown.add(key)
        now = self.items.get(key)
        before, picture = self._before(key, now)
        label = self.returned.labels.get(key, key)
        return Block(
            key,
            label,
            self.returned.reasons[key],
            answer,
            now.value if now else "",
            reply,
            tuple(own),
            tuple(others),
            tuple(pages.items()),
            before,
            picture,
        )

    def _inputs(self, step: Step) -> tuple[Mapping[str, Input], dict[str, list[str]]]:
        if step.key not in self.loaded:
            values = step.load(self.case)
            self.values |= values
            self.loaded[step.key] = step.inputs(self.case, values), step.hints(self.case)
        return self.loaded[step.key]

    def _field(self, step: Step, name: str, given: Input, hints: dict[str, list[str]]) -> Field:
        self.names.add(name)
        return field_alone(step, self.case, name, given, hints)

    def _before(self, key: str, now: Item | None) -> tuple[str, str]:
        """Return the submitted value and picture address, empty where unchanged."""
        then = next((item for item in self.returned.items if item.key == key), None)
        if then is None or (now and prints([then]) == prints([now])):
            return "", ""
        picture = then.evidence
        return then.value or "（未填写）", f"/evidence/{picture}" if picture else ""

    def errors(self) -> dict[str, list[str]]:
        """Return the errors of the page's fields."""
        return {
            name: messages
            for key in self.loaded
            for name, messages in self.steps[key].errors(self.case, self.steps[key].load(self.case)).items()
            if name in self.names
        }

    def rest(self) -> tuple[list[tuple[str, list[dict[str, str]]]], str]:
        """Return all other rows, by step, and their prints."""
        found: list[Item] = []
        parts = []
        for step in self.path.steps:
            items = [item for item in step.items(self.case) if item.key not in self.shown]
            found += items
            if items:
                parts.append((step.title, [item_row(item) for item in items]))
        return parts, write_prints(found)
