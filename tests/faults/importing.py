"""What `kaoji import` does, in processes that end by signal 9: before their k-th statement or commit, or from outside at any moment.

    python -m tests.faults.importing      one order a line on stdin: {"kind": "scores", "file": path, "at": k}; answers a line each

The instance is opened once; each order is a fork of it. `at` 0: run to the end, or until somebody kills it. Answers: {"pid": n},
then {"signal": n, "code": n, "moments": n} when it has ended.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

import app.actions.imports.common as common
from app.actions.imports import import_file, read_file
from app.cli.common import instance, opened, operator
from app.config import Config
from app.extensions import db

PART = 150  # rows written at once: several statements for a file of some hundred


class Moments:
    """Counts statements and commits, and ends the process before one of them."""

    def __init__(self, last: int) -> None:
        self.last, self.seen = last, 0
        event.listen(Engine, "before_cursor_execute", self.one)
        event.listen(Engine, "commit", self.one)

    def one(self, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


def child(config: Config, order: dict[str, Any], out: int) -> None:
    moments = Moments(order["at"])
    tables = read_file(order["kind"], Path(order["file"]))
    result = import_file(
        order["kind"], tables, by=operator(), on=datetime.now(UTC), file_name="a", secret=config.secret_key
    )
    for error in result.errors[:3]:
        sys.stderr.write(f"{error}\n")
    sys.stderr.flush()
    os.write(out, str(moments.seen).encode())
    os._exit(0 if result.ok else 1)


def answer(**values: int) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def main() -> None:
    common.chunks.__defaults__ = (PART,)
    config = instance()
    with opened(config):
        db.session.remove()
        db.engine.dispose()  # each fork opens a connection of its own
        for line in sys.stdin:
            order = json.loads(line)
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                child(config, order, writing)
            os.close(writing)
            answer(pid=pid)
            status = os.waitpid(pid, 0)[1]
            moments = int(os.read(reading, 20) or 0)
            os.close(reading)
            ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            answer(signal=ended, code=0 if ended else os.WEXITSTATUS(status), moments=moments)


if __name__ == "__main__":
    main()
