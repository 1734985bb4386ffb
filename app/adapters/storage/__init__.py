"""Evidence storage protocol: bytes in, generated key out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

LEAST_FREE = 2**30
"""Bytes that must stay free on the disk (AC-42)."""
QUARANTINE_DAYS = 30


class NotStored(LookupError):
    """No file under that key, or an invalid key."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A store beside its table: how many files are there, keys of old files without a row, keys of rows without a file."""

    files: int
    strays: tuple[str, ...]
    missing: tuple[str, ...]


class Store(Protocol):
    """Immutable files. A key has at most 80 ASCII characters; a file survives a power cut once put() returns."""

    def put(self, data: bytes) -> str:
        """Store `data` and return a random key. Raises OSError, leaving nothing behind."""

    def open(self, key: str) -> tuple[BinaryIO, int]:
        """Return a stream, for the caller to close, and its size in bytes. Raises NotStored."""

    def read(self, key: str) -> bytes:
        """Return the whole file. Raises NotStored."""

    def delete(self, key: str) -> None:
        """Delete the file; an absent key is no error."""

    def exists(self, key: str) -> bool:
        """Whether the file exists."""

    def has_room(self) -> bool:
        """Whether at least LEAST_FREE bytes are free."""

    def compare(self, known_keys: Collection[str], older_than: datetime, prefix: str = "") -> Compared:
        """Look at what lies under `prefix`; nothing is changed. `known_keys`: all of these with a row. Files written since
        `older_than` (aware) are no strays, since their rows may not be committed.
        """

    def quarantine(self, key: str) -> None:
        """Put a file away, where `restore` finds it; its time there starts now. An absent key is no error."""

    def restore(self, key: str) -> bool:
        """Bring a file back from quarantine, unless there is one under its key. False: none is there."""

    def quarantined(self) -> Iterator[str]:
        """Yield the keys of the files in quarantine."""

    def expire(self, older_than: datetime) -> int:
        """Delete what has been in quarantine since before then; return the number."""

    def tidy(self, older_than: datetime) -> int:
        """Delete temporary files that a crash left before then; return the number."""


def store_for(url: str) -> Store:
    """Return the store of KAOJI_STORAGE_URL: `file:<folder>` or `s3://bucket/prefix?endpoint_url=…`. Raises ValueError (Chinese)."""
    scheme, _, place = url.partition(":")
    if scheme == "file" and place:
        from app.adapters.storage.local import LocalStore

        return LocalStore(Path(place))
    if scheme == "s3" and place.startswith("//") and place.strip("/"):
        from app.adapters.storage.s3 import S3Store

        return S3Store(url)
    raise ValueError(f"KAOJI_STORAGE_URL 应为 file:文件夹 或 s3://存储桶/前缀，现在是 {url}")
