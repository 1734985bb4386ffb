"""Chinese pages with the usual headers for requests that waitress refuses."""

from __future__ import annotations

from typing import Any

import waitress.channel
import waitress.task

from app.security.csp import fixed_headers, page_policy

# waitress has no type hints
HTTPChannel: Any = waitress.channel.HTTPChannel
ErrorTask: Any = waitress.task.ErrorTask

WORDS = {
    413: ("文件或内容太大", "一次最多能收 24 MB。请把文件缩小后再上传；已经保存的内容都在。"),
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
    """Response to a request that is too large or not HTTP."""

    def execute(self) -> None:
        error = self.request.error
        title, todo = WORDS.get(error.code, OTHERWISE)
        body = PAGE.format(title=title, todo=todo).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers.extend(self.channel.server.refused_headers)
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class Channel(HTTPChannel):
    error_task_class = Refused
