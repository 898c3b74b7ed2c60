"""At which hours a provider works, by this machine's own clock and time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from chainfaas.domain.errors import InvalidInputError

_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]|24):([0-5]\d)", re.ASCII)
_MINUTES = 60
_DAY_MINUTES = 24 * _MINUTES


@dataclass(frozen=True, slots=True)
class Span:
    """A part of each day, in minutes since midnight; one that ends before it begins goes over midnight."""

    first: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a span such as ``22:00-06:00``.

        Args:
            text: Two times of day; the second may be ``24:00``.

        Raises:
            InvalidInputError: It is none, or empty.
        """
        match = _SPAN.fullmatch(text)
        first = end = 0
        if match is not None:
            first, end = (int(match[n]) * _MINUTES + int(match[n + 1]) for n in (1, 3))
        if first == end or end > _DAY_MINUTES:
            raise InvalidInputError(f"{text!r} is no span of a day.", remedy="Write it as 22:00-06:00.")
        return cls(first, end)

    def has(self, minute: int) -> bool:
        """Whether a minute of the day is within it."""
        if self.first < self.end:
            return self.first <= minute < self.end
        return minute >= self.first or minute < self.end


@dataclass(frozen=True, slots=True)
class Schedule:
    """The spans of each day in which jobs are taken; always where there are none."""

    spans: tuple[Span, ...] = ()

    def is_open(self, unix_seconds: float) -> bool:
        """Whether jobs are taken at a moment.

        Args:
            unix_seconds: The moment.
        """
        local = datetime.fromtimestamp(unix_seconds).astimezone()
        minute = local.hour * _MINUTES + local.minute
        return not self.spans or any(span.has(minute) for span in self.spans)
