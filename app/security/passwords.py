"""Passwords and one-time codes: Argon2id, two at a time, as slow for unknown accounts."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.rules.people.identity import initial_password, normalise_id
from app.rules.text import half_width

LONGEST_TYPED = 256  # no longer password was ever accepted
# OWASP's first choice for argon2id, 29 ms: security.md SR-4
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_slots = threading.BoundedSemaphore(2)
# verified for an unknown account, to take equally long
_DUMMY = _hasher.hash(secrets.token_hex(16))

UNAMBIGUOUS = "ACDEFGHJKLMNPQRTUVWXY3479"
CODE_LENGTH = 10


def hash_password(text: str) -> str:
    """Return the Argon2id hash to store (97 characters)."""
    with _slots:
        return _hasher.hash(text)


def password_matches(stored: str | None, typed: str) -> bool:
    """Whether `typed` is the password; takes equally long when nothing is stored (AC-05)."""
    with _slots:
        try:
            right = _hasher.verify(stored or _DUMMY, typed[:LONGEST_TYPED])
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None and len(typed) <= LONGEST_TYPED


def is_outdated(stored: str) -> bool:
    """Whether the hash has outdated parameters."""
    return _hasher.check_needs_rehash(stored)


def new_code() -> str:
    """Return a code of ten unambiguous characters (46 bits), shown as ACDEF-34PQR."""
    return "".join(secrets.choice(UNAMBIGUOUS) for _ in range(CODE_LENGTH))


def code_in_groups(code: str) -> str:
    """Return a code as printed."""
    return f"{code[:5]}-{code[5:]}"


def normalise_code(typed: str) -> str:
    """Return a typed code in upper case, full-width characters as plain ones, without hyphens and spaces."""
    plain = half_width(typed[:LONGEST_TYPED]).upper()
    return "".join(char for char in plain if char.isalnum())[:LONGEST_TYPED]


def initial_mac(secret: bytes, id_number: str, password: str) -> str:
    """Return Examinee.initial_mac (64 hex characters) for an initial password from the roster.

    A keyed hash, since an import makes a hundred thousand; it only permits activation.
    """
    return hmac.new(secret, f"initial:{normalise_id(id_number)}:{password}".encode(), hashlib.sha256).hexdigest()


def initial_matches(secret: bytes, id_number: str, stored_mac: str | None, typed: str) -> bool:
    """Whether `typed` is the initial password: the roster's, else the last six of the ID number, upper-case (manual ch. 1)."""
    expected = stored_mac or initial_mac(secret, id_number, initial_password(id_number))
    return hmac.compare_digest(expected, initial_mac(secret, id_number, typed))
