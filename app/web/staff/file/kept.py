"""The form of a session that is over (app.security.csrf: keeps): kept for its person, then back in the fields of the page.

What the page has no field for (somebody else holds the file, the question is answered) is listed until it has; all of it
is, once the examinee has submitted anew. `typed` says the same of a form that was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from app.actions.review import kept_work
from app.actions.review.opinions import OK, RETURN
from app.rules.people.roles import Actor
from app.rules.review.asides import ASKED
from app.rules.review.words import FIELDS, WAIVER_REASON
from app.security.csrf import keeps
from app.security.request_time import arrived
from app.security.typed_text import label_of
from app.web.staff.file.asides import open_question
from app.web.staff.file.forms import ReviewForm
from app.web.staff.file.permissions import May
from app.web.staff.file.query import File
from app.web.staff.file.status import FileStatus

WHOLE = "whole"  # the form of a page with verdicts: what was empty in it was meant to be
VERDICTS = {OK: "通过", RETURN: "退回"}
Has = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Back:
    """`saved`: stamp of the review that the fields were filled on; `restored`: WHOLE, or the names of what is back.

    `at`: when the form came, None without one; `changed`: the examinee has submitted anew since; `lost`: what has no field,
    as label and text.
    """

    saved: str
    restored: str = ""
    at: datetime | None = None
    changed: bool = False
    lost: tuple[tuple[str, str], ...] = ()


@keeps("staff.judge")
def keep_review(by: Actor, address: dict[str, Any]) -> bool:
    """Keep verdicts, reasons and words with the stamp of what was stored when the page was made."""
    form = ReviewForm()
    shown = form.shown()
    if not any(text for name, text in shown.items() if name != "undo"):
        return False
    whole = {WHOLE: "1"} if form.sent("sure") else {}
    fields = shown | whole | {"saved": form.saved.data}
    return kept_work.keep(address["public_id"], fields, form.sha256.data, by=by, on=arrived())


def posted(form: ReviewForm) -> Back:
    """Return what a posted form says of itself, for the page that shows it again."""
    return Back(form.saved.data, form.restored.data)


def settle(public_id: str, form: ReviewForm, *, decided: bool, by: Actor) -> None:
    """Delete what was kept and now is saved: all of it, or the fields that were back and in this form."""
    if decided or form.restored.data == WHOLE:
        kept_work.forget(public_id, by=by)
    elif names := [name for name in form.restored.data.split(",") if name in FIELDS and form.sent(name)]:
        kept_work.forget(public_id, by=by, names=names)


def fields_of(file: File, status: FileStatus, may: May, by: Actor) -> Has:
    """Return a function: whether the page has this field of the form."""
    aside = open_question(file.stored, by)
    items = {row.key for group in file.groups for row in group.rows}
    keyed = {"verdict": items, "cause": items, "reason": items, "waiver": {gap.key for gap in file.gaps}}
    single = {
        "note": may.write,
        "answer": aside is not None and aside.to_me,
        "to_school": may.decide and may.send_back,
        "again": may.decide and bool(status.late),
        "rest": may.decide and may.send_for_fixes,
        **dict.fromkeys(("message", "question", "asked", "undo"), may.decide),
    }

    def has(name: str) -> bool:
        kind, _, key = name.partition(".")
        return may.decide and key in keyed[kind] if kind in keyed else single.get(kind, False)

    return has


def shown_fields(
    file: File,
    status: FileStatus,
    has: Has,
    values: dict[str, str] | None,
    back: Back | None,
    wrong: Collection[str],
) -> dict[str, Any]:
    """Return what the templates show of the fields: the posted `values` again, what comes back, or what is stored.

    `wrong`: names of fields with errors; `back`: of the posted form.
    """
    stored = {"undo": request.args.get("undo", "1"), **{f"verdict.{key}": OK for key in status.verified}, **file.draft}
    if back is None:
        values, back = _coming_back(file, has, stored)
    shown = stored if values is None else values
    return {
        "values": shown,
        "undo": shown.get("undo", stored["undo"]) == "1",
        "unsaved": _filled(shown) != _filled(stored),
        "kept": back,
        "typed": typed(file, shown, has) if wrong else (),
    }


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in values.items() if text and name != "undo"}


def _coming_back(file: File, has: Has, stored: Mapping[str, str]) -> tuple[dict[str, str] | None, Back]:
    """Return the values of the page's fields, None where nothing is back in them, and what is said of it."""
    kept = file.stored.kept
    if kept is None:
        return None, Back(file.saved)
    if kept.sha256 != file.submission.sha256:
        return None, Back(file.saved, at=kept.at, changed=True, lost=typed(file, kept.fields))
    back, lost = {name: text for name, text in kept.fields.items() if has(name)}, typed(file, kept.fields, has)
    if WHOLE in kept.fields and has("message"):
        saved = kept.fields.get("saved", file.saved)
        return {"undo": stored["undo"]} | back, Back(saved, WHOLE, kept.at, lost=lost)
    restored = ",".join(name for name in back if name in FIELDS)
    return dict(stored) | back if back else None, Back(file.saved, restored, kept.at, lost=lost)


def none(name: str) -> bool:
    """The page has no field."""
    return False


def typed(
    file: File,
    values: Mapping[str, str],
    has: Has = none,
    *,
    labels: Mapping[str, str] = FIELDS,
    verdicts: Mapping[str, str] = VERDICTS,
) -> tuple[tuple[str, str], ...]:
    """Return label and text of what is filled in without a field; the items found right in one line.

    `has`: whether the page has this field; `labels`: of the fields for the whole file.
    """
    items = {row.key: row.label for group in file.groups for row in group.rows}
    missing = {name: text for name, text in values.items() if text and not has(name)}
    passed, lines = [], []
    for name, text in missing.items():
        kind, _, key = name.partition(".")
        label, verdict = items.get(key) or label_of(name) or "", missing.get(f"verdict.{key}", "")
        if kind == "verdict" and verdict == OK:
            passed.append(label)
        elif kind == "verdict":
            lines.append((label, "：".join(filter(None, (verdicts.get(text), missing.get(f"reason.{key}"))))))
        elif kind == "reason" and not verdict:
            lines.append((label, text))
        elif kind == "waiver":
            lines.append((f"缺 {key}，{WAIVER_REASON}", text))
        elif kind == "rest":
            lines.append(("其余已看过", "已勾选"))
        elif not key and kind in labels:
            lines.append((labels[kind], ASKED.get(text, text) if kind == "asked" else text))
    return (*([(verdicts[OK], "、".join(passed))] if passed else []), *lines)
