"""A ZIP of pictures, one a person: each is read when asked for, so that a large archive needs little memory.

Nothing is ever unpacked to the disk, and a name is only looked at, so that none can lead anywhere.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from app.adapters.documents.tables import BadTable
from app.rules.evidence.kinds import LENIENT_BYTES

MOST = 5_000
"""Pictures in one archive."""
NOT_OURS = ("__MACOSX", "Thumbs.db", ".DS_Store")
"""What systems put into archives by themselves."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture: its file's name without folders, and that without its ending."""

    name: str
    stem: str
    info: zipfile.ZipInfo


class PictureArchive:
    """The pictures of an opened archive, in its order."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.entries = [
            Entry(path.name, path.stem, info)
            for info in archive.infolist()
            if not info.is_dir() and not set((path := PurePosixPath(info.filename)).parts) & set(NOT_OURS)
        ]

    def read(self, entry: Entry) -> bytes:
        """The bytes of one picture, never more than one over the limit. BadTable when the archive is broken there."""
        try:
            with self._archive.open(entry.info) as file:
                return file.read(LENIENT_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as fault:
            raise BadTable(f"{entry.name}：压缩包里的这个文件读不出来（已损坏或有密码）") from fault


@contextmanager
def picture_archive(path: Path) -> Iterator[PictureArchive]:
    """The archive at `path`. BadTable when it is none, or holds too many files or none at all."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BadTable(f"{path.name}：找不到这个文件") from None
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
        raise BadTable(f"{path.name}：不是 ZIP 压缩包，或已损坏") from None
    with archive:
        found = PictureArchive(archive)
        if not found.entries:
            raise BadTable(f"{path.name}：压缩包里没有照片")
        if len(found.entries) > MOST:
            raise BadTable(f"{path.name}：有 {len(found.entries):,} 个文件，一次最多 {MOST:,} 个，请分开导入")
        yield found
