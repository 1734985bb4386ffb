"""Evidence files in an S3-compatible bucket: s3://bucket/prefix?endpoint_url=https://…&region=…

Keys as in app.adapters.storage.local. boto3 finds credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, its files, or the
machine's role. put() returns once the object is stored; an interrupted one is never visible.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

from app.adapters.storage import Compared, NotStored
from app.config.store_layout import KEY, QUARANTINE

SETTINGS = ("endpoint_url", "region")
SECONDS, TRIES = 10, 3
ABSENT = ("NoSuchKey", "404", "NotFound")


class S3Store:
    """A Store in a bucket, below `prefix`."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        given = parse_qs(parts.query)
        unknown = sorted(set(given) - set(SETTINGS))
        if unknown:
            raise ValueError(f"KAOJI_STORAGE_URL 里有不认识的参数：{'、'.join(unknown)}")
        self.bucket, self.prefix = parts.netloc, parts.path.strip("/")
        self._client = _client(given.get("endpoint_url", [None])[0], given.get("region", ["us-east-1"])[0])

    def put(self, data: bytes) -> str:
        """See Store."""
        name = secrets.token_hex(16)
        key = f"{name[:2]}/{name[2:4]}/{name}"
        self._ask("put_object", Key=self._name(key), Body=data, ContentType="application/octet-stream")
        return key

    def open(self, key: str) -> tuple[BinaryIO, int]:
        """See Store."""
        data = self.read(key)
        return BytesIO(data), len(data)

    def read(self, key: str) -> bytes:
        """See Store."""
        if not KEY.fullmatch(key):
            raise NotStored(key)
        found = self._ask("get_object", Key=self._name(key))
        with found["Body"] as body:
            data: bytes = body.read()
        return data

    def delete(self, key: str) -> None:
        """See Store."""
        if KEY.fullmatch(key):
            self._ask("delete_object", Key=self._name(key))

    def exists(self, key: str) -> bool:
        """See Store."""
        try:
            self._ask("head_object", Key=self._name(key))
        except NotStored:
            return False
        return bool(KEY.fullmatch(key))

    def has_room(self) -> bool:
        """Always True: a bucket's free space is unknown."""
        return True

    def compare(self, known_keys: Collection[str], older_than: datetime, prefix: str = "") -> Compared:
        """See Store."""
        known, present = frozenset(known_keys), dict(self._list(prefix))
        strays = tuple(key for key, written in present.items() if key not in known and written < older_than)
        return Compared(len(present), strays, tuple(sorted(known - set(present))))

    def quarantine(self, key: str) -> None:
        """See Store."""
        with suppress(NotStored):
            self._copy(key, _put_away(key))
            self.delete(key)

    def restore(self, key: str) -> bool:
        """See Store."""
        if not KEY.fullmatch(key) or self.exists(key):
            return False
        try:
            self._copy(_put_away(key), key)
        except NotStored:
            return False
        self._ask("delete_object", Key=self._name(_put_away(key)))
        return True

    def quarantined(self) -> Iterator[str]:
        """See Store."""
        names = (name.rpartition("/")[2] for name, _ in self._objects(f"{QUARANTINE}/"))
        return (f"{name[:2]}/{name[2:4]}/{name}" for name in names)

    def expire(self, older_than: datetime) -> int:
        """See Store."""
        old = [name for name, written in self._objects(f"{QUARANTINE}/") if written < older_than]
        for name in old:
            self._ask("delete_object", Key=self._name(name))
        return len(old)

    def tidy(self, older_than: datetime) -> int:
        """See Store. There are no temporary files."""
        return 0

    def _copy(self, source: str, target: str) -> None:
        self._ask("copy_object", CopySource={"Bucket": self.bucket, "Key": self._name(source)}, Key=self._name(target))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Return every key with an object."""
        return (key for key, _ in self._list(prefix))

    def _list(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        for name, written in self._objects(prefix):
            if KEY.fullmatch(name):
                yield name, written

    def _objects(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        """Yield names without the store's prefix, and when written (aware)."""
        start = self._name(prefix)
        more: dict[str, str] = {}
        while True:
            page = self._ask("list_objects_v2", Prefix=start, **more)
            for each in page.get("Contents", ()):
                yield each["Key"].removeprefix(self._name("")), each["LastModified"]
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _name(self, key: str) -> str:
        return f"{self.prefix}/{key}" if self.prefix else key

    def _ask(self, what: str, **said: Any) -> Any:
        """Make one call. Raises NotStored for an absent key, OSError otherwise."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self._client, what)(Bucket=self.bucket, **said)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in ABSENT:
                raise NotStored(said.get("Key", "")) from None
            raise OSError(f"对象存储拒绝了请求：{code}") from error
        except BotoCoreError as error:
            raise OSError(f"对象存储没有应答：{error.__class__.__name__}") from error


def _put_away(key: str) -> str:
    """The name of that key's file in quarantine."""
    return f"{QUARANTINE}/{key[-32:]}"


def _client(endpoint: str | None, region: str) -> Any:
    """Return a thread-safe client with short timeouts. Raises ValueError without boto3."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise ValueError("使用 s3:// 存储需要先安装：pip install kaoji[s3]") from error
    make: Any = Config
    config = make(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"max_attempts": TRIES, "mode": "standard"})
    session: Any = boto3.session
    return session.Session().client("s3", endpoint_url=endpoint, region_name=region, config=config)
