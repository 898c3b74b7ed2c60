"""The outbox in a SQL database, for whichever side keeps one: the controller's, or a provider's journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from chainfaas.chain.column_types import DatabaseSeconds
from chainfaas.chain.errors import DedupeConflictError, LeaseHeldError, LeaseLostError, StaleEntryError
from chainfaas.chain.outbox_entry import (
    IN_FLIGHT_STATES,
    UNFINISHED_STATES,
    Attempt,
    Change,
    EntryState,
    Lease,
    NewEntry,
    OutboxEntry,
)
from chainfaas.chain.outbox_rows import (
    attempt_columns,
    attempt_of,
    entry_columns,
    entry_of,
    inclusion_columns,
)
from chainfaas.domain.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from chainfaas.chain.outbox_tables import OutboxTables
    from chainfaas.domain.identifiers import Address


class SqlOutbox:
    """Implements ``Outbox``; its methods' contracts are written there."""

    def __init__(self, engine: Engine, tables: OutboxTables, *, takes_over: bool = False) -> None:
        """Use a database.

        Args:
            engine: The database; an SQLite file as ``create_sqlite_engine`` opens it.
            tables: The outbox's tables in it.
            takes_over: Whether a lease may be taken from its holder; true where something else proves that
                the holder is gone, such as the lock on a database of one process.
        """
        self._engine = engine
        self._reader = engine.execution_options(reads_only=True)
        self._entries = tables.entries
        self._attempts = tables.attempts
        self._signers = tables.signers
        self._takes_over = takes_over

    def enqueue(self, new: NewEntry) -> OutboxEntry:
        """Add an entry, or find the one that has its dedupe key."""
        with self._engine.begin() as connection:
            return self.enqueue_within(connection, new)

    def enqueue_within(self, connection: Connection, new: NewEntry) -> OutboxEntry:
        """Add an entry in the transaction of the decision that it belongs to.

        Args:
            connection: A connection to the same database, in a transaction.
            new: What is wanted.

        Returns:
            The entry that has the dedupe key.

        Raises:
            DedupeConflictError: The key is taken by another effect.
        """
        try:
            with connection.begin_nested():
                connection.execute(insert(self._entries).values(entry_columns(new)))
        except IntegrityError:
            pass  # the key is taken; whether by the same effect is seen below
        row = connection.execute(
            select(self._entries).where(self._entries.c.dedupe_key == new.dedupe_key)
        ).one()
        entry = entry_of(row)
        if entry.request != new:
            raise DedupeConflictError(f"The outbox has another effect under the key {new.dedupe_key!r}.")
        return entry

    def entry(self, entry_id: int) -> OutboxEntry:
        """Read one entry."""
        with self._reader.connect() as connection:
            row = connection.execute(
                select(self._entries).where(self._entries.c.entry_id == entry_id)
            ).one_or_none()
        if row is None:
            raise NotFoundError(f"The outbox has no entry {entry_id}.")
        return entry_of(row)

    def next_pending(self, signer: Address) -> OutboxEntry | None:
        """Read the oldest entry that waits for a nonce."""
        columns = self._entries.c
        query = (
            select(self._entries)
            .where(columns.signer == signer, columns.state == EntryState.PENDING)
            .order_by(columns.entry_id)
            .limit(1)
        )
        with self._reader.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else entry_of(row)

    def unfinished(self, signer: Address) -> Sequence[OutboxEntry]:
        """Read the entries that own a nonce and are not at their end."""
        columns = self._entries.c
        query = (
            select(self._entries)
            .where(columns.signer == signer, columns.state.in_(UNFINISHED_STATES))
            .order_by(columns.nonce)
        )
        with self._reader.connect() as connection:
            return [entry_of(row) for row in connection.execute(query)]

    def entry_with_nonce(self, signer: Address, nonce: int) -> OutboxEntry | None:
        """Read the entry that owns a nonce, at its end or not; one that failed owns its nonce no longer."""
        columns = self._entries.c
        query = (
            select(self._entries)
            .where(columns.signer == signer, columns.nonce == nonce, columns.state != EntryState.FAILED)
            .order_by(columns.entry_id.desc())
            .limit(1)
        )
        with self._reader.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else entry_of(row)

    def attempts(self, entry_id: int) -> Sequence[Attempt]:
        """Read what was signed for the nonce that an entry now owns."""
        attempts, entries = self._attempts.c, self._entries.c
        query = (
            select(self._attempts)
            .join(self._entries, attempts.entry_id == entries.entry_id)
            .where(attempts.entry_id == entry_id, attempts.nonce == entries.nonce)
            .order_by(attempts.bump)
        )
        with self._reader.connect() as connection:
            return [attempt_of(row) for row in connection.execute(query)]

    def next_nonce(self, signer: Address) -> int:
        """Read the lowest nonce that was never assigned here."""
        query = select(self._signers.c.next_nonce).where(self._signers.c.signer == signer)
        with self._reader.connect() as connection:
            return int(connection.execute(query).scalar_one_or_none() or 0)

    def next_bump(self, signer: Address, nonce: int) -> int:
        """Count the attempts that a nonce had, for whichever entry."""
        columns = self._attempts.c
        query = select(func.max(columns.bump)).where(columns.signer == signer, columns.nonce == nonce)
        with self._reader.connect() as connection:
            highest = connection.execute(query).scalar_one_or_none()
        return 0 if highest is None else int(highest) + 1

    def acquire_lease(self, signer: Address, owner: str, seconds: int) -> Lease:
        """Take the right to send for a key."""
        columns = self._signers.c
        with self._engine.begin() as connection:
            query = select(self._signers, DatabaseSeconds().label("now")).where(columns.signer == signer)
            row = connection.execute(query.with_for_update()).one_or_none()
            if row is None:
                first = {"signer": signer, "next_nonce": 0, "lease_token": 1, "lease_owner": owner}
                ends = DatabaseSeconds() + seconds
                connection.execute(insert(self._signers).values(**first, lease_ends_at_seconds=ends))
                return Lease(signer, owner, 1)
            if row.lease_ends_at_seconds > row.now and row.lease_owner != owner and not self._takes_over:
                raise LeaseHeldError(f"{row.lease_owner} sends for {signer}.")
            token = row.lease_token + 1
            connection.execute(
                update(self._signers)
                .where(columns.signer == signer)
                .values(
                    lease_token=token, lease_owner=owner, lease_ends_at_seconds=DatabaseSeconds() + seconds
                )
            )
            return Lease(signer, owner, token)

    def renew_lease(self, lease: Lease, seconds: int) -> None:
        """Hold the right for longer."""
        with self._engine.begin() as connection:
            self._guard(connection, lease)
            connection.execute(
                update(self._signers)
                .where(self._signers.c.signer == lease.signer)
                .values(lease_ends_at_seconds=DatabaseSeconds() + seconds)
            )

    def release_lease(self, lease: Lease) -> None:
        """Give the right up at once; does nothing if another has it."""
        columns = self._signers.c
        with self._engine.begin() as connection:
            connection.execute(
                update(self._signers)
                .where(columns.signer == lease.signer, columns.lease_token == lease.token)
                .values(lease_ends_at_seconds=0)
            )

    def store_signed(self, lease: Lease, attempt: Attempt) -> None:
        """Store the first transaction of a pending entry and take its nonce."""
        columns = self._signers.c
        change = {"state": EntryState.SIGNED, "nonce": attempt.nonce}
        with self._engine.begin() as connection:
            next_nonce = self._guard(connection, lease)
            try:
                self._move(connection, attempt.entry_id, (EntryState.PENDING,), change)
                connection.execute(insert(self._attempts).values(attempt_columns(lease, attempt)))
            except IntegrityError as taken:
                raise StaleEntryError(f"Nonce {attempt.nonce} of {lease.signer} is taken.") from taken
            connection.execute(
                update(self._signers)
                .where(columns.signer == lease.signer)
                .values(next_nonce=max(next_nonce, attempt.nonce + 1))
            )

    def store_bump(self, lease: Lease, attempt: Attempt) -> None:
        """Store a better paid transaction for a nonce that its entry owns."""
        columns = self._entries.c
        query = select(columns.entry_id).where(
            columns.entry_id == attempt.entry_id,
            columns.nonce == attempt.nonce,
            columns.state.in_(IN_FLIGHT_STATES),
        )
        with self._engine.begin() as connection:
            self._guard(connection, lease)
            if connection.execute(query).one_or_none() is None:
                raise StaleEntryError(f"Outbox entry {attempt.entry_id} no longer waits to be mined.")
            try:
                connection.execute(insert(self._attempts).values(attempt_columns(lease, attempt)))
            except IntegrityError as taken:
                raise StaleEntryError(f"Bump {attempt.bump} of nonce {attempt.nonce} is taken.") from taken

    def advance(self, lease: Lease, entry_id: int, expected: EntryState, change: Change) -> None:
        """Move an entry on."""
        values = {"state": change.state, "error": change.error, **inclusion_columns(change.inclusion)}
        if change.state is EntryState.PENDING:
            values["nonce"] = None
        with self._engine.begin() as connection:
            self._guard(connection, lease)
            self._move(connection, entry_id, (expected,), values)

    def _guard(self, connection: Connection, lease: Lease) -> int:
        columns = self._signers.c
        query = select(columns.next_nonce).where(
            columns.signer == lease.signer, columns.lease_token == lease.token
        )
        next_nonce = connection.execute(query.with_for_update()).scalar_one_or_none()
        if next_nonce is None:
            raise LeaseLostError(f"{lease.owner} no longer sends for {lease.signer}.")
        return int(next_nonce)

    def _move(
        self, connection: Connection, entry_id: int, expected: tuple[EntryState, ...], values: dict[str, Any]
    ) -> None:
        columns = self._entries.c
        moved = connection.execute(
            update(self._entries)
            .where(columns.entry_id == entry_id, columns.state.in_(expected))
            .values(values)
        )
        if moved.rowcount != 1:
            raise StaleEntryError(f"Outbox entry {entry_id} is not in the state {expected[0].value}.")
