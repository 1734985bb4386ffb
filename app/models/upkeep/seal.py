"""The seal of an audit row: a MAC that only the program with the instance's key can make (security.md AC-30).

A row put into the table by hand has none; a copied one has one that is there twice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import current_app

KEPT = re.compile(r"secret\.key\.\d{8}-\d{6}")
NONCE = 16  # hexadecimal digits before the MAC
FIELDS = (
    "actor_kind",
    "actor_id",
    "actor_label",
    "actor_role",
    "address",
    "action",
    "subject",
    "subject_id",
)


def audit_key() -> bytes:
    """Return the key of this instance's audit, made from its secret key."""
    return _made_from(current_app.extensions["kaoji"].secret_key)


def audit_keys() -> list[bytes]:
    """Return the key, and those of before, which a renewed secret key leaves beside it (secret.key.DATE-TIME), the last first."""
    config = current_app.extensions["kaoji"]
    kept = [path for path in sorted(config.instance.glob("secret.key.*"), reverse=True) if KEPT.fullmatch(path.name)]
    return [audit_key(), *(_made_from(bytes.fromhex(path.read_text(encoding="ascii").strip())) for path in kept)]


def _made_from(secret_key: bytes) -> bytes:
    return hmac.digest(secret_key, b"kaoji audit", "sha256")


def canonical(row: Mapping[str, Any]) -> bytes:
    """Return a row's content as it is in both databases, without id and seal.

    `at` is a datetime or SQLite's text of one, `detail` a value or JSON text. What a hand left unreadable is taken as it stands.
    """
    detail = row["detail"]
    try:
        detail = json.loads(detail if isinstance(detail, str) else json.dumps(detail))
    except (ValueError, RecursionError):
        detail = ["unreadable", str(detail)]
    content = [moment_text(row["at"]), *(row[name] for name in FIELDS), detail]
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str).encode(
        errors="surrogatepass"
    )


def moment_text(at: Any) -> str:
    """Return a moment in UTC with microseconds; text that is none as it stands."""
    try:
        when = at if isinstance(at, datetime) else datetime.fromisoformat(at)
    except (TypeError, ValueError):
        return f"unreadable {at}"
    if when.tzinfo is not None:
        when = when.astimezone(UTC).replace(tzinfo=None)
    return when.isoformat(timespec="microseconds")


def seal(key: bytes, row: Mapping[str, Any]) -> str:
    """Return the seal of a new row."""
    nonce = secrets.token_hex(NONCE // 2)
    return nonce + _mac(key, nonce, row)


def holds(keys: Sequence[bytes], row: Mapping[str, Any], given: Any) -> bool:
    """Whether the program made this seal for this content, with one of its keys. `given`: as it is stored."""
    if not isinstance(given, str) or not given.isascii():
        return False
    nonce, mac = given[:NONCE], given[NONCE:]
    return any(hmac.compare_digest(mac.encode(), _mac(key, nonce, row).encode()) for key in keys)


def _mac(key: bytes, nonce: str, row: Mapping[str, Any]) -> str:
    return hmac.new(key, nonce.encode() + b"\n" + canonical(row), hashlib.sha256).hexdigest()
