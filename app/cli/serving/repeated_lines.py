"""A log that writes one line at most once a minute, and says how often it left it out.

What a client can cause thousands of times a second (no descriptor left, a full queue, an odd header) would else fill the disk.
Lines of waitress are one when only numbers or values differ; lines of the program when they are the same.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from flask.logging import default_handler

EVERY = 60.0  # seconds
KEPT = 500  # lines remembered
SERVER = ("waitress", "waitress.queue")
VALUES = re.compile(r"0x[0-9a-f]+|\d+")

log = logging.getLogger(__name__)
Key = tuple[str, int, str, str]


@dataclass
class Line:
    """When a line was last written (monotonic seconds), what it said, and how often it was left out since."""

    written: float
    text: str
    left_out: int = 0


class RepeatedLines(logging.Filter):
    """Filter for handlers and loggers; a record that passes several is judged once."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: OrderedDict[Key, Line] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        judged: bool | None = getattr(record, "kaoji_written", None)
        if judged is None:
            judged = record.kaoji_written = self._judge(record, time.monotonic())
        return judged

    def _judge(self, record: logging.LogRecord, now: float) -> bool:
        text = record.getMessage()
        with self._lock:
            key = _key(record, text)
            line = self._lines.get(key)
            if line and now - line.written < EVERY:
                line.left_out += 1
                return False
            if line and line.left_out:
                record.msg, record.args = _again(text, line.left_out), None
            self._lines[key] = Line(now, text)
            self._lines.move_to_end(key)
            if len(self._lines) > KEPT:
                self._lines.popitem(last=False)
        return True

    def tell(self, *, at_end: bool = False) -> None:
        """Write what was left out of lines that did not come again for a minute, or of all at the end."""
        now, quiet = time.monotonic(), []
        with self._lock:
            for key, line in list(self._lines.items()):
                if at_end or now - line.written >= EVERY:
                    del self._lines[key]
                    quiet += [line] if line.left_out else []
        for line in quiet:
            log.warning("%s", _again(line.text, line.left_out))


def _again(text: str, times: int) -> str:
    return f"{text} [left out {times} times since]"


def _key(record: logging.LogRecord, text: str) -> Key:
    fault = record.exc_info[1] if record.exc_info else None
    if record.name.partition(".")[0] != "waitress":
        return record.name, record.levelno, text, repr(fault)
    said = str(record.msg) if record.args else VALUES.sub("#", text)
    return record.name, record.levelno, said, type(fault).__name__


LINES = RepeatedLines()


def install() -> None:
    """Put the filter before all that writes a log in this process; doing it again changes nothing."""
    writers: list[logging.Filterer] = [*logging.getLogger().handlers, default_handler]
    writers += [logging.lastResort] if logging.lastResort else []
    for each in (*writers, *map(logging.getLogger, SERVER)):
        each.addFilter(LINES)
