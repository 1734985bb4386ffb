"""Each command of kaoji that works on an instance, as somebody types it."""

from __future__ import annotations

EVERY_COMMAND = [
    ("serve",),
    ("upgrade",),
    ("init",),
    ("tick",),
    ("verify",),
    ("staff", "list"),
    ("examinee", "reset", "110101199001011234"),
    ("ticket", "correct", "103311201806", "--school", "10574", "--reason", "登记错了", "--yes"),
    ("score", "correct", "103311201806", "00540", "2026-04", "--withdraw", "--reason", "登记错了", "--yes"),
    ("window", "list"),
    ("forecast", "x.csv"),
    ("import", "schools", "x.csv"),
    ("export", "audit", "x.csv"),
    ("evidence", "restore"),
    ("evidence", "lost", "--yes"),
    ("evidence", "sweep", "--yes"),
    ("key", "renew", "--yes"),
]
