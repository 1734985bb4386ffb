"""The form of 办理时间: what every service has, and below it what the chosen service adds, as two WTForms forms of one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.rules.settings import plain, settings_of
from app.rules.windows import WindowFacts
from app.wizard.service import Service, services
from app.wizard.settings_forms import errors, form_for, labels, typed

Errors = dict[str, list[str]]


class WindowForm:
    """Read from what was posted, else from values by name (`WindowFacts` and the options of its service)."""

    def __init__(self, posted: MultiDict[str, str] | None = None, values: Mapping[str, Any] | None = None) -> None:
        self.general = form_for(WindowFacts)(posted, data=values)
        found = {service.code: service for service in services()}
        code = str(self.general["service"].data)
        # with a code that no service has the form comes back, refused at its field, with the options of the first
        self.service: Service = found.get(code) or next(iter(found.values()))
        self.own = self.service.options.form_class(posted, data=values)

    @classmethod
    def new(cls, code: str) -> WindowForm:
        """With the defaults of that service (of the first, where there is none of it); the times are empty, nobody else knows them."""
        found = next((each for each in services() if each.code == code), services()[0])
        return cls(values={"service": found.code, "notice": found.words.notice})

    @classmethod
    def of(cls, window: WindowFacts) -> WindowForm:
        """Of a window that is stored."""
        general = {each.name: getattr(window, each.name) for each in settings_of(WindowFacts)}
        return cls(values=general | plain(window.options))

    @classmethod
    def chosen(cls, posted: MultiDict[str, str]) -> WindowForm:
        """After another service was chosen: all that was typed, but a notice that only was the default of another one."""
        wanted = cls(posted)
        defaults = {_same(each.words.notice) for each in services()}
        if _same(posted.get("notice", "")) not in defaults:
            return wanted
        return cls(MultiDict({**posted.to_dict(), "notice": wanted.service.words.notice}))

    def errors(self) -> Errors:
        """What could not be read, field by field, in the order of the page."""
        return errors(self.general) | errors(self.own)

    def window(self) -> WindowFacts:
        """The window that was typed; only where nothing is wrong."""
        known = {each.name for each in fields(self.service.options.kind)}
        options = {name: value for name, value in self.own.data.items() if name in known}
        return replace(WindowFacts(0, **self.general.data), options=self.service.options.kind(**options))

    def values(self) -> dict[str, str]:
        """Every input's text, as typed where it was."""
        return typed(self.general) | typed(self.own)

    def labels(self) -> dict[str, str]:
        """Field -> the words beside it."""
        return labels(self.general) | labels(self.own)

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """What the lists offer: field -> value and words."""
        found = {
            each.name: [(str(key), words) for key, words in each.about.choices.items()]
            for kind in (WindowFacts, self.service.options.kind)
            for each in settings_of(kind)
            if each.about.choices
        }
        return found | {"service": [(each.code, each.title) for each in services()]}


def _same(text: str) -> str:
    """For comparing: a browser sends lines ending in CR LF."""
    return "\n".join(text.split("\r\n")).strip()
