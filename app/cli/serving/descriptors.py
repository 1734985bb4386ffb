"""How many connections fit the number of files that the system lets this process open (its descriptors).

A connection is a descriptor, and a second one while its body or answer lies in a temporary file. Without a reserve for databases,
photos and pipes the thousandth slow client would stop every other request.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from app.cli.refusal import Fault

EACH = 2  # descriptors of a connection
RESERVE = 128  # 8 threads with a database (3 files, or a socket), photos, picture workers' pipes, fonts, logs
FEWEST = 16  # connections below which serving makes no sense
ENOUGH = 65_536  # a soft limit is raised to the hard one, at most to this


@dataclass(frozen=True)
class Fit:
    """`connections` that may be open at once; `told` is one line for the administrator when they were lowered, or ''."""

    connections: int
    told: str = ""


def fit(wanted: int, limit: int | None) -> Fit:
    """Return how many of the wanted connections fit `limit` descriptors (None: no such limit). Raises Fault below FEWEST."""
    if limit is None or wanted * EACH + RESERVE <= limit:
        return Fit(wanted)
    fitting = (limit - RESERVE) // EACH
    if fitting < FEWEST:
        least = FEWEST * EACH + RESERVE
        raise Fault(
            f"系统只允许本程序同时打开 {limit} 个文件，至少要 {least} 个：请调高限制（systemd 的 LimitNOFILE，或 ulimit -n）"
        )
    told = (
        f"注意：系统只允许本程序同时打开 {limit} 个文件，同时的连接从 {wanted} 个降为 {fitting} 个；"
        f"要收 {wanted} 个，请把限制调到 {wanted * EACH + RESERVE} 以上（systemd 的 LimitNOFILE，或 ulimit -n）"
    )
    return Fit(fitting, told)


def raised_limit() -> int | None:
    """Raise this process's limit as far as the system allows and return it; None on Windows, which has none."""
    if sys.platform == "win32":
        return None
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft == resource.RLIM_INFINITY or soft >= most:
        return None if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    except (OSError, ValueError):  # macOS allows less than it says
        return soft
    return most
