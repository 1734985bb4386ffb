"""Dataclasses edited by people, each field declared once with its words and command line option.

Forms, command options and stored JSON are generated from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_type_hints

FieldProblem = tuple[str, str]
"""Field name and Chinese message."""


class Settings(Protocol):
    """A frozen dataclass with defaults; values are text, int or bool."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def problems(self) -> list[FieldProblem]:
        """Return what is invalid, first fault first."""
        ...


Kind = TypeVar("Kind", bound=Settings)


class WrongSettings(ValueError):
    """Stored settings with a wrong type or a refused value, never written by the program."""


@dataclass(frozen=True, slots=True)
class About:
    """Metadata of a field.

    `label`: words in messages and lists; `drawn`: words at its input where the page says more or less. `kind` of text: line, text (several lines) or choice; of a number: count
    or money (分, typed in 元). `choices`: value -> words. `blank`: empty in the form means the default. `flag`: option of
    `kaoji window`, if any; `help`: its help.
    """

    label: str
    drawn: str = ""
    kind: str = ""
    choices: Mapping[Any, str] = field(default_factory=dict)
    blank: bool = False
    flag: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One editable field. `required`: no default."""

    name: str
    type: type
    default: Any
    required: bool
    about: About


def setting(label: str, *, default: Any = MISSING, **about: Any) -> Any:
    """Declare an editable field; keywords as in About."""
    metadata = {"about": About(label, **about)}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@cache
def settings_of(kind: type[Any]) -> tuple[Setting, ...]:
    """Return the editable fields in order, those declared with `setting`."""
    hints = get_type_hints(kind)
    return tuple(
        Setting(
            name=each.name,
            type=next((part for part in get_args(hints[each.name]) if part is not type(None)), hints[each.name]),
            default=None if each.default is MISSING else each.default,
            required=each.default is MISSING,
            about=each.metadata["about"],
        )
        for each in fields(kind)
        if "about" in each.metadata
    )


def load(kind: type[Kind], stored: Mapping[str, Any]) -> Kind:
    """Build settings from stored values: absent ones get defaults, unknown names are ignored. Raises WrongSettings."""
    given = {}
    for each in settings_of(kind):
        if each.name in stored:
            value = stored[each.name]
            if type(value) is not each.type:  # not isinstance: True is an int
                raise WrongSettings(f"{kind.__name__}.{each.name} is {value!r}, not {each.type.__name__}")
            given[each.name] = value
    found = kind(**given)
    for name, message in found.problems():
        raise WrongSettings(f"{kind.__name__}.{name} is {getattr(found, name)!r}: {message}")
    return found


def plain(settings: Settings) -> dict[str, Any]:
    """Return the stored form, field name -> value."""
    return {each.name: getattr(settings, each.name) for each in settings_of(type(settings))}


@dataclass(frozen=True, slots=True)
class NoSettings:
    """For a service without window options."""

    def problems(self) -> list[FieldProblem]:
        return []


NO_SETTINGS = NoSettings()
