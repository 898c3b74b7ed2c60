"""Events of the function registry as versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chainfaas.domain.amounts import MaxCost
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import FunctionId, VersionId
from chainfaas.domain.prices import Terms
from chainfaas.provider.journal.chain_notes import PublishedVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.domain.identifiers import Address


def published_versions(events: Iterable[ChainEvent]) -> list[PublishedVersion]:
    """Return the versions that some events bring."""
    return [_version(event) for event in events if event.name == "VersionPublished"]


def live_changes(events: Iterable[ChainEvent]) -> dict[FunctionId, VersionId]:
    """Return which functions run another version after some events, 0 standing for none."""
    changes: dict[FunctionId, VersionId] = {}
    for event in events:
        if event.name == "LiveVersionSet":
            changes[FunctionId(_number(event, "functionId"))] = VersionId(_number(event, "versionId"))
        elif event.name == "FunctionRetired":
            changes[FunctionId(_number(event, "functionId"))] = VersionId(0)
    return changes


def _version(event: ChainEvent) -> PublishedVersion:
    return PublishedVersion(
        version_id=VersionId(_number(event, "versionId")),
        function_id=FunctionId(_number(event, "functionId")),
        developer=cast("Address", event.args["developer"]),
        terms=Terms(
            MaxCost(_number(event, "maxCost")), _number(event, "memoryMiB"), _number(event, "timeoutMs")
        ),
        image_digest=Bytes32(cast("bytes", event.args["imageDigest"])),
        bundle_hash=Bytes32(cast("bytes", event.args["bundleHash"])),
        manifest=cast("bytes", event.args["manifest"]),
        block_number=event.block_number,
    )


def _number(event: ChainEvent, name: str) -> int:
    return cast("int", event.args[name])
