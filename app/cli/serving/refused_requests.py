"""Chinese pages with the usual headers for requests that the server refuses before the program sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import waitress.task

from app.security.csp import fixed_headers, page_policy

# waitress has no type hints
ErrorTask: Any = waitress.task.ErrorTask


@dataclass(frozen=True)
class Refusal:
    """Why a request is refused: status, what is wrong, what to do, further headers. Stands where waitress has its errors."""

    code: int
    reason: str
    title: str
    todo: str
    headers: tuple[tuple[str, str], ...] = ()


TOO_LARGE = Refusal(
    413,
    "Request Entity Too Large",
    "文件或内容太大",
    "发来的文字和文件超过了允许的大小，都没有收下；已经保存的内容都在。照片请压缩后重新选择上传，上传的地方写明了一张最大多少；文字太长的，请缩短。",
)
SIGN_IN_FIRST = Refusal(
    413,
    "Request Entity Too Large",
    "登录以后才能上传文件",
    "还没有登录，或者登录已经过期，文件没有收下。请登录后再上传一次；已经保存的内容都在。",
    (("X-Sign-In", "1"),),  # static/js/form/upload.js asks to sign in, and keeps the file
)
TOO_SLOW = Refusal(
    408,
    "Request Timeout",
    "这次请求没有发完",
    "网络太慢或者中断了，等了很久也没有收到全部内容。请在网络好一些的地方再试一次；已经保存的内容都在。",
)
CROWDED = Refusal(
    429,
    "Too Many Requests",
    "同时没有发完的请求太多",
    "从这个网络发来、还没有发完的请求太多。请等半分钟再试一次；已经保存的内容都在。",
    (("Retry-After", "30"),),
)
STOPPING = Refusal(
    503,
    "Service Unavailable",
    "站点正在重新启动",
    "请求还没有发完，站点就停下来了。请过一两分钟再试一次；已经保存的内容都在。",
    (("Retry-After", "60"),),
)
WORDS = {
    413: (TOO_LARGE.title, TOO_LARGE.todo),
    431: ("网址或请求头太长", "请清除本站的浏览器数据后重新登录，或换一个浏览器。"),
}
OTHERWISE = ("没有看懂这次请求", "请返回上一页再试一次。")
PAGE = (
    '<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    '<title>{title}</title></head>\n<body><main><h1>{title}</h1><p>{todo}</p><p><a href="/">回到首页</a></p></main></body></html>\n'
)


def headers(secure: bool) -> list[tuple[str, str]]:
    """Return the headers of security.md §5."""
    kept = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
    return [*kept, ("Content-Security-Policy", page_policy()), *fixed_headers(secure)]


class Refused(ErrorTask):
    """Answer to a request that is too large, too slow or not HTTP; the connection ends with it."""

    def execute(self) -> None:
        error = self.request.error
        title, todo = WORDS.get(error.code, OTHERWISE)
        if isinstance(error, Refusal):
            title, todo = error.title, error.todo
            self.response_headers.extend(error.headers)
        body = PAGE.format(title=title, todo=todo).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(self.channel.server.refused_headers)
        self.set_close_on_finish()
        self.channel.unread = True
        self.content_length = len(body)
        self.write(body)
