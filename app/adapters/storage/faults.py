"""When the store of files does not do its work: nobody's picture is at fault, and it is worth another try."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class StoreFails(OSError):
    """The disk or the object storage does not answer or refuses; answered with 503."""

    message = "平台这边暂时存取不了图片，请稍后再试。不是照片的问题，也不算上传次数；已填写的内容都在。"

    def __str__(self) -> str:
        return self.message


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what a Store raises, its NotStored apart, into StoreFails."""
    try:
        yield
    except OSError as error:
        raise StoreFails from error
