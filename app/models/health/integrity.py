"""PRAGMA quick_check of a SQLite file, with a limit of time: a noisy page is noticed before anything is written to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite

AT_START = 1.0
"""Seconds before the site serves: 200 MB; what is larger is checked while it serves."""
IN_BACKGROUND = 600.0
SHOWN = 20  # faults
NOISE = "malformed database schema"
"""Where the driver fails with UnicodeDecodeError: it says so with bytes of the schema, and those are no text any more."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: no fault and finished is whole, no fault and not finished says nothing."""

    faults: tuple[str, ...] = ()
    finished: bool = True


def check(file: Path, seconds: float) -> Checked:
    """Check the pages of a database file on a connection of its own, which other threads and writers go on beside."""
    driver: Any = sqlite
    connection = driver.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=5, check_same_thread=False)
    late = threading.Timer(seconds, connection.interrupt)
    late.daemon = True
    late.start()
    try:
        found = [str(line) for (line,) in connection.execute(f"PRAGMA quick_check({SHOWN})")]
    except UnicodeDecodeError:
        return Checked((NOISE,))
    except driver.DatabaseError as error:
        if "interrupted" in str(error):
            return Checked(finished=False)
        if is_damage(error):
            return Checked((str(error),))
        raise
    finally:
        late.cancel()
        late.join()
        connection.close()
    return Checked() if found == ["ok"] else Checked(tuple(line for each in found for line in each.splitlines()))


def is_damage(error: BaseException | None) -> bool:
    """Whether the driver says that the file is damaged, on SQLite (CORRUPT, NOTADB) or PostgreSQL (class XX)."""
    said = str(error).lower()
    state = getattr(error, "sqlstate", None) or ""
    return state in ("XX001", "XX002") or "malformed" in said or "not a database" in said
