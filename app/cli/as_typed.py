"""The command as it must be typed here: the kaoji that runs, the data folder that it was told, quoted for the shell."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import config as settings
from app.config import SETTINGS, BadConfig, hidden

INSTANCE = "KAOJI_INSTANCE"
PLACES = (SETTINGS["database_url"], SETTINGS["storage_url"])
"""What says where the data is beside the folder: set for init alone, the next commands would look elsewhere."""
LEFT_OUT = "（把 *** 换成真的；写进数据文件夹里的 config.toml 就不用每次设）"


@dataclass(frozen=True, slots=True)
class Typed:
    """`command` stands where `kaoji` would; `first`: lines to be followed before it in each new window.

    A password is not printed: what holds one is set by such a line, with *** in its place.
    """

    command: str
    first: tuple[str, ...] = ()


def as_typed() -> Typed:
    """Return how this process's kaoji is called from any folder."""
    windows = os.name == "nt"
    script = _script(sys.argv[0] if sys.argv else "", windows)
    found = shutil.which("kaoji")
    own = (
        sys.prefix != sys.base_prefix
    )  # a virtual environment is on the path only in the window where it was activated
    plain = script is not None and not own and found is not None and _same(Path(found), script)
    return typed("" if plain or script is None else str(script), os.environ, windows=windows)


def typed(script: str, environment: Mapping[str, str], *, windows: bool) -> Typed:
    """Return the command: `script` is the path of kaoji, empty where its name alone finds it."""
    told = environment.get(INSTANCE, "")
    folder = str(settings.instance_path({INSTANCE: told})) if told and not _is_default(told) else ""
    given = {INSTANCE: folder} if folder else {}
    given |= {name: value for name in PLACES if (value := environment.get(name, "").strip())}
    if windows:
        return _on_windows(script, given)
    said = [f"{name}={shlex.quote(value)}" for name, value in given.items() if hidden(value) == value]
    first = tuple(
        f"每个新窗口先运行：export {name}={shlex.quote(hidden(value))}{LEFT_OUT}"
        for name, value in given.items()
        if hidden(value) != value
    )
    return Typed(" ".join([*said, shlex.quote(script or "kaoji")]), first)


def _on_windows(script: str, given: Mapping[str, str]) -> Typed:
    """Without a blank both shells take the path as it is; with one PowerShell wants & before the quotes."""
    first = []
    for name, value in given.items():
        shown = hidden(value)
        first.append(
            f'命令提示符里先运行：set "{name}={shown}"（PowerShell 里是：$env:{name} = "{shown}"）'
            + (LEFT_OUT if shown != value else "")
        )
    quoted = any(character in script for character in " &()^;,'")
    if quoted:
        first.append("PowerShell 里，每条命令的前面再加 & 和一个空格")
    return Typed(f'"{script}"' if quoted else script or "kaoji", tuple(first))


def _is_default(told: str) -> bool:
    try:
        return settings.instance_path({INSTANCE: told}) == settings.instance_path({})
    except BadConfig:
        return False


def _script(argument: str, windows: bool) -> Path | None:
    """Return the console script: the one that was started, or that of this environment."""
    names = ("kaoji.exe", "kaoji") if windows else ("kaoji",)
    started = Path(argument).absolute()
    here = [started.parent] if started.stem == "kaoji" else []
    for folder in (*here, Path(sysconfig.get_path("scripts"))):
        for name in names:
            if (folder / name).is_file():
                return folder / name
    return None


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
