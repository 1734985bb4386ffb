"""The data folder belongs to one user of the computer, and nobody else reads it (security.md AC-32)."""

from __future__ import annotations

import getpass
import os
import stat
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from app.config.places import Place
from app.config.refusal import BadConfig

OTHERS = 0o077  # what group and others may do
WINDOWS = os.name == "nt"
WINDOWS_KEEPERS = ("*S-1-5-18", "*S-1-5-32-544")  # the system and the administrators, whatever the language of Windows


def keep_private() -> int:
    """Whatever this process makes from now on is its user's alone; return the former umask."""
    return os.umask(OTHERS)


def refuse_foreign(folder: Path) -> None:
    """Raise BadConfig where another user than the folder's owner runs the program, root too: its files would be foreign."""
    if WINDOWS or not folder.exists():
        return
    owner, me = folder.stat().st_uid, os.geteuid()
    if owner != me:
        raise BadConfig(
            f"数据文件夹属于用户 {user(owner)}，现在运行程序的是 {user(me)}：{folder}（请用它的主人运行："
            f"sudo -u {user(owner)} env KAOJI_INSTANCE={folder} kaoji …；本来就该归 {user(me)} 的，先运行 sudo chown -R {user(me)} {folder}）"
        )


def user(number: int) -> str:
    """Return a user's name; #1000, as sudo takes it, where the computer knows none."""
    import pwd

    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"'#{number}'"


def is_open(path: Path) -> bool:
    """Whether group or others may do anything with it. A link says nothing, and Windows has access lists instead."""
    return not WINDOWS and _mode(path) & OTHERS != 0


def make_private(places: Iterable[Place]) -> list[Path]:
    """Take from everybody else what they may do with what is ours in these places; return those that others could reach before.

    A place is walked whole only where it or an entry of it is open: below a closed folder nothing can be reached. The folder is
    closed last, so that an interrupted walk is repeated. Raises BadConfig naming the path where that is not possible.
    """
    return [place.path for place in places if place.path.exists() and _close(place)] if not WINDOWS else []


def open_places(places: Iterable[Place]) -> list[Path]:
    """Return the places, and entries of them, that others can reach."""
    return [path for path in _all_near(places) if is_open(path)]


def foreign_places(places: Iterable[Place], owner: int) -> list[Path]:
    """Return the places, and entries of them, that belong to another user than the one of that number."""
    return [path for path in _all_near(places) if _owner(path) not in (owner, None)]


def _all_near(places: Iterable[Place]) -> list[Path]:
    found = {path for place in places if place.path.exists() for path in _near(place)}
    return [] if WINDOWS else sorted(found)


def _near(place: Place) -> list[Path]:
    path = place.path
    return [path, *(filter(place.owns, sorted(path.iterdir())) if path.is_dir() else ())]


def _close(place: Place) -> bool:
    """Whether it was open itself: what is open in a closed folder, as a copied file, nobody could reach."""
    near, reached = _near(place), is_open(place.path)
    foreign = next((path for path in near if _foreign(path)), None)
    if foreign:
        raise BadConfig(_not_ours(foreign, place.path))
    if not any(map(is_open, near)):
        return False
    for path in filter(place.owns, _below(place.path)):
        _take(path, place.path)
    if is_open(place.path):
        raise BadConfig(f"不能收紧权限：{place.path}（它所在的磁盘不分用户，请用 KAOJI_INSTANCE 指定另一个位置）")
    return reached


def _below(place: Path) -> Iterator[Path]:
    """Everything in a folder, the folder itself last."""

    def stop(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError | NotADirectoryError):
            raise BadConfig(_not_ours(Path(error.filename), place))

    if not place.is_dir():
        yield place
    for folder, _, files in os.walk(place, topdown=False, onerror=stop):
        yield from (Path(folder, name) for name in files)
        yield Path(folder)


def _take(path: Path, place: Path) -> None:
    if not is_open(path):
        return
    try:
        path.chmod(stat.S_IMODE(_mode(path)) & ~OTHERS)
    except FileNotFoundError:  # a server at work beside
        return
    except OSError as error:
        raise BadConfig(_not_ours(path, place)) from error


def _mode(path: Path) -> int:
    """The mode of a file or folder; 0 for what is gone, and for links and devices, which have none of their own."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return 0
    return mode if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else 0


def _foreign(path: Path) -> bool:
    return os.geteuid() != 0 and _owner(path) not in (os.geteuid(), None)


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except FileNotFoundError:  # a server at work beside
        return None


def _not_ours(path: Path, place: Path) -> str:
    me = user(os.geteuid())
    return f"不能收紧权限，它不归用户 {me}：{path}（请运行 sudo chown -R {me} {place}，再试一次）"


def windows_access(folder: Path, account: str = "", run: Callable[..., Any] = subprocess.run) -> bool:
    """On Windows: give the folder to `account` (else who runs this), the system and the administrators, and to nobody else.

    Return whether icacls did it.
    """
    grants = [f"{who}:(OI)(CI)F" for who in (account or getpass.getuser(), *WINDOWS_KEEPERS)]
    done = run(["icacls", str(folder), "/inheritance:r", "/grant:r", *grants, "/T", "/C", "/Q"], capture_output=True)
    return bool(done.returncode == 0)
