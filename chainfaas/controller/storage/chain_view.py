"""What calls need of the index, read once and kept until the next block that says anything."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import func, select

from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.amounts import (
    BaseFee,
    JobCap,
    MaxCost,
    Price,
    TokenAmount,
    amount_of_job_cap,
)
from chainfaas.domain.encodings import format_hex, parse_hex
from chainfaas.domain.errors import InvalidManifestError
from chainfaas.domain.identifiers import (
    SEQUENCE_BITS,
    Address,
    FunctionId,
    ProviderId,
    VersionId,
)
from chainfaas.domain.manifests import Manifest, parse_manifest
from chainfaas.domain.prices import Offer, Terms

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Row

    from chainfaas.domain.identifiers import ControllerId

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class KnownFunction:
    """A function.

    Attributes:
        function_id: Its number.
        owner: Whose it is.
        live_version: What calls run; ``None`` for none.
        is_retired: Whether it was stopped for ever.
    """

    function_id: FunctionId
    owner: Address
    live_version: VersionId | None
    is_retired: bool


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version.

    Attributes:
        version_id: Its number.
        function_id: The function.
        developer: Who pays for its calls.
        terms: What one job may use and cost.
        manifest: How it is run; ``None`` if what was published cannot be read.
    """

    version_id: VersionId
    function_id: FunctionId
    developer: Address
    terms: Terms
    manifest: Manifest | None


@dataclass(frozen=True, slots=True)
class KnownProvider:
    """A provider.

    Attributes:
        provider_id: Its number.
        owner: Whose it is.
        operator: The key of its daemon.
        payout: Where it is paid.
        offer: What it asks now.
    """

    provider_id: ProviderId
    owner: Address
    operator: Address
    payout: Address
    offer: Offer


@dataclass(frozen=True, slots=True)
class KnownEscrow:
    """What a developer has set aside for this controller.

    Attributes:
        free: What is neither spent nor reserved, in base units.
        reserved: What open jobs can cost at most, in base units.
        job_cap: What one job may cost at most, in base units.
        expiry_seconds: Unix seconds at which it ends.
    """

    free: TokenAmount
    reserved: TokenAmount
    job_cap: TokenAmount
    expiry_seconds: int


NO_ESCROW = KnownEscrow(TokenAmount(0), TokenAmount(0), TokenAmount(0), 0)


class ChainView:
    """Answers from memory; whoever changes the index calls `forget`."""

    def __init__(self, engine: Engine, controller: ControllerId) -> None:
        """Read nothing yet.

        Args:
            engine: The database.
            controller: Whose escrows are meant.
        """
        self._reader = engine.execution_options(reads_only=True)
        self._controller = controller
        self._lock = threading.Lock()
        self._known: dict[Hashable, Any] = {}
        self._revision = 0

    def forget(self) -> None:
        """Read everything anew from now on."""
        with self._lock:
            self._known.clear()
            self._revision += 1

    def function(self, function: FunctionId) -> KnownFunction | None:
        """Return a function, or ``None`` if there is none.

        Args:
            function: Its number.
        """
        table = CHAIN.functions

        def read(connection: Connection) -> KnownFunction | None:
            row = connection.execute(select(table).where(table.c.function_id == function)).one_or_none()
            return None if row is None else _function(row)

        return self._read(("function", function), read)

    def functions(self, limit: int) -> tuple[KnownFunction, ...]:
        """Return the latest functions.

        Args:
            limit: How many at most.
        """
        table = CHAIN.functions

        def read(connection: Connection) -> tuple[KnownFunction, ...]:
            query = select(table).order_by(table.c.function_id.desc()).limit(limit)
            return tuple(_function(row) for row in connection.execute(query))

        return self._read(("functions", limit), read)

    def versions_of(self, function: FunctionId) -> tuple[KnownVersion, ...]:
        """Return a function's versions, the latest first.

        Args:
            function: Its number.
        """
        table = CHAIN.versions

        def read(connection: Connection) -> tuple[KnownVersion, ...]:
            query = select(table).where(table.c.function_id == function)
            return tuple(
                _version(row) for row in connection.execute(query.order_by(table.c.version_id.desc()))
            )

        return self._read(("versions", function), read)

    def functions_of(self, owner: Address) -> tuple[KnownFunction, ...]:
        """Return an owner's functions.

        Args:
            owner: Whose.
        """
        table = CHAIN.functions

        def read(connection: Connection) -> tuple[KnownFunction, ...]:
            query = select(table).where(table.c.owner == format_hex(owner.raw))
            return tuple(_function(row) for row in connection.execute(query.order_by(table.c.function_id)))

        return self._read(("functions", owner), read)

    def version(self, version: VersionId) -> KnownVersion | None:
        """Return a version, or ``None`` if there is none.

        Args:
            version: Its number.
        """
        table = CHAIN.versions

        def read(connection: Connection) -> KnownVersion | None:
            row = connection.execute(select(table).where(table.c.version_id == version)).one_or_none()
            return None if row is None else _version(row)

        return self._read(("version", version), read)

    def providers(self) -> tuple[KnownProvider, ...]:
        """Return all providers."""
        table = CHAIN.providers

        def read(connection: Connection) -> tuple[KnownProvider, ...]:
            query = select(table).order_by(table.c.provider_id)
            return tuple(_provider(row) for row in connection.execute(query))

        return self._read("providers", read)

    def provider(self, provider: ProviderId) -> KnownProvider | None:
        """Return a provider, or ``None`` if there is none.

        Args:
            provider: Its number.
        """
        return next((each for each in self.providers() if each.provider_id == provider), None)

    def escrow(self, developer: Address) -> KnownEscrow:
        """Return a developer's escrow for this controller; all zero if there is none.

        Args:
            developer: Whose.
        """
        table = CHAIN.escrows

        def read(connection: Connection) -> KnownEscrow:
            query = select(table).where(
                table.c.developer == format_hex(developer.raw), table.c.controller_id == self._controller
            )
            row = connection.execute(query).one_or_none()
            if row is None:
                return NO_ESCROW
            cap = amount_of_job_cap(JobCap(row.job_cap))
            return KnownEscrow(TokenAmount(row.free), TokenAmount(row.reserved), cap, row.expiry)

        return self._read(("escrow", developer), read)

    def highest_sequence(self) -> int | None:
        """Return the highest number of this controller's batches on the chain, or ``None`` without any."""
        table = CHAIN.batches
        query = select(func.max(table.c.batch_id)).where(table.c.controller_id == self._controller)
        with self._reader.connect() as connection:
            highest = connection.execute(query).scalar_one_or_none()
        return None if highest is None else int(highest) & (1 << SEQUENCE_BITS) - 1

    def _read(self, key: Hashable, read: Callable[[Connection], _Value]) -> _Value:
        with self._lock:
            if key in self._known:
                known: _Value = self._known[key]
                return known
            revision = self._revision
        with self._reader.connect() as connection:
            value = read(connection)
        with self._lock:
            if revision == self._revision:
                self._known[key] = value
        return value


def _address(text: str) -> Address:
    return Address(parse_hex(text, 20))


def _function(row: Row[Any]) -> KnownFunction:
    live = VersionId(row.live_version_id) if row.live_version_id else None
    return KnownFunction(FunctionId(row.function_id), _address(row.owner), live, bool(row.is_retired))


def _version(row: Row[Any]) -> KnownVersion:
    try:
        manifest = parse_manifest(parse_hex(row.manifest))
    except InvalidManifestError:
        manifest = None  # anybody can publish anything
    return KnownVersion(
        VersionId(row.version_id),
        FunctionId(row.function_id),
        _address(row.developer),
        Terms(MaxCost(row.max_cost), row.memory_mib, row.timeout_ms),
        manifest,
    )


def _provider(row: Row[Any]) -> KnownProvider:
    return KnownProvider(
        ProviderId(row.provider_id),
        _address(row.owner),
        _address(row.operator),
        _address(row.payout),
        Offer(BaseFee(row.base_fee), Price(row.price)),
    )
