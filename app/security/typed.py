"""What somebody typed, given back on a page that could not take it. Never passwords, codes or tokens."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import HTTPException

MACHINERY = {
    "csrf_token",
    "version",
    "act",
    "next",
    "captcha",
    "captcha_form",
    "code",
}  # `code` is the second factor of staff
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
    "major": "专业",
    "missing_reason": "情况说明",
    "statement": "自我鉴定",
    "diploma_number": "毕业证书编号",
    "diploma_year": "获取凭证年",
    "diploma_month": "获取凭证月",
    "diploma_province": "获取凭证省份",
    "diploma_remark": "毕业证书备注",
    "record_code": "在线验证码",
    "record_remark": "备案表备注",
    "report_number": "报告编号",
    "report_remark": "认证报告备注",
    "reason": "原因",
    "note": "说明",
}


def typed_back() -> dict[str, str]:
    """Label -> text of the form that was sent, in its order; empty when there is none or it cannot be read."""
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
