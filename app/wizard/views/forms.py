"""Posted fields besides those of the steps (Step.read_posted)."""

from __future__ import annotations

from app.rules.text import clean_lines
from app.wizard.forms import Form, Keyed, Text, Version, Whole


class StartForm(Form):
    """The window to apply in; of those open now, the latest where none is named."""

    window = Whole()


class VersionForm(Form):
    """The version of the application that the page was made from."""

    version = Version()


class StepForm(VersionForm):
    """act: 下一步, 上一步, 返回（保存所作修改）, an autosave, or a choice that changes the page; back: the page to return to."""

    act = Text(default="next")
    back = Text()


class SubmitForm(StepForm):
    """shown: prints of the items that the page showed (app.rules.review.seen_items)."""

    shown = Text()


class FixesForm(SubmitForm):
    reply = Keyed("我的说明", clean=clean_lines)


class PictureForm(Form):
    act = Text(default="upload")
