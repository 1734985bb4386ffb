"""What app.cli.serving leans on inside waitress. A new version that changes one of these fails here, by name, and not on a busy day.

How it behaves is held by tests/security/test_bodies_taken.py and tests/faults.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from waitress import adjustments, channel, parser, receiver, server, task, wasyncore

CHANNEL = {
    "methods": ("received", "handle_write", "handle_close", "_flush_some", "_flush_exception", "send_continue"),
    "attributes": (
        "total_outbufs_len",
        "close_when_flushed",
        "will_close",
        "request",
        "parser_class",
        "task_class",
        "error_task_class",
    ),
}


Adjustments: Any = adjustments.Adjustments


def body(function: Any) -> str:
    return " ".join(inspect.getsource(function).split())


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (channel.HTTPChannel, (*CHANNEL["methods"], *CHANNEL["attributes"])),
        (parser.HTTPRequestParser, ("received", "parse_header", "expect_continue", "headers_finished", "chunked", "body_rcv", "header_bytes_received", "body_bytes_received")),
        (receiver.ChunkedReceiver, ("control_line", "trailer")),
        (server.TcpWSGIServer, ("maintenance", "readable", "accept", "handle_accept", "channel_class", "pull_trigger")),
        (task.WSGITask, ("build_response_header",)),
        (task.ErrorTask, ("execute", "set_close_on_finish")),
        (task.ThreadedTaskDispatcher, ("set_thread_count", "add_task", "shutdown", "active_count")),
        (wasyncore, ("loop", "close_all")),
    ],
)  # fmt: skip
def test_the_names_are_there(owner: Any, names: tuple[str, ...]) -> None:
    assert [name for name in names if not hasattr(owner, name)] == []


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (channel.HTTPChannel.received, "self.request = self.parser_class(self.adj)"),
        (channel.HTTPChannel.received, "with self.requests_lock:"),
        (channel.HTTPChannel.received, "if len(self.requests) == 1:"),
        (channel.HTTPChannel.received, "if self.will_close or self.close_when_flushed: return False"),
        (channel.HTTPChannel.service, "self.close_when_flushed = True"),
        (channel.HTTPChannel.send_continue, "self.request.completed = False"),
        (channel.HTTPChannel.handle_write, "if self.close_when_flushed and not self.total_outbufs_len:"),
        (channel.HTTPChannel.add_channel, "self.server.active_channels[self._fileno] = self"),
        (parser.HTTPRequestParser.received, "self.parse_header(header_plus)"),
        (parser.HTTPRequestParser.received, "if self.content_length >= max_body:"),
        (parser.HTTPRequestParser.received, "if self.body_bytes_received >= max_body:"),
        (parser.HTTPRequestParser.received, "max_body = self.adj.max_request_body_size"),
        (task.Task.build_response_header, 'connection = self.request.headers.get("CONNECTION", "").lower()'),
        (server.BaseWSGIServer.readable, "self.maintenance(now)"),
        (server.BaseWSGIServer.readable, "len(self._map) >= self.adj.connection_limit"),
        (server.BaseWSGIServer.handle_accept, "v = self.accept() if v is None: return"),
        (server.BaseWSGIServer.close, "self.trigger.close()"),
        (server.create_server, "for sockinfo in adj.listen:"),
        (wasyncore.dispatcher.accept, "raise"),
    ],
)
def test_the_way_it_works_is_what_we_lean_on(function: Any, words: str) -> None:
    assert words in body(function)


def test_its_settings_are_there() -> None:
    adj = Adjustments(host="127.0.0.1", port=0, inbuf_overflow=1, connection_limit=5, backlog=7)
    assert (adj.inbuf_overflow, adj.connection_limit, adj.backlog, len(adj.listen)) == (1, 5, 7, 1)
    assert list(inspect.signature(server.BaseWSGIServer.__init__).parameters)[1:8] == [
        "application", "map", "_start", "_sock", "dispatcher", "adj", "sockinfo",
    ]  # fmt: skip
    assert adj.outbuf_high_watermark > 0
