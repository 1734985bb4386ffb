"""Settings of a window that only one service has: dataclass, form, and part of the page."""

from __future__ import annotations

from dataclasses import dataclass

from wtforms import Form

from app.rules.settings import NoSettings, Settings
from app.wizard.settings_forms import form_for


@dataclass(frozen=True)
class WindowOptions:
    """`kind`: the settings dataclass behind the options of `kaoji window` and the stored JSON.

    `template`: inputs drawn from `values`, `errors`, `labels` and `choices`. `form`: replaces the one made from `kind`.
    """

    kind: type[Settings]
    template: str
    form: type[Form] | None = None

    @property
    def form_class(self) -> type[Form]:
        return self.form or form_for(self.kind)


NO_OPTIONS = WindowOptions(NoSettings, "")
