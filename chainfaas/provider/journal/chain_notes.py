"""What the provider knows from its own node: versions, which of them are live, and up to which block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from chainfaas.domain.amounts import MaxCost
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import FunctionId, VersionId
from chainfaas.domain.prices import Terms
from chainfaas.provider.journal.tables import CURSOR, LIVE_VERSIONS, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sqlalchemy import Engine, Row

    from chainfaas.domain.identifiers import Address


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A function version as its event has it. The manifest may be no valid one: anybody can publish."""

    version_id: VersionId
    function_id: FunctionId
    developer: Address
    terms: Terms
    image_digest: Bytes32
    bundle_hash: Bytes32
    manifest: bytes
    block_number: int


@dataclass(frozen=True, slots=True)
class BlockPlace:
    """A block by height and hash."""

    number: int
    block_hash: bytes


class ChainNotes:
    """Reads and writes these notes. Any thread may read, one writes."""

    def __init__(self, engine: Engine) -> None:
        """Use a journal's database."""
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)

    def cursor(self) -> BlockPlace | None:
        """Return the last block that was read, or None before the first."""
        with self._reader.connect() as connection:
            row = connection.execute(select(CURSOR)).one_or_none()
        return None if row is None else BlockPlace(row.block_number, row.block_hash)

    def advance(
        self,
        place: BlockPlace,
        published: Iterable[PublishedVersion] = (),
        live: Mapping[FunctionId, VersionId] | None = None,
    ) -> None:
        """Move on to a block with what was read up to it.

        Args:
            place: The block.
            published: Versions that it and those before it brought.
            live: Functions whose live version changed, 0 for none.
        """
        cursor = {"block_number": place.number, "block_hash": place.block_hash}
        with self._engine.begin() as connection:
            for version in published:
                values = _version_columns(version)
                connection.execute(
                    insert(VERSIONS)
                    .values(values)
                    .on_conflict_do_update(index_elements=["version_id"], set_=values)
                )
            for function, version_id in (live or {}).items():
                connection.execute(
                    insert(LIVE_VERSIONS)
                    .values(function_id=function, version_id=version_id)
                    .on_conflict_do_update(index_elements=["function_id"], set_={"version_id": version_id})
                )
            connection.execute(
                insert(CURSOR)
                .values(row=1, **cursor)
                .on_conflict_do_update(index_elements=["row"], set_=cursor)
            )

    def rewind(self, place: BlockPlace) -> None:
        """Go back to a block, and forget the versions that came after it."""
        with self._engine.begin() as connection:
            connection.execute(delete(VERSIONS).where(VERSIONS.c.block_number > place.number))
            connection.execute(CURSOR.update().values(block_number=place.number, block_hash=place.block_hash))

    def version(self, version: VersionId) -> PublishedVersion | None:
        """Return a version, or None if no block up to the cursor published it."""
        with self._reader.connect() as connection:
            row = connection.execute(select(VERSIONS).where(VERSIONS.c.version_id == version)).one_or_none()
        return None if row is None else _version_of(row)

    def live_versions(self) -> list[PublishedVersion]:
        """Return the versions that calls run now."""
        query = select(VERSIONS).join(LIVE_VERSIONS, VERSIONS.c.version_id == LIVE_VERSIONS.c.version_id)
        with self._reader.connect() as connection:
            return [_version_of(row) for row in connection.execute(query)]


def _version_columns(version: PublishedVersion) -> dict[str, Any]:
    return {
        "version_id": version.version_id,
        "function_id": version.function_id,
        "developer": version.developer,
        "max_cost": version.terms.max_cost,
        "memory_mib": version.terms.memory_mib,
        "timeout_ms": version.terms.timeout_ms,
        "image_digest": version.image_digest,
        "bundle_hash": version.bundle_hash,
        "manifest": version.manifest,
        "block_number": version.block_number,
    }


def _version_of(row: Row[Any]) -> PublishedVersion:
    return PublishedVersion(
        version_id=VersionId(row.version_id),
        function_id=FunctionId(row.function_id),
        developer=row.developer,
        terms=Terms(MaxCost(row.max_cost), row.memory_mib, row.timeout_ms),
        image_digest=Bytes32(row.image_digest),
        bundle_hash=Bytes32(row.bundle_hash),
        manifest=bytes(row.manifest),
        block_number=row.block_number,
    )
