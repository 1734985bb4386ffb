"""Fingerprints of pictures (1024 bits as hex, app.adapters.pictures.analysis): comparison and lookup.

Saving again changes a few bits spread over the rows, so some of sixteen parts of two rows stay equal; an index finds
these among millions, then whole fingerprints are compared.
"""

from __future__ import annotations

import hashlib

BITS = 1024
PARTS = 16
MOST_DIFFERENT = 40
"""Bits. Saved again: 0-32; another person's form of the same template: 54 or more (docs/legibility.md)."""
EMPTIEST = 6
"""Minimum of set bits in a part; blank margins are equal everywhere."""


def distance(a: str, b: str) -> int:
    """Return the number of differing bits; BITS when one is missing."""
    if len(a) != BITS // 4 or len(b) != BITS // 4:
        return BITS
    return (int(a, 16) ^ int(b, 16)).bit_count()


def same_picture(a: str, b: str) -> bool:
    return distance(a, b) <= MOST_DIFFERENT


def parts(fingerprint: str) -> list[int]:
    """Return the parts as 63-bit numbers including their place, without nearly empty ones."""
    if len(fingerprint) != BITS // 4:
        return []
    size = len(fingerprint) // PARTS
    found = []
    for place in range(PARTS):
        text = fingerprint[place * size : (place + 1) * size]
        if int(text, 16).bit_count() >= EMPTIEST:
            digest = hashlib.blake2b(f"{place}:{text}".encode(), digest_size=8).digest()
            found.append(int.from_bytes(digest, "big") >> 1)
    return found
