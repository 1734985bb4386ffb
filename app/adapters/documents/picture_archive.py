"""ZIP of pictures, one per person, each read on demand.

Nothing is unpacked to disk and names are not used as paths.
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
"""Pictures per archive."""
NOT_OURS = ("__MACOSX", "Thumbs.db", ".DS_Store")
"""Entries that operating systems add."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture: file name without folders, also without suffix."""

    name: str
    stem: str
    info: zipfile.ZipInfo


class PictureArchive:
    """The pictures of an open archive, in its order."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.entries = [
            Entry(path.name, path.stem, info)
            for info in archive.infolist()
            if not info.is_dir() and not set((path := PurePosixPath(info.filename)).parts) & set(NOT_OURS)
        ]

    def read(self, entry: Entry) -> bytes:
        """Return the bytes of a picture, at most one over the limit. Raises BadTable when damaged."""
        try:
            with self._archive.open(entry.info) as file:
                return file.read(LENIENT_BYTES + 1)
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError) as fault:
            raise BadTable(f"{entry.name}：压缩包里的这个文件读不出来（已损坏或有密码）") from fault


@contextmanager
def picture_archive(path: Path) -> Iterator[PictureArchive]:
    """Open the archive at `path`. Raises BadTable when it is none, empty or too large."""
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
