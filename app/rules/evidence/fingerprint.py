"""Is it the same picture, saved again? Fingerprints (1024 bits as hex, app.adapters.pictures.analysis) compared, and parts of them to look up.

A picture that was saved again differs from itself in a few bits, spread over the rows. So of sixteen parts of two rows each
some are the same bit for bit, and an index finds these among millions; what is found is then compared as a whole.
"""

from __future__ import annotations

import hashlib

BITS = 1024
PARTS = 16
MOST_DIFFERENT = 40
"""Bits: saved again 0-32, another person's form of the same template 54 and more (docs/legibility.md)."""
EMPTIEST = 6
"""Bits that must be set in a part: blank margins are alike everywhere."""


def distance(a: str, b: str) -> int:
    """How many bits two fingerprints differ in; all of them when one is missing."""
    if len(a) != BITS // 4 or len(b) != BITS // 4:
        return BITS
    return (int(a, 16) ^ int(b, 16)).bit_count()


def same_picture(a: str, b: str) -> bool:
    return distance(a, b) <= MOST_DIFFERENT


def parts(fingerprint: str) -> list[int]:
    """The parts of a fingerprint as numbers of 63 bits, each bound to its place; those that are nearly empty left out."""
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
