"""Calls that wait for a provider: in order for each account, and account after account."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chainfaas.controller.dispatch.pending_call import PendingCall
    from chainfaas.domain.identifiers import Address, InvocationId, VersionId


class CallQueue:
    """Holds calls. Whoever uses it holds one lock around all of its methods."""

    def __init__(self) -> None:
        """Begin empty."""
        self._of_account: OrderedDict[Address, OrderedDict[InvocationId, PendingCall]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(calls) for calls in self._of_account.values())

    def __iter__(self) -> Iterator[PendingCall]:
        for calls in list(self._of_account.values()):
            yield from list(calls.values())

    def count(self, account: Address) -> int:
        """Return how many calls of an account wait.

        Args:
            account: Whose.
        """
        return len(self._of_account.get(account, ()))

    def add(self, call: PendingCall) -> None:
        """Let a call wait.

        Args:
            call: The call.
        """
        self._of_account.setdefault(call.row.account, OrderedDict())[call.invocation_id] = call

    def remove(self, call: PendingCall) -> bool:
        """Let a call no longer wait.

        Args:
            call: The call.

        Returns:
            Whether it waited.
        """
        calls = self._of_account.get(call.row.account)
        if calls is None or calls.pop(call.invocation_id, None) is None:
            return False
        if not calls:
            del self._of_account[call.row.account]
        return True

    def place(self, try_to_place: Callable[[PendingCall], bool]) -> None:
        """Try to place the calls, one of each account in turn, until none can be placed.

        Args:
            try_to_place: Gives a call to a provider, if there is one.
        """
        stuck: set[tuple[Address, VersionId]] = set()
        placed = True
        while placed:
            placed = False
            for account in list(self._of_account):
                call = self._place_one(account, stuck, try_to_place)
                if call is not None:
                    placed = True
                    self.remove(call)
                    if account in self._of_account:
                        self._of_account.move_to_end(account)

    def _place_one(
        self,
        account: Address,
        stuck: set[tuple[Address, VersionId]],
        try_to_place: Callable[[PendingCall], bool],
    ) -> PendingCall | None:
        for call in list(self._of_account[account].values()):
            kind = (account, call.version.version_id)
            if kind in stuck and not call.tried:
                continue  # its like could not be placed a moment ago
            if try_to_place(call):
                return call
            stuck.add(kind)
        return None
