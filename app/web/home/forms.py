"""The posted form of this room."""

from __future__ import annotations

from app.wizard.forms import Form, Text


class ReadForm(Form):
    """全部标为已读: up to the message that the page showed first."""

    until = Text()
