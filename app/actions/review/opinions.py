"""A reviewer's input and its validation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.adapters.documents.fonts import printing_problem
from app.rules.refusals import Problem
from app.rules.review.reasons import BLANK
from app.rules.review.waivers import Gap, unanswered
from app.rules.review.words import DECISIONS, FIELDS, WAIVER_REASON

OK, RETURN = "ok", "return"
MAX_REASON = 500  # characters of a reason (of a waiver too) or a message
UNREAD = f"{DECISIONS['back']}时考生看不到{FIELDS['message']}：请删去，要告诉主考学校的写在“{FIELDS['to_school']}”里"
ASKED = {decision: f"{DECISIONS[decision]}须写明原因" for decision in ("reject", "back")}
ASKED_IN = {"reject": "message", "back": "to_school"}


@dataclass(frozen=True, slots=True)
class Seen:
    """Version on the reviewer's page: submission's hash, application's version.

    `saved`: stamp of what was stored of the review (app.actions.review.saved_opinion); '' without a page.
    """

    sha256: str
    version: int
    saved: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Finding on an item: ok or return, and why. `cause`: id of the catalogue line used."""

    verdict: str
    reason: str = ""
    cause: int | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """A reviewer's input. findings: item key -> Verdict; waivers: gap key -> reason.

    `message` is for the examinee, `to_school` for the school alone (退回初审).
    `again`: why a second return names items that the first could have named. `rest`: 其余已看过, every item without a
    finding is in order.
    """

    findings: Mapping[str, Verdict] = field(default_factory=dict)
    message: str = ""
    waivers: Mapping[str, str] = field(default_factory=dict)
    again: str = ""
    to_school: str = ""
    rest: bool = False

    def with_rest(self, keys: Iterable[str]) -> Opinion:
        """The opinion with a finding on each of these items, if 其余已看过."""
        if not self.rest:
            return self
        return replace(self, findings={**dict.fromkeys(keys, Verdict(OK)), **self.findings})

    @property
    def returned(self) -> list[str]:
        return [key for key, finding in self.findings.items() if finding.verdict == RETURN]


def problems_in(
    decision: str, opinion: Opinion, *, asked: tuple[Gap, ...], known: Mapping[str, str], late: Sequence[str] = ()
) -> list[Problem]:
    """Problems of a reviewer's input, each with its field. known: item key -> label of the submission.

    `asked`: missing courses that need a reason; `late`: items that an earlier return omitted.
    """
    found: list[tuple[str, str]] = []
    for key, finding in opinion.findings.items():
        if key not in known or finding.verdict not in (OK, RETURN):
            found.append(("", "提交的内容里没有这一项，请重新打开这一件"))
        elif finding.verdict == RETURN and not finding.reason:
            found.append((f"reason.{key}", f"“{known[key]}”标为退回，请写明原因"))
        elif finding.verdict == RETURN and BLANK in finding.reason:
            found.append((f"reason.{key}", f"“{known[key]}”的原因里还有没填的地方（{BLANK}），请填上课程或学分"))
    found += _too_long(opinion, known, asked)
    if decision == "return" and not opinion.returned:
        found.append(("", f"{DECISIONS['return']}须至少有一项标为退回并写明原因"))
    if decision == "return" and late and not opinion.again:
        words = "、".join(known.get(key, key) for key in late)
        found.append(("again", f"{words}在上一次退回时已经能看到，当时没有退回，请写明这次退回的理由"))
    if decision == "pass":
        found += [(f"verdict.{key}", f"“{known.get(key, key)}”标为退回，不能通过") for key in opinion.returned]
        found += [
            (f"waiver.{gap.key}", f"“{gap.label}”还没有合格成绩，准予通过须写明理由")
            for gap in unanswered(asked, opinion.waivers)
        ]
    if decision in ASKED and not getattr(opinion, ASKED_IN[decision]):
        found.append((ASKED_IN[decision], ASKED[decision]))
    found += _for_the_examinee(decision, opinion)
    return [Problem("review", name, message) for name, message in found]


def _too_long(opinion: Opinion, known: Mapping[str, str], asked: Iterable[Gap]) -> list[tuple[str, str]]:
    """Every text of a review has the same limit."""
    courses = {gap.key: gap.label for gap in asked}
    texts = {
        f"reason.{key}": (f"“{known.get(key, key)}”的原因", finding.reason) for key, finding in opinion.findings.items()
    }
    texts |= {name: (FIELDS[name], getattr(opinion, name)) for name in ("again", "message", "to_school")}
    texts |= {
        f"waiver.{key}": (f"“{courses.get(key, key)}”{WAIVER_REASON}", reason)
        for key, reason in opinion.waivers.items()
    }
    return [
        (name, f"{label}应在 {MAX_REASON} 字以内，现在是 {len(text)} 字")
        for name, (label, text) in texts.items()
        if len(text) > MAX_REASON
    ]


def _for_the_examinee(decision: str, opinion: Opinion) -> list[tuple[str, str]]:
    """What is printed must be printable; a message that nobody would read is not taken."""
    if decision == "back" and opinion.message:
        return [("message", UNREAD)]
    printed = {"message": opinion.message}
    printed |= {f"reason.{key}": finding.reason for key, finding in opinion.findings.items()}
    printed |= {f"waiver.{key}": reason for key, reason in opinion.waivers.items()}
    return [(name, problem) for name, text in printed.items() if (problem := printing_problem(text))]
