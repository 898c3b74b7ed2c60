"""How it stands between the daemon and one controller: whether it answers, and when it last did."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from chainfaas.domain.canonical_json import JsonValue

_MS_PER_SECOND = 1_000


@dataclass(frozen=True, slots=True)
class ControllerContact:
    """One controller at one moment.

    Attributes:
        url: Its base URL.
        is_logged_in: Whether the provider is logged in.
        polled_at_ms: Unix time of the last answer to a poll; none if there was none.
        fault: Why the last try failed; empty if it did not.
    """

    url: str
    is_logged_in: bool = False
    polled_at_ms: int | None = None
    fault: str = ""

    def document(self) -> dict[str, JsonValue]:
        """Return the contact as JSON."""
        return {
            "url": self.url,
            "loggedIn": self.is_logged_in,
            "polledAtMs": self.polled_at_ms,
            "fault": self.fault,
        }


def parse_contact(document: Mapping[str, JsonValue]) -> ControllerContact:
    """Return a contact from its JSON.

    Args:
        document: As `ControllerContact.document` returns it.

    Raises:
        KeyError: A member is missing.
        ValueError: A number is none.
    """
    polled = document["polledAtMs"]
    at_ms = None if polled is None else int(str(polled))
    return ControllerContact(str(document["url"]), bool(document["loggedIn"]), at_ms, str(document["fault"]))


class ContactNotes:
    """What the tries to reach one controller came to; written by one thread, read by any."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._polled_at_ms: int | None = None
        self._is_logged_in = False
        self._fault = ""

    def logged_in(self) -> None:
        """Note that a session was granted."""
        self._is_logged_in, self._fault = True, ""

    def answered(self) -> None:
        """Note that a poll was answered just now, which is done under a session alone."""
        self._is_logged_in = True
        self._polled_at_ms, self._fault = int(time.time() * _MS_PER_SECOND), ""

    def failed(self, fault: str) -> None:
        """Note why a log-in or a poll failed.

        Args:
            fault: What went wrong.
        """
        self._is_logged_in, self._fault = False, fault

    def contact(self, url: str) -> ControllerContact:
        """Return how it stands now.

        Args:
            url: The controller's base URL.
        """
        return ControllerContact(url, self._is_logged_in, self._polled_at_ms, self._fault)
