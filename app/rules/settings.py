"""Dataclasses that people fill in: each field is spelled once, with the words and the command line option beside its type.

The pages' forms, the options of commands and the stored JSON are made from it by introspection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from typing import Any, ClassVar, Protocol, TypeVar, get_args, get_type_hints

FieldProblem = tuple[str, str]
"""Name of the field and what is wrong with it, in Chinese."""


class Settings(Protocol):
    """A frozen dataclass with a default for each field; every value is text, a whole number or a yes/no."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    def problems(self) -> list[FieldProblem]:
        """What cannot be, the first fault first."""
        ...


Kind = TypeVar("Kind", bound=Settings)


class WrongSettings(ValueError):
    """Stored settings that the program never wrote: a wrong type, or a value that is refused in the form."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a field besides its type and default.

    `label`: the words beside it and in messages. `kind` of text: line, text (several lines) or choice; of a number: count or
    money (分, typed in 元). `choices`: value -> words. `blank`: may be left empty in the form, which then means the default.
    `flag`: its option of `kaoji window` (none where empty), `help`: what the command's help says.
    """

    label: str
    kind: str = ""
    choices: Mapping[Any, str] = field(default_factory=dict)
    blank: bool = False
    flag: str = ""
    help: str = ""


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of such a dataclass. `required`: it has no default."""

    name: str
    type: type
    default: Any
    required: bool
    about: About


def setting(label: str, *, default: Any = MISSING, **about: Any) -> Any:
    """A field of a dataclass that people fill in; further keywords as in About."""
    metadata = {"about": About(label, **about)}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


@cache
def settings_of(kind: type[Any]) -> tuple[Setting, ...]:
    """The fields that people fill in, in order; those without `setting` are the program's own."""
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
    """The typed settings of what is stored: what is absent has its default, unknown names are ignored.

    Raises WrongSettings.
    """
    given = {}
    for each in settings_of(kind):
        if each.name in stored:
            value = stored[each.name]
            if type(value) is not each.type:  # no isinstance: True is an int
                raise WrongSettings(f"{kind.__name__}.{each.name} is {value!r}, not {each.type.__name__}")
            given[each.name] = value
    found = kind(**given)
    for name, message in found.problems():
        raise WrongSettings(f"{kind.__name__}.{name} is {getattr(found, name)!r}: {message}")
    return found


def plain(settings: Settings) -> dict[str, Any]:
    """As it is stored: every field by its name."""
    return {each.name: getattr(settings, each.name) for each in settings_of(type(settings))}


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of a service that asks nothing of its own about a window."""

    def problems(self) -> list[FieldProblem]:
        return []


NO_SETTINGS = NoSettings()
