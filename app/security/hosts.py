"""A request for a host that is not ours gets a plain answer: no page, since a page would build addresses (AC-33)."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import SecurityError

WORDS = "这里没有这个网址的站点，请核对地址。管理员：要用的域名写在设置 KAOJI_TRUSTED_HOSTS 里。"


def refuse_foreign() -> Response | None:
    """Before every request: 400 for a Host header outside KAOJI_TRUSTED_HOSTS; unset, only this machine's own names are known."""
    if isinstance(request.routing_exception, SecurityError):
        return Response(WORDS, 400, content_type="text/plain; charset=utf-8")
    return None
