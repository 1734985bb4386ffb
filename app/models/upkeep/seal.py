"""The seal of an audit row: a MAC that only the program with the instance's key can make (security.md AC-30).

A row put into the table by hand has none; a copied one has one that is there twice.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import current_app

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
    return hmac.digest(current_app.extensions["kaoji"].secret_key, b"kaoji audit", "sha256")


def canonical(row: Mapping[str, Any]) -> bytes:
    """Return a row's content as it is in both databases, without id and seal.

    `at` is a datetime or SQLite's text of one, `detail` a value or JSON text. What a hand left unreadable is taken as it stands.
    """
    detail = row["detail"]
    try:
        detail = json.loads(detail if isinstance(detail, str) else json.dumps(detail))
    except ValueError:
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


def holds(key: bytes, row: Mapping[str, Any], given: str) -> bool:
    """Whether the program made this seal for this content."""
    nonce, mac = given[:NONCE], given[NONCE:]
    return hmac.compare_digest(mac.encode(), _mac(key, nonce, row).encode())


def _mac(key: bytes, nonce: str, row: Mapping[str, Any]) -> str:
    return hmac.new(key, nonce.encode() + b"\n" + canonical(row), hashlib.sha256).hexdigest()
