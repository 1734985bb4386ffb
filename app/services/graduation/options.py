"""Window settings of 申请毕业, besides app.rules.windows.WindowFacts."""

from __future__ import annotations

from dataclasses import dataclass

from app.rules.evidence.portrait import BACKGROUNDS, HEIGHT, WIDTH, PortraitRule
from app.rules.settings import FieldProblem, setting
from app.rules.windows import WindowFacts
from app.wizard.window_options import WindowOptions

SIDES = range(100, 2001)
"""Allowed side of the portrait in pixels."""
MOST_WORDS = 5000


@dataclass(frozen=True, slots=True)
class GraduationOptions:
    """`refuse_missing`: 尚缺 cannot be submitted. `portrait`: one for the diploma is required; sides in pixels."""

    statement_min: int = setting(
        "自我鉴定最少字数", drawn="最少", default=300, flag="--statement-min", help="自我鉴定最少字数"
    )
    statement_max: int = setting(
        "自我鉴定最多字数", drawn="最多", default=800, flag="--statement-max", help="自我鉴定最多字数"
    )
    refuse_missing: bool = setting(
        "尚缺课程不能提交",
        drawn="尚缺课程的不能提交",
        default=False,
        flag="--refuse-missing/--allow-missing",
        help="缺少课程时不许提交，或说明后可以提交",
    )
    portrait: bool = setting(
        "须上传毕业证书照片",
        default=False,
        flag="--portrait/--no-portrait",
        help="须上传毕业证书照片，或不要求（默认）",
    )
    portrait_width: int = setting("照片宽（像素）", drawn="宽（像素）", default=WIDTH, blank=True)
    portrait_height: int = setting("照片高（像素）", drawn="高（像素）", default=HEIGHT, blank=True)
    portrait_background: str = setting(
        "照片背景",
        drawn="背景",
        default="",
        kind="choice",
        choices={key: name for key, (name, _) in BACKGROUNDS.items()},
        flag="--portrait-background",
        help="证书照片背景：浅蓝、白、浅灰，空为不限",
    )

    def problems(self) -> list[FieldProblem]:
        """Return (field, message) of every invalid setting."""
        tests = (
            (
                self.portrait_width not in SIDES or self.portrait_height not in SIDES,
                "portrait_height",
                f"照片的宽和高应为 {SIDES[0]} 到 {SIDES[-1]} 像素",
            ),
            (self.portrait_background not in BACKGROUNDS, "portrait_background", "请选择照片背景"),
            (
                not 0 < self.statement_min <= self.statement_max <= MOST_WORDS,
                "statement_max",
                f"字数要求应为 1 到 {MOST_WORDS}，下限不大于上限",
            ),
        )
        return [(name, message) for wrong, name, message in tests if wrong]

    @property
    def portrait_rule(self) -> PortraitRule:
        return PortraitRule(self.portrait, self.portrait_width, self.portrait_height, self.portrait_background)


OPTIONS = WindowOptions(GraduationOptions, "graduation/window-options.html")


def options_of(window: WindowFacts) -> GraduationOptions:
    """Return a graduation window's options. Raises TypeError for another service's."""
    found = window.options
    if not isinstance(found, GraduationOptions):
        raise TypeError(f"window {window.id} of {window.service} has no options of graduation")
    return found
