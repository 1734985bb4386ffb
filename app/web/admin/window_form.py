"""Form of 办理时间: common fields and those of the chosen service, as two WTForms forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from app.rules.settings import plain, settings_of
from app.rules.windows import WindowFacts
from app.wizard.forms import TICKED
from app.wizard.service import Service, services
from app.wizard.settings_forms import drawn, errors, form_for, labels, typed

Errors = dict[str, list[str]]


class WindowForm:
    """Reads posted data, else values by name (`WindowFacts` and service options)."""

    def __init__(self, posted: MultiDict[str, str] | None = None, values: Mapping[str, Any] | None = None) -> None:
        self.general = form_for(WindowFacts)(posted, data=values)
        found = {service.code: service for service in services()}
        code = str(self.general["service"].data)
        # unknown code: an error at its field, with the options of the first service
        self.service: Service = found.get(code) or next(iter(found.values()))
        self.own = self.service.options.form_class(posted, data=values)

    @classmethod
    def new(cls, code: str) -> WindowForm:
        """Return the service's defaults (of the first if unknown); times are empty."""
        found = next((each for each in services() if each.code == code), services()[0])
        return cls(values={"service": found.code, "notice": found.words.notice})

    @classmethod
    def of(cls, window: WindowFacts) -> WindowForm:
        """Return a stored window's form."""
        general = {each.name: getattr(window, each.name) for each in settings_of(WindowFacts)}
        return cls(values=general | plain(window.options))

    @classmethod
    def chosen(cls, posted: MultiDict[str, str]) -> WindowForm:
        """Return the typed form for another service; an unedited default notice is replaced."""
        wanted = cls(posted)
        defaults = {_same(each.words.notice) for each in services()}
        if _same(posted.get("notice", "")) not in defaults:
            return wanted
        return cls(MultiDict({**posted.to_dict(), "notice": wanted.service.words.notice}))

    def errors(self) -> Errors:
        """Return field errors in page order."""
        return errors(self.general) | errors(self.own)

    def window(self) -> WindowFacts:
        """Return the typed window; only after `errors()` returned nothing."""
        known = {each.name for each in fields(self.service.options.kind)}
        options = {name: value for name, value in self.own.data.items() if name in known}
        return replace(WindowFacts(0, **self.general.data), options=self.service.options.kind(**options))

    def values(self) -> dict[str, str]:
        """Return every input's text as typed."""
        return typed(self.general) | typed(self.own)

    def labels(self) -> dict[str, str]:
        """Return field -> label."""
        return labels(self.general) | labels(self.own)

    def drawn(self) -> dict[str, str]:
        """Return field -> words at its input."""
        return drawn(self.general) | drawn(self.own)

    def choices(self) -> dict[str, list[tuple[str, str]]]:
        """Return field -> (value, label) options."""
        found = {
            each.name: [(str(key), words) for key, words in each.about.choices.items()]
            for kind in (WindowFacts, self.service.options.kind)
            for each in settings_of(kind)
            if each.about.choices
        }
        return found | {"service": [(each.code, each.title) for each in services()]}


def window_words() -> tuple[dict[str, str], dict[str, Mapping[str, str]]]:
    """Return field -> label, and field -> value -> words of those that are chosen, of every service."""
    kinds = (WindowFacts, *(service.options.kind for service in services()))
    every = [each for kind in kinds for each in settings_of(kind)]
    chosen: dict[str, Mapping[str, str]] = {
        each.name: TICKED if each.type is bool else {str(key): words for key, words in each.about.choices.items()}
        for each in every
        if each.type is bool or each.about.choices
    }
    return {each.name: each.about.label for each in every}, chosen | {
        "service": {each.code: each.title for each in services()}
    }


def _same(text: str) -> str:
    """Normalise a browser's CR LF."""
    return "\n".join(text.split("\r\n")).strip()
