"""Where a controller's batch numbers go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from chainfaas.controller.storage.schema import PRIVATE

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from chainfaas.domain.identifiers import ControllerId

LOST_DATABASE_GAP = 2**20
"""Numbers that are left out when the database is not the one that the chain's batches came from."""


def least_sequence(connection: Connection, controller: ControllerId, highest_on_chain: int | None) -> int:
    """Return a number from which none can have been signed that the database does not know.

    Args:
        connection: A connection.
        controller: Whose batches.
        highest_on_chain: The highest number of its batches on the chain, if it has any.
    """
    columns = PRIVATE.sequences.c
    query = select(columns.next_sequence).where(columns.controller_id == controller)
    reserved = connection.execute(query).scalar_one_or_none()
    if highest_on_chain is None or (reserved is not None and highest_on_chain < reserved):
        return 0
    # The database was lost, or an older one was put back.
    return highest_on_chain + LOST_DATABASE_GAP
