"""Where evidence files are kept, behind a small protocol: plain bytes in, a key out. The key is ours, never a client's name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol

LEAST_FREE = 2**30
"""Bytes that must stay free on the disk (AC-42)."""
QUARANTINE_DAYS = 30


class NotStored(LookupError):
    """There is nothing under that key, or it is no key of this store."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did: temporary files removed, keys moved to quarantine, quarantined files removed for good, keys without a file."""

    temporary: int
    orphans: tuple[str, ...]
    expired: int
    missing: tuple[str, ...]


class Store(Protocol):
    """Files that never change. A key is at most 80 ASCII characters; put() returns only when the file will survive a power cut."""

    def put(self, data: bytes) -> str:
        """Keep `data`; the new random key. OSError when it cannot be written, and then nothing is left behind."""

    def open(self, key: str) -> tuple[BinaryIO, int]:
        """A binary stream at its start, for the caller to close, and its size in bytes. NotStored."""

    def read(self, key: str) -> bytes:
        """The whole file. NotStored."""

    def delete(self, key: str) -> None:
        """Remove it; an absent key is no error."""

    def exists(self, key: str) -> bool:
        """Whether the file is there."""

    def has_room(self) -> bool:
        """Whether another file may be put: less than LEAST_FREE bytes free says no."""

    def sweep(self, known_keys: Collection[str], older_than: datetime, prefix: str = "") -> Swept:
        """Tidy up what a crash left behind, among the keys that begin with `prefix`. `known_keys` are all of these that rows
        point at; only files last written before `older_than` (aware) are touched, so that an upload whose row is not
        committed yet is safe. Orphans go to quarantine, not away: after restoring an older database they may be wanted.
        Removed after QUARANTINE_DAYS."""


def store_for(url: str) -> Store:
    """The store of KAOJI_STORAGE_URL: `file:<folder>` or `s3://bucket/prefix?endpoint_url=…`. ValueError, in Chinese, for anything else."""
    scheme, _, place = url.partition(":")
    if scheme == "file" and place:
        from app.adapters.storage.local import LocalStore

        return LocalStore(Path(place))
    if scheme == "s3" and place.startswith("//") and place.strip("/"):
        from app.adapters.storage.s3 import S3Store

        return S3Store(url)
    raise ValueError(f"KAOJI_STORAGE_URL 应为 file:文件夹 或 s3://存储桶/前缀，现在是 {url}")
