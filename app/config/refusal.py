"""Refusal of settings or of a data folder."""

from __future__ import annotations


class BadConfig(Exception):
    """Settings that must not start; each reason is one line and says what to do."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("；".join(reasons))
        self.reasons = reasons
