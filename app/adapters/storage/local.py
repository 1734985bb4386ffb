"""Evidence files in a local folder.

A file is written under a temporary name in the same tree, flushed and renamed; its folder is flushed too (POSIX; Windows does so
itself). A file under its key is complete; a power cut leaves at most a temporary file for `tidy`. The folder itself is never made here:
where it is absent its disk is not mounted, and every act raises OSError. So does, where a mount point is left of it, what asks for a
picture and what would put one into a store that this process had seen there.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from app.adapters.storage import LEAST_FREE, Compared, NotStored
from app.config.store_layout import BY_TWO, KEY, NAME, QUARANTINE, TEMPORARY, is_bare


class LocalStore:
    """A Store in `root`: aa/bb/<32 hex digits>, aabb being the first four."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._begun = False  # as this process has seen: what is gone then is not made anew

    def begin(self) -> None:
        """Make the folder, and begin a store in it where there is none."""
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._make(self.root / TEMPORARY)
        self._begun = True

    def put(self, data: bytes) -> str:
        """See Store."""
        name = secrets.token_hex(16)
        target = self.root / name[:2] / name[2:4] / name
        temporary = self.root / TEMPORARY / name
        if not self._begun:
            self._make(temporary.parent)
            self._begun = True
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self._make(target.parent)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _flush_folder(target.parent)
        return f"{name[:2]}/{name[2:4]}/{name}"

    def open(self, key: str) -> tuple[BinaryIO, int]:
        """See Store."""
        try:
            stream = self._path(key).open("rb")
        except FileNotFoundError:
            self._there(asked=True)
            raise NotStored(key) from None
        return stream, os.fstat(stream.fileno()).st_size

    def read(self, key: str) -> bytes:
        """See Store."""
        stream, _ = self.open(key)
        with stream:
            return stream.read()

    def delete(self, key: str) -> None:
        """See Store."""
        path = self._path(key)
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            _flush_folder(path.parent)

    def exists(self, key: str) -> bool:
        """See Store."""
        return self._path(key).is_file()

    def has_room(self) -> bool:
        """See Store; measured where the files are."""
        return shutil.disk_usage(self.root).free >= LEAST_FREE

    def compare(self, known_keys: Collection[str], older_than: datetime, prefix: str = "") -> Compared:
        """See Store."""
        self._there(asked=bool(known_keys))
        known, present = frozenset(known_keys), frozenset(self.keys(prefix))
        old = older_than.timestamp()
        strays = tuple(sorted(key for key in present - known if _written(self._path(key)) < old))
        return Compared(len(present), strays, tuple(sorted(k for k in known - present if not self.exists(k))))

    def quarantine(self, key: str) -> None:
        """See Store."""
        path = self._path(key)
        with suppress(FileNotFoundError):
            os.utime(path)  # quarantine time starts now
            self._make(self.root / QUARANTINE)
            os.replace(path, self.root / QUARANTINE / path.name)

    def restore(self, key: str) -> bool:
        """See Store."""
        try:
            path = self._path(key)
        except NotStored:
            return False
        if path.exists() or not (self.root / QUARANTINE / path.name).exists():
            return False
        self._make(path.parent)
        try:
            os.replace(self.root / QUARANTINE / path.name, path)
        except FileNotFoundError:
            return False
        _flush_folder(path.parent)
        return True

    def quarantined(self) -> Iterator[str]:
        """See Store."""
        self._there()
        place = self.root / QUARANTINE
        names = [path.name for path in place.iterdir()] if place.is_dir() else []
        return (f"{name[:2]}/{name[2:4]}/{name}" for name in sorted(names) if NAME.fullmatch(name))

    def expire(self, older_than: datetime) -> int:
        """See Store."""
        return self._remove_older(QUARANTINE, older_than)

    def tidy(self, older_than: datetime) -> int:
        """See Store."""
        return self._remove_older(TEMPORARY, older_than)

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield every key with a file that begins with `prefix` (two digits or empty)."""
        self._there()
        for path in self.root.glob(f"{prefix or BY_TWO}/{BY_TWO}/*"):
            key = "/".join(path.parts[-3:])
            if KEY.fullmatch(key) and path.is_file():
                yield key

    def _path(self, key: str) -> Path:
        """Return the path of a key. Raises NotStored, so no other path can be reached."""
        found = KEY.fullmatch(key)
        if not found or not found[3].startswith(found[1] + found[2]):
            raise NotStored(key)
        return self.root / found[1] / found[2] / found[3]

    def _there(self, *, asked: bool = False) -> None:
        """Raise FileNotFoundError where the folder is absent; `asked` for a picture that was put there, also where no store is in it."""
        if not self.root.is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.root))
        if asked and is_bare(self.root):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.root / TEMPORARY))

    def _make(self, folder: Path) -> None:
        """Create a folder inside and its parents, flushed."""
        if folder.is_dir():
            return
        if folder == self.root:
            self._there()
        self._make(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush_folder(folder.parent)

    def _remove_older(self, folder: str, than: datetime) -> int:
        place = self.root / folder
        if not place.is_dir():
            return 0
        old = [p for p in place.iterdir() if NAME.fullmatch(p.name) and _written(p) < than.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def _written(path: Path) -> float:
    """Seconds since 1970; a file deleted meanwhile counts as just written."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def _flush_folder(folder: Path) -> None:
    """Flush a folder, so that a rename survives a power cut. Neither possible nor needed on Windows."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
