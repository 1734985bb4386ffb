"""How passwords and one-time codes are kept: Argon2id, two at a time, and never faster for an unknown account."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from app.rules.people.identity import initial_password, normalise_id

LONGEST_TYPED = 256  # nothing longer was ever accepted as a password; more is not worth hashing
# OWASP's first choice for argon2id, 29 ms: security.md SR-4
_hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
_slots = threading.BoundedSemaphore(2)
# verified in place of the hash that an unknown account does not have, so that it answers as late as any other
_DUMMY = _hasher.hash(secrets.token_hex(16))

UNAMBIGUOUS = "ACDEFGHJKLMNPQRTUVWXY3479"
CODE_LENGTH = 10


def hash_password(text: str) -> str:
    """The Argon2id hash of a password, as it is stored (97 characters)."""
    with _slots:
        return _hasher.hash(text)


def password_matches(stored: str | None, typed: str) -> bool:
    """Is `typed` the password? Exactly as typed. Takes as long when nothing is stored (AC-05)."""
    with _slots:
        try:
            right = _hasher.verify(stored or _DUMMY, typed[:LONGEST_TYPED])
        except (VerificationError, InvalidHashError):
            return False
    return right and stored is not None and len(typed) <= LONGEST_TYPED


def is_outdated(stored: str) -> bool:
    """Was it hashed with other parameters than today's?"""
    return _hasher.check_needs_rehash(stored)


def new_code() -> str:
    """A one-time code: ten characters that cannot be mistaken for each other (46 bits), shown as ACDEF-34PQR."""
    return "".join(secrets.choice(UNAMBIGUOUS) for _ in range(CODE_LENGTH))


def code_in_groups(code: str) -> str:
    """A one-time code as it is read out or printed."""
    return f"{code[:5]}-{code[5:]}"


def normalise_code(typed: str) -> str:
    """A one-time code as it was typed: any case, with or without hyphen and gaps."""
    return "".join(char for char in typed.upper() if char.isalnum())[:LONGEST_TYPED]


def initial_mac(secret: bytes, id_number: str, password: str) -> str:
    """What Examinee.initial_mac holds for an initial password of the roster's own. For the importer, 64 hex characters.

    A keyed hash and not Argon2, since an import makes a hundred thousand: it opens nothing but activation.
    """
    return hmac.new(secret, f"initial:{normalise_id(id_number)}:{password}".encode(), hashlib.sha256).hexdigest()


def initial_matches(secret: bytes, id_number: str, stored_mac: str | None, typed: str) -> bool:
    """Is it the initial password: the roster's own, or else the last six of the ID number, upper-case (manual ch. 1)?"""
    expected = stored_mac or initial_mac(secret, id_number, initial_password(id_number))
    return hmac.compare_digest(expected, initial_mac(secret, id_number, typed))
