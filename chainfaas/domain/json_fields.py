"""Reading the members of a JSON object: nothing unknown, nothing missing, nothing of another type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import InvalidInputError

_T = TypeVar("_T")


class JsonFields:
    """One JSON object that is being read; every refusal names the path to the member."""

    __slots__ = ("_error", "_members", "_path")

    def __init__(
        self,
        value: JsonValue,
        path: str,
        error: type[InvalidInputError],
        *,
        required: Iterable[str],
        optional: Iterable[str] = (),
    ) -> None:
        """Take the object.

        Args:
            value: What should be an object.
            path: Its name in messages.
            error: Class of every refusal.
            required: Members that it must have.
            optional: Members that it may have.

        Raises:
            InvalidInputError: ``error``: it is no object, lacks a member, or has one that nobody knows.
        """
        self._path, self._error = path, error
        if not isinstance(value, Mapping):
            raise error(f"{path} is not an object.")
        required = set(required)
        missing = sorted(required - value.keys())
        unknown = sorted(value.keys() - required - set(optional))
        if missing:
            raise error(f"{path} lacks {', '.join(missing)}.")
        if unknown:
            raise error(f"{path} has members that nobody knows: {', '.join(unknown)[:200]}.")
        self._members = value

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def value(self, name: str) -> JsonValue:
        """Return a member as it is."""
        return self._members[name]

    def text(self, name: str) -> str:
        """Return a member that is a string."""
        value = self._members[name]
        if not isinstance(value, str):
            raise self.refusal(name, "is not a string")
        return value

    def boolean(self, name: str) -> bool:
        """Return a member that is true or false."""
        value = self._members[name]
        if not isinstance(value, bool):
            raise self.refusal(name, "is not true or false")
        return value

    def integer(self, name: str) -> int:
        """Return a member that is a number without fraction."""
        value = self._members[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.refusal(name, "is not an integer")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a member that is a list of strings."""
        value = self._members[name]
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise self.refusal(name, "is not a list")
        return tuple(self._element(name, element) for element in value)

    def parsed(self, name: str, parse: Callable[[str], _T]) -> _T:
        """Return a string member as ``parse`` reads it.

        Raises:
            InvalidInputError: this object's class, naming the member, where ``parse`` refuses.
        """
        text = self.text(name)
        try:
            return parse(text)
        except InvalidInputError as fault:
            raise self.refusal(name, f"is not valid: {fault.message}") from fault

    def refusal(self, name: str, reason: str) -> InvalidInputError:
        """Return the error for a member."""
        return self._error(f"{self._path}.{name} {reason.removesuffix('.')}.")

    def _element(self, name: str, element: JsonValue) -> str:
        if not isinstance(element, str):
            raise self.refusal(name, "holds something that is not a string")
        return element
