"""Settings as plain data: typed on reading, refused where the program never wrote them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from app.rules.settings import FieldProblem, WrongSettings, load, plain, setting, settings_of
from app.rules.windows import WindowFacts
from app.services.graduation.options import GraduationOptions, options_of
from tests.builders import NOW

WINDOW = WindowFacts(0, "graduation", "2026 年下半年", NOW, NOW.replace(year=2027))


@dataclass(frozen=True)
class Lamp:
    """Settings of a test."""

    watts: int = setting("功率", default=40, flag="--watts")
    on: bool = setting("亮", default=False)
    colour: str = setting("颜色", default="white", kind="choice", choices={"white": "白", "warm": "暖"})
    made: str = "here"  # the program's own

    def problems(self) -> list[FieldProblem]:
        return [("watts", "太亮")] if self.watts > 100 else []


def test_what_is_stored_comes_back() -> None:
    lamp = Lamp(60, True, "warm")
    assert plain(lamp) == {"watts": 60, "on": True, "colour": "warm"}
    assert load(Lamp, plain(lamp)) == lamp


def test_absent_is_the_default_and_unknown_is_ignored() -> None:
    assert load(Lamp, {}) == Lamp()
    assert load(Lamp, {"watts": 60, "shade": "round", "made": "there"}) == Lamp(60)


@pytest.mark.parametrize(
    "stored",
    [{"watts": "60"}, {"watts": True}, {"watts": 60.0}, {"watts": None}, {"on": 1}, {"on": "1"}, {"colour": []}],
)
def test_a_wrong_type_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(WrongSettings, match=next(iter(stored))):
        load(Lamp, stored)


def test_a_value_that_the_form_refuses_is_refused() -> None:
    with pytest.raises(WrongSettings, match="太亮"):
        load(Lamp, {"watts": 101})


def test_fields_are_known_by_introspection() -> None:
    assert [(each.name, each.type, each.default, each.required) for each in settings_of(Lamp)] == [
        ("watts", int, 40, False),
        ("on", bool, False, False),
        ("colour", str, "white", False),
    ]
    times = {each.name: each.required for each in settings_of(WindowFacts) if each.type is datetime}
    assert times == {
        "opens_at": True,
        "closes_at": True,
        "fixes_close_at": False,
        "pay_opens_at": False,
        "pay_closes_at": False,
    }
    assert "options" not in {each.name for each in settings_of(WindowFacts)}


@pytest.mark.parametrize(
    ("over", "fields"),
    [
        ({}, []),
        ({"statement_min": 1, "statement_max": 5000, "portrait_width": 100, "portrait_height": 2000}, []),
        ({"statement_min": 0}, ["statement_max"]),
        ({"statement_min": 801}, ["statement_max"]),
        ({"statement_max": 5001}, ["statement_max"]),
        ({"portrait_width": 99}, ["portrait_height"]),
        ({"portrait_height": 2001, "portrait_background": "green"}, ["portrait_height", "portrait_background"]),
    ],
)
def test_what_graduation_may_ask(over: dict[str, Any], fields: list[str]) -> None:
    assert [name for name, _ in GraduationOptions(**over).problems()] == fields


@pytest.mark.parametrize(
    ("over", "fields"),
    [
        ({}, []),
        ({"name": ""}, ["name"]),
        ({"name": "长" * 61}, ["name"]),
        ({"closes_at": NOW}, ["closes_at"]),
        ({"fixes_close_at": NOW}, ["fixes_close_at"]),
        ({"fee": -1}, ["fee"]),
        ({"fee": 1, "pay_opens_at": NOW}, ["pay_closes_at"]),
        ({"fee": 1, "pay_opens_at": NOW, "pay_closes_at": NOW}, ["pay_closes_at"]),
        ({"pay_opens_at": NOW, "pay_closes_at": NOW.replace(year=2027)}, ["fee"]),
        ({"stages": 3}, ["stages"]),
    ],
)
def test_what_a_window_of_any_service_may_say(over: dict[str, Any], fields: list[str]) -> None:
    assert [name for name, _ in replace(WINDOW, **over).problems()] == fields


def test_only_graduation_s_own_windows_have_its_options() -> None:
    with pytest.raises(TypeError):
        options_of(WINDOW)
    assert options_of(replace(WINDOW, options=GraduationOptions(portrait=True))).portrait_rule.asked
