"""The functions, who owns them, and their versions, which never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.bound_contract import BoundContract, address_or_none
from chainfaas.domain.amounts import max_cost
from chainfaas.domain.encodings import ZERO_BYTES32, Bytes32, bytes32
from chainfaas.domain.identifiers import Address, FunctionId, VersionId
from chainfaas.domain.manifests import Manifest
from chainfaas.domain.prices import Terms

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_call import ContractCall


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a developer publishes.

    Attributes:
        terms: What one job may use and cost.
        manifest: How to run it; it names the image's digest.
        bundle_hash: sha256 of the bundle; zero if there is none.
    """

    terms: Terms
    manifest: Manifest
    bundle_hash: Bytes32 = ZERO_BYTES32

    def __post_init__(self) -> None:
        """Refuse a hash of another length."""
        bytes32(self.bundle_hash, "The bundle hash")


@dataclass(frozen=True, slots=True)
class PublishedTerms:
    """What of a published version decides a price.

    Attributes:
        developer: Who pays for its calls, for ever.
        terms: What one job may use and cost.
    """

    developer: Address
    terms: Terms


class FunctionRegistry(BoundContract):
    """Binding of the function registry."""

    ARTEFACT = "FunctionRegistry"

    def create(self) -> ContractCall:
        """Make a function, owned by the sender; its id is in the event."""
        return self._call("create")

    def publish(self, function: FunctionId, version: NewVersion, *, live: bool) -> ContractCall:
        """Publish a version that the sender, the function's owner, pays for.

        Args:
            function: Which function.
            version: What is published.
            live: Whether calls are to run it from now on.
        """
        terms, manifest = version.terms, version.manifest
        fields = (
            *(terms.max_cost, terms.memory_mib, terms.timeout_ms),
            *(manifest.image.digest_bytes, version.bundle_hash, manifest.canonical_bytes),
        )
        return self._call("publish", function, fields, live)

    def set_live(self, function: FunctionId, version: VersionId | None) -> ContractCall:
        """Set which version calls run, ``None`` for none; owner only, and a version of the owner's own."""
        return self._call("setLive", function, version or 0)

    def retire(self, function: FunctionId) -> ContractCall:
        """Stop a function for ever; owner only."""
        return self._call("retire", function)

    def transfer(self, function: FunctionId, to: Address) -> ContractCall:
        """Give a function to another owner, at once and for ever; owner only."""
        return self._call("transfer", function, to)

    def owner_of(self, function: FunctionId) -> Address | None:
        """Read a function's owner; ``None`` if there is no such function."""
        return address_or_none(self._read("ownerOf", function))

    def live_version_of(self, function: FunctionId) -> VersionId | None:
        """Read which version calls run; ``None`` for none."""
        number = int(self._read("liveVersionOf", function))
        return VersionId(number) if number else None

    def is_retired(self, function: FunctionId) -> bool:
        """Read whether a function is retired."""
        return bool(self._read("isRetired", function))

    def terms_of(self, version: VersionId) -> PublishedTerms | None:
        """Read what of a version decides a price; ``None`` if there is no such version."""
        developer, cap, memory_mib, timeout_ms = self._read("termsOf", version)
        address = address_or_none(developer)
        if address is None:
            return None
        return PublishedTerms(address, Terms(max_cost(cap), memory_mib, timeout_ms))

    def function_of(self, version: VersionId) -> FunctionId | None:
        """Read which function a version belongs to; ``None`` if there is no such version."""
        number = int(self._read("functionOf", version))
        return FunctionId(number) if number else None

    def function_count(self) -> int:
        """Read the highest function id."""
        return int(self._read("functionCount"))

    def version_count(self) -> int:
        """Read the highest version id."""
        return int(self._read("versionCount"))

    def max_timeout_ms(self) -> int:
        """Read the longest time-out that a version may have, in milliseconds."""
        return int(self._read("maxTimeoutMs"))
