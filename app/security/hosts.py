"""Refusal of foreign hosts, in plain text because a page would build addresses (AC-33)."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import SecurityError

WORDS = "这里没有这个网址的站点，请核对地址。管理员：要用的域名写在设置 KAOJI_TRUSTED_HOSTS 里。"


def refuse_foreign() -> Response | None:
    """Answer 400, before every request, to a Host outside KAOJI_TRUSTED_HOSTS (unset: this machine's names)."""
    if isinstance(request.routing_exception, SecurityError):
        return Response(WORDS, 400, content_type="text/plain; charset=utf-8")
    return None
