"""Where pictures and database lie: what of it is the program's own, and settings that name somebody else's place (security.md AC-32)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pysqlite3.dbapi2 as driver

from app.config.refusal import BadConfig
from app.config.store_layout import OWN, is_begun

if TYPE_CHECKING:
    from app.config import Config

sqlite: Any = driver  # its compiled names have no types
FILE, S3, SQLITE = "file:", "s3://", "sqlite"
OF_DISKS = frozenset({"lost+found", ".snapshot"})  # what a disk of its own has at its root; nobody closes it
OF_INSTANCES = re.compile(
    r"\..*|kaoji.*|secret\.key.*|config\.toml|evidence|backups|demo"
)  # hidden: a service user's home
OWN_TABLES = {"alembic_version", "application", "examinee"}  # from the first version on


@dataclass(frozen=True, slots=True)
class Place:
    """A file or folder that nobody else may read; of a `store` only what the program makes in one is the program's own."""

    path: Path
    store: bool = False

    def owns(self, path: Path) -> bool:
        """Whether what lies there is the program's own."""
        return not self.store or OWN.fullmatch(path.relative_to(self.path).as_posix()) is not None


def private_places(config: Config) -> list[Place]:
    """Return what nobody else may read: the instance, and what the settings put elsewhere."""
    places = [Place(config.instance)]
    if config.storage_url.startswith(FILE):
        places.append(Place(config.evidence_folder, store=True))
    file = config.database_file
    if file and (config.instance in file.parents or _is_ours(file)):
        places += [Place(Path(f"{file}{ending}")) for ending in ("", "-wal", "-shm")]
    return places


def reasons(config: Config) -> Iterator[str]:
    """Yield why pictures or database cannot lie where the settings say. Nothing there is touched."""
    if config.storage_url.startswith(FILE):
        yield from _of_the_folder(config.storage_url.removeprefix(FILE), config.instance)
    elif config.storage_url.startswith(S3):
        if not urlsplit(config.storage_url).netloc:
            yield "KAOJI_STORAGE_URL 的 s3:// 后面要写存储桶的名字：s3://存储桶/前缀?endpoint_url=https://…"
    else:
        yield "KAOJI_STORAGE_URL 须以 file: 或 s3:// 开头"
    if urlsplit(config.database_url).scheme == SQLITE:
        yield from _of_the_file(config.database_file)


def _of_the_folder(given: str, instance: Path) -> Iterator[str]:
    if not given or not Path(given).is_absolute():
        yield f"KAOJI_STORAGE_URL 须是 file: 加文件夹的绝对路径，如 file:/srv/kaoji/pictures，现在是 {FILE}{given}"
        return
    folder, home = Path(given).resolve(), Path(os.path.expanduser("~")).resolve()
    if folder in (instance, *instance.parents) or folder in (home, *home.parents):
        yield f"KAOJI_STORAGE_URL 指的文件夹里有别的东西，照片要放在单独的一个文件夹里，现在是 {FILE}{given}"
    elif folder.exists() and not folder.is_dir():
        yield f"KAOJI_STORAGE_URL 指的是文件，不是文件夹：{folder}"
    elif instance not in folder.parents and not is_begun(folder) and (foreign := _foreign_in(folder)):
        yield f"KAOJI_STORAGE_URL 指的文件夹里有不是照片的东西（{foreign}），请换一个单独的文件夹：{folder}"


def _of_the_file(file: Path | None) -> Iterator[str]:
    if file is None or not file.is_absolute():
        yield f"KAOJI_DATABASE_URL 须是 sqlite:/// 加文件的绝对路径，如 sqlite:////srv/kaoji/kaoji.sqlite3，现在是 {file or '空的'}"
    elif file.is_dir():
        yield f"KAOJI_DATABASE_URL 指的是文件夹，不是数据库文件：{file}"


def refuse_taken(instance: Path) -> None:
    """For `init`, of a folder without a mark: raise BadConfig where something else lies in it, which would be closed too."""
    if foreign := _foreign_in(instance, OF_INSTANCES):
        raise BadConfig(f"文件夹里已有别的东西（{foreign}），请用 KAOJI_INSTANCE 指定一个单独的文件夹：{instance}")


def _foreign_in(folder: Path, own: re.Pattern[str] = OWN) -> str:
    """The first entry that the program does not make; empty where there is none, or where nobody may look."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ""
    return next((name for name in names if name not in OF_DISKS and not own.fullmatch(name)), "")


def _is_ours(file: Path) -> bool:
    """Whether it is a database of this program: any other file that a setting names is left as it is."""
    if not file.is_file():
        return False
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    try:
        with closing(sqlite.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            return {name for (name,) in connection.execute(query)} >= OWN_TABLES
    except sqlite.Error:
        return False
