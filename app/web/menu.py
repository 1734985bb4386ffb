"""Main menus by person."""

from __future__ import annotations

from functools import cache

from app.security.principal import EXAMINEE, STAFF, Principal

Entry = tuple[str, str, str]  # `section` of the page, address, label

OWN: tuple[Entry, ...] = (
    ("home", "/", "首页"),
    ("scores", "/scores/latest", "成绩查询"),
    ("services", "/services", "申办项目"),
    ("orders", "/orders", "我的订单"),
    ("forecast", "/forecast", "毕业预测"),
)
OFFICE: tuple[Entry, ...] = (
    ("staff", "/staff", "概览"),
    ("applications", "/staff/applications", "审核"),
    ("examinees", "/staff/examinees", "考生"),
    ("questions", "/staff/questions", "缺成绩"),
    ("statistics", "/staff/statistics", "统计"),
    ("staff-orders", "/staff/orders", "订单"),
)
FEWER = {"finance": ("staff", "staff-orders"), "auditor": ("staff", "applications", "statistics", "staff-orders")}
"""Roles with only these entries of OFFICE."""
ADMIN: dict[str, Entry] = {
    "admin": ("admin", "/admin/", "管理"),
    "auditor": ("admin", "/admin/audit", "操作记录"),
    "school_lead": ("admin", "/admin/reasons", "退回原因"),
}
"""Administration entry by role."""


def menu(person: Principal | None) -> tuple[Entry, ...]:
    """Return the person's entries; none before sign-in is complete."""
    return _menu(person.kind, person.role) if person else ()


@cache
def _menu(kind: str, role: str) -> tuple[Entry, ...]:
    if kind == EXAMINEE:
        return OWN
    if kind != STAFF:
        return ()
    shown = tuple(entry for entry in OFFICE if role not in FEWER or entry[0] in FEWER[role])
    return (*shown, ADMIN[role]) if role in ADMIN else shown
