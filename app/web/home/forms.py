"""Posted form of the messages page."""

from __future__ import annotations

from app.wizard.forms import Form, Text


class ReadForm(Form):
    """全部标为已读 up to `until`, the first message shown."""

    until = Text()
