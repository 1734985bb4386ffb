"""Typed text shown again on a refusal, without passwords, codes and tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask import g, request
from werkzeug.exceptions import HTTPException

MACHINERY = {
    "csrf_token",
    "whose",
    "form_token",
    "sure",
    "version",
    "shown",
    "made",
    "act",
    "next",
    "captcha",
    "captcha_form",
    "code",
    "sha256",
    "saved",
    "state",
    "number",
    "decision",
    "restored",
    "undo",
    "until",
    "back",
    "batch",
    "stay",
    "pick",
    "all",
    "to",
    "drop",
    "query",
    "person",
    "columns",
    "file",
}  # `code`: second factor of staff
LONGEST = 20_000
MOST = 60
"""Fields that a page gives back, or sends again: no form has more to be typed, and a page is no echo of whatever was sent."""
MOST_FILES = 10
LONGEST_NAME = 100
LABELS = {
    "id_number": "证件号码",
    "ticket": "准考证号",
    "username": "用户名",
    "phone": "手机号码",
    "email": "邮箱",
    "address": "通讯地址",
    "postcode": "邮政编码",
    "nation": "民族",
    "political_status": "政治面貌",
    "occupation": "职业",
    "reason": "原因",
    "note": "说明",
}
"""Field name -> label; see label_fields."""
CHOICES: dict[str, Mapping[str, str]] = {}
"""Field name -> value -> words, likewise."""
_PAGES: dict[str, Mapping[str, str]] = {}
"""Endpoint -> the labels of its own form, which may call a field otherwise than other forms do; see label_page."""
_OFFERED: dict[str, Mapping[str, Mapping[str, str]]] = {"": {}}
"""Endpoint, '' for all -> field that nobody types -> value -> words, likewise: given back in words or not at all."""


def hide_fields(names: Iterable[str]) -> None:
    """Add names of fields that no form labels: machinery, never shown; called by create_app."""
    MACHINERY.update(set(names) - LABELS.keys())


def label_fields(labels: Mapping[str, str], choices: Mapping[str, Mapping[str, str]] | None = None) -> None:
    """Add labels (field name -> words) and words of what is chosen (field -> value -> words); called by create_app."""
    LABELS.update(labels)
    CHOICES.update(choices or {})


def label_page(endpoint: str, labels: Mapping[str, str], chosen: Mapping[str, Mapping[str, str]]) -> None:
    """Say how the form of one address ('': of any) calls its fields, and what of them is `chosen`; called by create_app."""
    _PAGES[endpoint], _OFFERED[endpoint] = labels, chosen


OTHER = "填写的内容"
_KEYED = {"reason": "退回原因", "waiver": "准予通过的理由", "verdict": "审核结果", "reply": "我的说明"}
_SAID = {"ok": "通过", "return": "退回"}


def label_of(name: str, own: Mapping[str, str] | None = None) -> str | None:
    """Return a field's label (`own`: of its page's form), OTHER where it has none, None for machinery. Never the raw name."""
    kind, dot, key = name.partition(".")
    if name in MACHINERY or "password" in name.lower() or kind == "cause":
        return None
    if dot:
        field = key.rpartition(".")[2]
        return f"{LABELS.get(field, OTHER)}：{_KEYED[kind]}" if kind in _KEYED else LABELS.get(field, OTHER)
    return (own or {}).get(name) or LABELS.get(name, OTHER)


def posted() -> list[tuple[str, str]]:
    """Return the sent form; empty when there is none or it cannot be parsed."""
    try:
        return list(request.form.items(multi=True))
    except (HTTPException, ValueError):
        return []


def typed_back() -> dict[str, str]:
    """Return label -> text of the sent form, in order: of MOST fields at most."""
    kept: dict[str, str] = {}
    number = 0
    own = _PAGES.get(request.endpoint or "")
    for name, value in posted():
        label = label_of(name, own)
        value = _in_words(name, value)
        if value.strip() and label is not None:
            number += 1
            if number > MOST:
                break
            kept[label] = f"{kept[label]}、{value[:LONGEST]}" if label in kept else value[:LONGEST]
    return kept


def _in_words(name: str, value: str) -> str:
    """Return a chosen value in words, '' where it has none; what was typed stays as it is."""
    kind = name.partition(".")[0]
    if kind == "verdict":
        return _SAID.get(value, "")
    chosen = {**_OFFERED[""], **_OFFERED.get(request.endpoint or "", {})}
    known = {**chosen.get(kind, {}), **CHOICES.get(name, {})}
    return known.get(value, "" if kind in chosen else value)


def sent_again() -> list[tuple[str, str]]:
    """Return name and value of the whole form but its token, to be sent again.

    Empty where that would not be the whole: with a password or code, which no page repeats, with a text over LONGEST, and with more than
    MOST fields, empty ones apart where there are many (a step of an application, where an empty field is not a missing one, has few).
    """
    pairs = [(name, value) for name, value in posted() if name != "csrf_token"]
    if holds_secrets() or any(len(value) > LONGEST for _, value in pairs):
        return []
    if len(pairs) > MOST:
        pairs = [(name, value) for name, value in pairs if value]
    return pairs if len(pairs) <= MOST else []


def holds_secrets() -> bool:
    """Whether a password or a code was sent."""
    return any(value and _is_secret(name) for name, value in posted())


def _is_secret(name: str) -> bool:
    return "password" in name.lower() or name in ("captcha", "code")


def file_taken(field: str) -> None:
    """Say that the file of this field was stored."""
    taken: set[str] = g.setdefault("files_taken", set())
    taken.add(field)


def files_lost() -> list[str]:
    """Return the names of the files that came with the form and were not stored; no page keeps them."""
    taken = g.get("files_taken", ())
    try:
        files = [one.filename or "" for field, one in request.files.items(multi=True) if field not in taken]
    except (HTTPException, ValueError):
        return []
    return [name[-LONGEST_NAME:] for name in files if name][:MOST_FILES]
