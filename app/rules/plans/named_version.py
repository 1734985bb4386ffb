"""The plan version that the roster names for a ticket: another one is chosen knowingly or not at all."""

from __future__ import annotations

from typing import NamedTuple

NOT_HERE = "平台上没有这个版本的计划"
ELSEWHERE = "报考的主考学校没有这个版本的计划"


class NamedVersion(NamedTuple):
    """What the roster names. `why`: why the ticket cannot choose it, "" where it can."""

    major_code: str
    version: str
    why: str = ""


def another_chosen(named: NamedVersion | None, major_code: str, version: str) -> str:
    """Return what to say where another version of the declared major is chosen; "" where nothing is to be said."""
    if named is None or major_code != named.major_code or version == named.version:
        return ""
    said = f"考籍登记的计划版本是 {named.version} 版，这里是 {version} 版，课程要求可能不同"
    if named.why:
        return f"{said}。登记的版本不能选：{named.why}。请先问主考学校或考办按哪一版毕业"
    return f"{said}。主考学校没有让你换版本的，请选 {named.version} 版"


def none_offered(named: NamedVersion | None) -> str:
    """Return what to say before anything is chosen, where the named version is not among what is offered; else ""."""
    if named is None or not named.why:
        return ""
    return (
        f"考籍登记的计划版本是 {named.version} 版，不能选：{named.why}。请先问主考学校或考办按哪一版毕业，再选别的版本"
    )


def major_closed(major_code: str, offered: bool) -> str:
    """Return what to say where no plan of the declared major is `offered`; "" where one is, or no major is declared."""
    if not major_code or offered:
        return ""
    return f"考籍登记的专业是 {major_code}，它的计划现在不能选。请先问主考学校或考办，再选别的专业"


def beside_the_roster(major_code: str, version: str) -> str:
    """Return what to say, in lists, of a plan that is not the one of the roster: which that is."""
    return f"考籍登记的是 {major_code}{f' {version} 版' if version else ''}"


def in_brackets(named: NamedVersion | None, major_code: str, version: str) -> str:
    """Return the same as a short addition for rows of lists and submissions."""
    return f"（考籍登记的是 {named.version} 版）" if named and another_chosen(named, major_code, version) else ""
