"""Following the calls of one function: those that were made last, and new ones as they come and go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from chainfaas.client.errors import ThingNotFoundError
from chainfaas.domain.errors import InternalError
from chainfaas.domain.identifiers import InvocationId

if TYPE_CHECKING:
    from chainfaas.client.controller_client import ControllerClient
    from chainfaas.domain.canonical_json import JsonValue

LOOKED_AT = 200
"""How many of the account's latest calls are looked through; what a controller shows at most."""

CallDocument = Mapping[str, "JsonValue"]
"""A call as the controller shows it."""

_ENDED = frozenset({"succeeded", "failed", "cancelled"})


class CallFollower:
    """Knows which of a function's calls it has shown, and in which state."""

    def __init__(self, controller: ControllerClient, name: str) -> None:
        """Find the function.

        Args:
            controller: Asked as the account whose calls are followed.
            name: ``fn-<id>``, a name of one's own, or ``<owner>/<name>``.

        Raises:
            ThingNotFoundError: There is no such function.
        """
        self._controller = controller
        self._function = controller.function(name)["function"]
        self._seen: dict[str, str] = {}

    def latest(self, limit: int) -> list[CallDocument]:
        """Return the latest calls, the oldest of them first; they count as seen, as do all before them.

        Args:
            limit: How many at most.
        """
        return self.changes()[-limit:]

    def changes(self) -> list[CallDocument]:
        """Return calls that are new or in another state since the last look, the oldest first."""
        changed = []
        for each in reversed(self._controller.invocations(LOOKED_AT)):
            number, state = str(each.get("invocation")), str(each.get("state"))
            if each.get("function") == self._function and self._seen.get(number) != state:
                self._seen[number] = state
                changed.append(each)
        return changed

    def follow(self, limit: int, pause: Callable[[], None] | None) -> Iterator[CallDocument]:
        """Yield the latest calls, and then each that is new or changes its state.

        Args:
            limit: How many of those that are there already.
            pause: Waits before the next look; none to end after the first.
        """
        yield from self.latest(limit)
        while pause is not None:
            pause()
            yield from self.changes()

    def details(self, call: CallDocument) -> CallDocument:
        """Return a call with its attempts.

        Args:
            call: As it was yielded.

        Raises:
            ThingNotFoundError: It is not kept any more.
        """
        return self._controller.invocation(_number(call)).document

    def log(self, call: CallDocument) -> bytes | None:
        """Return what the function wrote in a call that has ended; nothing where nobody ran it.

        Args:
            call: As it was yielded.
        """
        try:
            return self._controller.log(_number(call))
        except ThingNotFoundError:
            return None


def has_ended(call: CallDocument) -> bool:
    """Say whether nothing follows in a call.

    Args:
        call: As the controller shows it.
    """
    return call.get("state") in _ENDED


def _number(call: CallDocument) -> InvocationId:
    number = call.get("invocation")
    if not isinstance(number, str):
        raise InternalError("The controller shows a call without a number.")
    return InvocationId.parse(number)
