"""Texts and settings of the site that the administrator edits: their keys and labels."""

from __future__ import annotations

UNDO_MINUTES, FOUR_EYES = "undo_minutes", "four_eyes"
NUMBERS = {
    "local_minimum_associate": "转入后须在本地合格的门数（专科）",
    "local_minimum_bachelor": "转入后须在本地合格的门数（本科）",
}  # keys are read with a ticket by app.actions.records.holdings; empty or 0 is off
DESK = {UNDO_MINUTES: "审核决定可以撤销的分钟数", FOUR_EYES: "终审须由另一人"}
PAY_WHERE = "pay_where"
TEXTS = {
    "name": "站点名称",
    "contact_phone": "咨询电话",
    "contact_hours": "咨询时间",
    PAY_WHERE: "到哪里缴费",
    **NUMBERS,
    **DESK,
}
LONGEST = {PAY_WHERE: 200}
"""Characters of the texts that may be longer than others."""
