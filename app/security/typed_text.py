"""Typed text shown again on a refusal, without passwords, codes and tokens."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request
from werkzeug.exceptions import HTTPException

MACHINERY = {
    "csrf_token",
    "form_token",
    "sure",
    "version",
    "shown",
    "act",
    "next",
    "captcha",
    "captcha_form",
    "code",
}  # `code`: second factor of staff
LONGEST = 20_000
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


def label_fields(labels: Mapping[str, str]) -> None:
    """Add labels (field name -> words) of the services; called by create_app."""
    LABELS.update(labels)


def typed_back() -> dict[str, str]:
    """Return label -> text of the sent form, in order; empty when there is none or it cannot be parsed."""
    try:
        pairs = list(request.form.items(multi=True))
    except (HTTPException, ValueError):
        return {}
    kept: dict[str, str] = {}
    for name, value in pairs:
        if value.strip() and name not in MACHINERY and "password" not in name.lower():
            label = LABELS.get(name, name[:40])
            kept[label] = f"{kept[label]}、{value[:LONGEST]}" if label in kept else value[:LONGEST]
    return kept


def sent_again() -> list[tuple[str, str]]:
    """Return name and value of the whole form but its token, to be sent again; empty with a password or code, which no page repeats."""
    try:
        pairs = list(request.form.items(multi=True))
    except (HTTPException, ValueError):
        return []
    if any("password" in name.lower() or name in ("captcha", "code") for name, _ in pairs):
        return []
    return [(name, value) for name, value in pairs if name != "csrf_token" and len(value) <= LONGEST]
