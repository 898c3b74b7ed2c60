"""What a developer does with its functions, each its own transaction, and what the chain says of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.event_decoder import ChainEvent, EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.client.errors import FunctionUnknownError, UnexpectedEventsError
from chainfaas.domain.amounts import max_cost
from chainfaas.domain.errors import InvalidManifestError
from chainfaas.domain.identifiers import Address, FunctionId, VersionId, format_function_id, function_id
from chainfaas.domain.manifests import Manifest, parse_manifest
from chainfaas.domain.prices import Terms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chainfaas.chain.bindings.function_registry import NewVersion
    from chainfaas.client.chain_access import ChainAccess
    from chainfaas.client.own_account import OwnAccount, Sent


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version as its event told.

    Attributes:
        version_id: Its number.
        function_id: The function's.
        developer: Who pays for its calls.
        terms: What one call may use and cost.
        manifest: How it runs; ``None`` if it was published malformed.
        bundle_hash: Hash of its bundle; zero for none.
        block: Height of the block that it came with.
    """

    version_id: VersionId
    function_id: FunctionId
    developer: Address
    terms: Terms
    manifest: Manifest | None
    bundle_hash: bytes
    block: int

    @property
    def name(self) -> str:
        """What its developer calls the function; empty for nothing."""
        return "" if self.manifest is None else self.manifest.name or ""

    def is_same(self, other: NewVersion) -> bool:
        """Say whether publishing that would make another version just like this one.

        Args:
            other: What would be published.
        """
        mine = (self.terms, self.manifest, self.bundle_hash)
        return mine == (other.terms, other.manifest, other.bundle_hash)


@dataclass(frozen=True, slots=True)
class OwnFunction:
    """A function and all of its versions, oldest first.

    Attributes:
        function_id: Its number.
        owner: Whose it is now.
        versions: Its versions.
        live: Which version calls run; ``None`` for none.
        is_retired: Whether it stopped for ever.
    """

    function_id: FunctionId
    owner: Address
    versions: tuple[PublishedVersion, ...]
    live: VersionId | None
    is_retired: bool

    @property
    def live_version(self) -> PublishedVersion | None:
        """The version that calls run."""
        return next((each for each in self.versions if each.version_id == self.live), None)

    @property
    def name(self) -> str:
        """What calls may name it by: the live version's name, else the newest's."""
        shown = self.live_version or (self.versions[-1] if self.versions else None)
        return "" if shown is None else shown.name


def read_functions(chain: ChainAccess, owner: Address | None = None) -> list[OwnFunction]:
    """Read the functions of an owner, or all, from the chain's own events.

    Args:
        chain: The network.
        owner: Whose; everybody's if absent.

    Raises:
        ChainUnreachableError: The node does not answer.
    """
    versions: dict[FunctionId, list[PublishedVersion]] = {}
    for event in _events(chain):
        if event.name == "VersionPublished":
            version = _version(event)
            versions.setdefault(version.function_id, []).append(version)
    registry, found = chain.contracts.functions, []
    for number in range(1, registry.function_count() + 1):
        function = FunctionId(number)
        whose = registry.owner_of(function)
        if whose is not None and owner in (None, whose):
            found.append(
                OwnFunction(
                    function_id=function,
                    owner=whose,
                    versions=tuple(versions.get(function, ())),
                    live=registry.live_version_of(function),
                    is_retired=registry.is_retired(function),
                )
            )
    return found


def find_function(functions: Iterable[OwnFunction], name: str) -> OwnFunction:
    """Return the function that a name stands for.

    Args:
        functions: An owner's functions.
        name: Its name, or ``fn-<id>``. Of several of one name the newest that is not retired.

    Raises:
        FunctionUnknownError: There is none.
    """
    found = [each for each in functions if name in (each.name, format_function_id(each.function_id))]
    if not found:
        raise FunctionUnknownError(f"There is no function {name} of this wallet.")
    return max(found, key=lambda each: (not each.is_retired, each.function_id))


class FunctionOwner:
    """The functions of one account."""

    def __init__(self, account: OwnAccount) -> None:
        """Take an account.

        Args:
            account: The owner's, with coin for gas.
        """
        self._account = account
        self._registry = account.chain.contracts.functions

    def create(self) -> tuple[Sent, FunctionId]:
        """Make a function; it takes calls once a version of it is live.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        sent = self._account.send(self._registry.create())
        return sent, function_id(sent.number("FunctionCreated", "functionId"))

    def publish(
        self, function: FunctionId, version: NewVersion, *, live: bool = True
    ) -> tuple[Sent, VersionId]:
        """Publish a version, which stays as it is for ever.

        Args:
            function: Which function.
            version: What is published.
            live: Whether calls run it from now on.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        sent = self._account.send(self._registry.publish(function, version, live=live))
        return sent, VersionId(sent.number("VersionPublished", "versionId"))

    def set_live(self, function: FunctionId, version: VersionId | None) -> Sent:
        """Set which version calls run.

        Args:
            function: Which function.
            version: One of its versions that this account published; ``None`` for none.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        return self._account.send(self._registry.set_live(function, version))

    def retire(self, function: FunctionId) -> Sent:
        """Stop a function for ever; calls that run go on.

        Args:
            function: Which function.

        Raises:
            ChainFaaSError: As `OwnAccount.send`.
        """
        return self._account.send(self._registry.retire(function))


def _events(chain: ChainAccess) -> list[ChainEvent]:
    contract = chain.contracts.functions.address
    known = [each for each in known_contracts(chain.deployments) if each.address == contract]
    reader = EventReader(chain.connection, chain.deployments.chain_id, EventDecoder(known))
    return reader.read_events_in_range(chain.deployments.first_block, chain.reader.head().number)


def _version(event: ChainEvent) -> PublishedVersion:
    args = event.args
    developer, bundle, manifest = args["developer"], args["bundleHash"], args["manifest"]
    if not isinstance(developer, Address) or not isinstance(bundle, bytes):
        raise UnexpectedEventsError("A VersionPublished has arguments of another kind.")
    cap, memory, timeout = (int(str(args[name])) for name in ("maxCost", "memoryMiB", "timeoutMs"))
    return PublishedVersion(
        version_id=VersionId(int(str(args["versionId"]))),
        function_id=FunctionId(int(str(args["functionId"]))),
        developer=developer,
        terms=Terms(max_cost(cap), memory, timeout),
        manifest=_manifest(manifest if isinstance(manifest, bytes) else str(manifest).encode()),
        bundle_hash=bundle,
        block=event.block_number,
    )


def _manifest(raw: bytes) -> Manifest | None:
    # Whoever calls the registry without our programs can publish anything.
    try:
        return parse_manifest(raw)
    except InvalidManifestError:
        return None
