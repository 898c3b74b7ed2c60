"""Claims as entries of the outbox: one for each settlement, tied to its jobs in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.chain.outbox_entry import EntryState
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.typed_data import hash_settlement
from chainfaas.provider.crash_points import ProviderHook, ProviderPoint

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger
    from chainfaas.chain.outbox_entry import OutboxEntry
    from chainfaas.chain.sql_outbox import SqlOutbox
    from chainfaas.domain.identifiers import Address, ControllerId
    from chainfaas.provider.claims.check_settlement import Claim
    from chainfaas.provider.journal.chain_notes import ChainNotes
    from chainfaas.provider.journal.job_journal import JobJournal

WITHOUT_EFFECT = (EntryState.REFUSED, EntryState.REVERTED, EntryState.FAILED)
"""Ends of an entry after which its jobs may be claimed again."""

WITH_EFFECT = (EntryState.FINAL, EntryState.DONE_ALREADY)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ClaimFiles:
    """Where claims are kept: all in one database."""

    engine: Engine
    journal: JobJournal
    outbox: SqlOutbox
    notes: ChainNotes
    """How far the own node was read."""


class ClaimDesk:
    """Writes claims and looks after those that are under way."""

    def __init__(
        self, files: ClaimFiles, ledger: MonitoringLedger, operator: Address, at_point: ProviderHook
    ) -> None:
        """Write nothing yet.

        Args:
            files: Where claims are kept.
            ledger: What they are sent to.
            operator: Who sends them.
            at_point: Called before and after each effect.
        """
        self._engine = files.engine
        self._journal = files.journal
        self._outbox = files.outbox
        self._notes = files.notes
        self._ledger = ledger
        self._operator = operator
        self._at_point = at_point

    def file(self, claim: Claim, min_gross: TokenAmount) -> None:
        """Store a claim; the sender takes it from there.

        Args:
            claim: The claim.
            min_gross: What it has to be worth when it is carried out.
        """
        parts = claim.settlement.parts
        call = self._ledger.settle(parts, claim.settlement.signature, min_gross)
        name = f"settle:{format_hex(hash_settlement(parts))}:{min_gross}"
        self._at_point(ProviderPoint.BEFORE_STORE_CLAIM)
        with self._engine.begin() as connection:
            tries = 0
            entry = self._outbox.enqueue_within(connection, call.entry(f"{name}:{tries}", self._operator))
            # The same settlement may be needed again where an earlier try had no effect.
            while entry.state in WITHOUT_EFFECT:
                tries += 1
                entry = self._outbox.enqueue_within(connection, call.entry(f"{name}:{tries}", self._operator))
            self._tie(connection, claim, entry)
        self._at_point(ProviderPoint.AFTER_STORE_CLAIM)
        _log.info(
            "A claim was filed.",
            action="claim_filed",
            entry=entry.entry_id,
            jobs=len(claim.jobs),
            gross=str(claim.gross),
        )

    def under_way(self, controller: ControllerId) -> int:
        """Count the claims on a controller whose payment was not seen yet."""
        return len(self._journal.claims_under_way(controller))

    def release_failed(self, controller: ControllerId) -> list[OutboxEntry]:
        """Let the jobs of claims that did not pay them be claimed again.

        Returns:
            Those claims.
        """
        entries = [self._outbox.entry(entry_id) for entry_id in self._journal.claims_under_way(controller)]
        failed = [entry for entry in entries if self._is_over(entry)]
        for entry in failed:
            self._journal.release_claim(entry.entry_id)
            _log.warning(
                "A claim left jobs unpaid.",
                action="claim_failed",
                entry=entry.entry_id,
                state=entry.state.value,
                fault=entry.error,
            )
        return failed

    def _is_over(self, entry: OutboxEntry) -> bool:
        if entry.state in WITHOUT_EFFECT:
            return True
        # Its block is final, and has been read: what it did not pay, it left out.
        place = self._notes.cursor()
        return (
            entry.state in WITH_EFFECT
            and place is not None
            and (entry.inclusion is None or place.number > entry.inclusion.block_number)
        )

    def _tie(self, connection: Connection, claim: Claim, entry: OutboxEntry) -> None:
        self._journal.claim_within(connection, claim.jobs, entry.entry_id)
