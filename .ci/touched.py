"""The tests of what a change touched, one path a line: for the full size behind the whole suite (.ci/run).

The change is what differs from the merge base with origin/main, on main itself from the commit before.
Says why on stderr, and nothing else, where that cannot be told.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
MOST = 8  # folders and files; a change that touches more has been looked at by the default size


def git(*arguments: str) -> str:
    """What git says; empty where it cannot."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")  # noqa: S603, S607
    return done.stdout.strip() if done.returncode == 0 else ""


def changed() -> list[str]:
    """Paths of this change; empty where there is no history to compare with."""
    base, head = git("merge-base", "HEAD", "origin/main"), git("rev-parse", "HEAD")
    if not base or base == head:
        base = git("rev-parse", "HEAD~1")
    return git("diff", "--name-only", base, "HEAD").splitlines() if base else []


def tests_of(path: str) -> Path | None:
    """The tests of one file: its own name, else the nearest folder of tests/ that is called like the file's folder."""
    parts = PurePosixPath(path).parts
    if parts[0] == "tests":
        own = ROOT / path
        if own.name.startswith("test_") and own.is_file():
            return own
        return own.parent if len(parts) > 2 and own.parent.is_dir() else None
    if parts[0] == "templates":
        parts = ("app", "web", *parts[1:])
    if parts[0] != "app":
        return None
    for length in range(len(parts), 1, -1):
        name = PurePosixPath(*parts[1:length]).with_suffix("")
        for found in (ROOT / "tests" / name, ROOT / "tests" / name.parent / f"test_{name.name}.py"):
            if found.exists():
                return found
    return None


def main() -> None:
    found = {place for place in map(tests_of, changed()) if place}
    inner = {place for place in found if not any(other in place.parents for other in found)}
    if not inner or len(inner) > MOST:
        print("nothing to tell apart" if not inner else f"{len(inner)} places were touched", file=sys.stderr)
        return
    print(*sorted(place.relative_to(ROOT).as_posix() for place in inner), sep="\n")


if __name__ == "__main__":
    main()
