"""Where evidence files are kept, behind a small protocol: plain bytes in, a key out. The key is ours, never a client's name."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Protocol


class NotStored(LookupError):
    """There is nothing under that key, or it is no key of this store."""


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


def store_for(url: str) -> Store:
    """The store of KAOJI_STORAGE_URL: `file:<folder>`. ValueError, in Chinese, for anything else."""
    from app.adapters.storage.local import LocalStore

    scheme, _, place = url.partition(":")
    if scheme != "file" or not place:
        raise ValueError(f"KAOJI_STORAGE_URL 应为 file:文件夹，现在是 {url}")
    return LocalStore(Path(place))
