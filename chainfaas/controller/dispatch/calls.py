"""Takes calls from people: finds the function, checks who may call it, and sees the call off."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chainfaas.controller.dispatch.pending_call import PendingCall
from chainfaas.controller.errors import (
    DuplicateCallError,
    ForbiddenError,
    FunctionNotFoundError,
    InvocationNotFoundError,
    TooLargeError,
)
from chainfaas.controller.storage.idempotency_rows import IdempotencyKey, find_invocation
from chainfaas.controller.storage.invocation_rows import (
    InvocationRow,
    note_cancellation,
    read_invocation,
)
from chainfaas.controller.storage.states import InvocationState, Lane
from chainfaas.controller.storage.stored_content import keep_content
from chainfaas.domain.content_hashes import content_hash, file_hash
from chainfaas.domain.errors import InvalidIdentifierError
from chainfaas.domain.identifiers import Address, InvocationId, function_id

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.dispatch.placer import Placer
    from chainfaas.controller.storage.chain_view import KnownFunction, KnownVersion
    from chainfaas.controller.storage.database import Database
    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.identifiers import ProviderId


@dataclass(frozen=True, slots=True)
class CallRequest:
    """What a caller asks for.

    Attributes:
        account: Who calls.
        function: ``fn-<id>``, a name of the caller's own, or ``<owner>/<name>``.
        input: The input.
        key: The caller's idempotency key, if it sent one.
        received_ns: When the request came, on the monotonic clock.
    """

    account: Address
    function: str
    input: bytes
    key: str | None
    received_ns: int


class CallDesk:
    """Takes calls, and finds them again."""

    def __init__(
        self, parts: DispatchParts, state: DispatchState, placer: Placer, database: Database
    ) -> None:
        """Take nothing yet.

        Args:
            parts: What dispatch works with.
            state: What it knows.
            placer: Finds providers for calls.
            database: Where calls are read.
        """
        self._parts = parts
        self._state = state
        self._placer = placer
        self._reader = database.engine.execution_options(reads_only=True)

    def take(self, request: CallRequest) -> InvocationId:
        """Take a call. It is on disk when this returns, and with a provider if one was free.

        Args:
            request: What is asked for.

        Returns:
            The call's number; an earlier call's if the key stands for that.

        Raises:
            FunctionNotFoundError: There is no such function, or nothing of it is live.
            ForbiddenError: It is not the caller's to call.
            TooLargeError: The input is too long.
            ChainFaaSError: As `Placer.submit` says.
        """
        version = self._version(request)
        limit = self._parts.limits.input_max_bytes
        if len(request.input) > limit:
            raise TooLargeError(f"The input is {len(request.input)} bytes long, above {limit}.")
        key = self._key(request, version)
        if key is not None:
            with self._reader.connect() as connection:
                known = find_invocation(connection, key, self._parts.now_ms() // 1_000)
            if known is not None:
                return known
        call = self._call(request, version, key)
        try:
            self._placer.submit(call)
        except DuplicateCallError as earlier:
            return earlier.invocation
        return call.invocation_id

    def wait(self, invocation: InvocationId, seconds: float) -> PendingCall | None:
        """Wait for a call's end.

        Args:
            invocation: The call.
            seconds: How long at most.

        Returns:
            The call, ended or not; ``None`` if it ended before, so that only the database knows it.
        """
        with self._state.lock:
            call = self._state.calls.get(invocation)
        if call is not None:
            call.ended.wait(seconds)
        return call

    def cancel(self, account: Address, invocation: InvocationId) -> None:
        """Give a call up. What its provider has used until it stops is paid.

        Args:
            account: Who asks.
            invocation: The call; one that has ended stays as it is.

        Raises:
            InvocationNotFoundError: The caller has no such call.
        """
        self.read(account, invocation)
        # First on disk: whoever comes after this controller must not run it again.
        at_ms = self._parts.now_ms()
        self._parts.writer.run(partial(note_cancellation, invocation=invocation, at_ms=at_ms))
        with self._state.lock:
            call = self._state.calls.get(invocation)
            if call is not None:
                self._placer.cancel(call)

    def read(self, account: Address, invocation: InvocationId) -> InvocationRow:
        """Return a call from the database.

        Args:
            account: Who asks; others' calls are as good as not there.
            invocation: The call.

        Raises:
            InvocationNotFoundError: The caller has no such call.
        """
        with self._reader.connect() as connection:
            row = read_invocation(connection, invocation)
        if row is None or row.account != account:
            raise InvocationNotFoundError(f"You have no invocation {invocation}.")
        return row

    def promised(self, developer: Address) -> TokenAmount:
        """Return what is promised of an escrow beyond what the chain shows, in base units.

        Args:
            developer: Whose escrow.
        """
        return self._parts.promises.promised(developer).amount

    def silent_seconds(self, provider: ProviderId) -> float | None:
        """Return how long ago a provider was heard here, or ``None`` if it never was.

        Args:
            provider: The provider.
        """
        with self._state.lock:
            seat = self._state.seats.get(provider)
            if seat is None or seat.poll is None:
                return None
            return 0.0 if seat.waiter is not None else self._parts.monotonic() - seat.heard_seconds

    def find_function(self, name: str, account: Address | None) -> KnownFunction:
        """Find a function by what people call it.

        Args:
            name: ``fn-<id>``, a name of the caller's own, or ``<owner>/<name>``.
            account: Who asks; ``None`` if nobody is logged in.

        Raises:
            FunctionNotFoundError: There is none.
        """
        found = self._by_number(name) if name.startswith("fn-") else self._by_name(name, account)
        if found is None:
            raise FunctionNotFoundError(f"There is no function {name[:100]!r}.")
        return found

    def _by_number(self, name: str) -> KnownFunction | None:
        try:
            return self._parts.view.function(function_id(name))
        except InvalidIdentifierError:
            return None

    def _by_name(self, name: str, account: Address | None) -> KnownFunction | None:
        owner, separator, own_name = name.rpartition("/")
        try:
            holder = Address.parse(owner) if separator else account
        except InvalidIdentifierError:
            return None
        if holder is None:
            return None
        named = (each for each in self._parts.view.functions_of(holder) if self._is_called(each, own_name))
        return next(named, None)

    def _is_called(self, function: KnownFunction, name: str) -> bool:
        if function.live_version is None or function.is_retired:
            return False
        version = self._parts.view.version(function.live_version)
        return version is not None and version.manifest is not None and version.manifest.name == name

    def _version(self, request: CallRequest) -> KnownVersion:
        function = self.find_function(request.function, request.account)
        if function.is_retired or function.live_version is None:
            raise FunctionNotFoundError(f"The function {request.function} takes no calls: nothing is live.")
        if function.owner != request.account:
            raise ForbiddenError(f"The function {request.function} belongs to {function.owner}.")
        version = self._parts.view.version(function.live_version)
        if version is None or version.manifest is None:
            raise FunctionNotFoundError(f"The live version of {request.function} has no readable manifest.")
        return version

    def _key(self, request: CallRequest, version: KnownVersion) -> IdempotencyKey | None:
        if request.key is None:
            return None
        asked = file_hash(b"%d:" % version.function_id + request.input)
        until = self._parts.now_ms() // 1_000 + self._parts.limits.idempotency_key_seconds
        return IdempotencyKey(request.account, request.key, asked, until)

    def _call(self, request: CallRequest, version: KnownVersion, key: IdempotencyKey | None) -> PendingCall:
        invocation = InvocationId(secrets.token_bytes(32))
        content = keep_content(request.input, self._parts.contents)
        assert version.manifest is not None  # noqa: S101 - looked at when the version was chosen
        row = InvocationRow(
            invocation_id=invocation,
            account=request.account,
            function_id=version.function_id,
            version_id=version.version_id,
            developer=version.developer,
            output_limit_bytes=version.manifest.output_limit_bytes,
            state=InvocationState.QUEUED,
            attempt=0,
            input_hash=content_hash(invocation, request.input),
            input_size_bytes=content.size_bytes,
            input=content.inline,
            input_reference=content.reference,
            created_at_ms=self._parts.now_ms(),
        )
        return PendingCall(
            row=row,
            version=version,
            lane=lane_of(version, self._parts.settings.fast_timeout_ms),
            input=content,
            received_ns=request.received_ns,
            give_up_seconds=self._parts.monotonic() + self._parts.settings.queue_seconds,
            key=key,
        )


def lane_of(version: KnownVersion, fast_timeout_ms: int) -> Lane:
    """Return which way the jobs of a version take to the chain.

    Args:
        version: The version.
        fast_timeout_ms: Time-outs up to this take the fast path.
    """
    return Lane.FAST if version.terms.timeout_ms <= fast_timeout_ms else Lane.OPENED
