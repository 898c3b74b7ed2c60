"""Problem documents (RFC 9457), as a whole answer or as one entry's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.wire.errors import InvalidMessageError

PROBLEM_CONTENT_TYPE = "application/problem+json"
_MAX_TEXT_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, for programs and for people."""

    status: int
    """As of HTTP."""
    code: str
    """Stable kebab-case name of the kind."""
    title: str
    """The kind in a few words."""
    detail: str = ""
    """This occurrence, and what to do next."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the problem under its JSON names."""
        return {"status": self.status, "code": self.code, "title": self.title, "detail": self.detail}


def parse_problem(value: JsonValue) -> Problem:
    """Read a problem document; members that it has beyond ours are ignored, as RFC 9457 asks.

    Raises:
        InvalidMessageError: it has no status or no code.
    """
    if not isinstance(value, Mapping):
        raise InvalidMessageError("A problem is not an object.")
    status, code = value.get("status"), value.get("code")
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise InvalidMessageError("A problem has no status of HTTP.")
    if not isinstance(code, str) or not code:
        raise InvalidMessageError("A problem has no code.")
    return Problem(status, code[:_MAX_TEXT_CHARACTERS], _text(value, "title"), _text(value, "detail"))


def _text(value: Mapping[str, JsonValue], name: str) -> str:
    text = value.get(name, "")
    return text[:_MAX_TEXT_CHARACTERS] if isinstance(text, str) else ""
