"""What a service sets of its windows besides what every service has: its dataclass, form, and part of the page."""

from __future__ import annotations

from dataclasses import dataclass

from wtforms import Form

from app.rules.settings import NoSettings, Settings
from app.wizard.settings_forms import form_for


@dataclass(frozen=True)
class WindowOptions:
    """`kind`: the dataclass of app.rules.settings, from which the options of `kaoji window` and the stored JSON are made.

    `template`: the inputs, drawn from `values`, `errors` and `choices`. `form`: where the one made from `kind` is not enough.
    """

    kind: type[Settings]
    template: str
    form: type[Form] | None = None

    @property
    def form_class(self) -> type[Form]:
        return self.form or form_for(self.kind)


NO_OPTIONS = WindowOptions(NoSettings, "")
