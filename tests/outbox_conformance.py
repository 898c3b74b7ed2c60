"""What every outbox must do, as tests to inherit: the controller's and the provider's run the same ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chainfaas.chain.errors import DedupeConflictError, LeaseHeldError, LeaseLostError, StaleEntryError
from chainfaas.chain.outbox import Outbox
from chainfaas.chain.outbox_entry import Attempt, Change, EntryState, Fees, Inclusion, Lease, NewEntry
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import Address

SIGNER = Address(bytes(19) + b"\x01")
OTHER_SIGNER = Address(bytes(19) + b"\x02")
RECEIVER = Address(bytes(19) + b"\x03")
INCLUSION = Inclusion(b"\xaa" * 32, 7, b"\xbb" * 32, succeeded=True, gas_used=21_000)


def wanted(key: str, signer: Address = SIGNER) -> NewEntry:
    return NewEntry(key, signer, RECEIVER, b"\x01\x02", 2**200, 90_000)


def attempt(entry_id: int, nonce: int, bump: int = 0) -> Attempt:
    tx_hash = entry_id.to_bytes(16, "big") + nonce.to_bytes(8, "big") + bump.to_bytes(8, "big")
    return Attempt(
        entry_id, nonce, bump, b"raw" + tx_hash, tx_hash, 90_000, Fees(2**70, 10**9 + bump), sent_block=5
    )


class OutboxConformance:
    """Inherit, and give the fixture ``outbox``: a new one for each test, which takes no lease from others."""

    @pytest.fixture
    def lease(self, outbox: Outbox) -> Lease:
        return outbox.acquire_lease(SIGNER, "first", 60)

    def test_enqueue__new_effect__pending_and_unchanged(self, outbox: Outbox) -> None:
        entry = outbox.enqueue(wanted("a"))
        assert entry.request == wanted("a")
        assert entry.state is EntryState.PENDING
        assert entry.nonce is None
        assert outbox.entry(entry.entry_id) == entry

    def test_enqueue__contract_creation__keeps_the_absent_receiver(self, outbox: Outbox) -> None:
        new = NewEntry("create", SIGNER, None)
        assert outbox.entry(outbox.enqueue(new).entry_id).request == new

    def test_enqueue__same_key_and_effect__one_entry(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        outbox.store_signed(lease, attempt(entry.entry_id, 0))
        again = outbox.enqueue(wanted("a"))
        assert again.entry_id == entry.entry_id
        assert again.state is EntryState.SIGNED

    def test_enqueue__same_key_other_effect__refused(self, outbox: Outbox) -> None:
        outbox.enqueue(wanted("a"))
        with pytest.raises(DedupeConflictError):
            outbox.enqueue(replace(wanted("a"), data=b"\x03"))

    def test_entry__unknown__not_found(self, outbox: Outbox) -> None:
        with pytest.raises(NotFoundError):
            outbox.entry(99)

    def test_next_pending__several__oldest_of_the_signer(self, outbox: Outbox) -> None:
        outbox.enqueue(wanted("of another", OTHER_SIGNER))
        first = outbox.enqueue(wanted("first"))
        outbox.enqueue(wanted("second"))
        assert outbox.next_pending(SIGNER) == first
        assert outbox.next_pending(RECEIVER) is None

    def test_store_signed__pending__takes_the_nonce(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        stored = attempt(entry.entry_id, 4)
        outbox.store_signed(lease, stored)
        assert outbox.entry(entry.entry_id).state is EntryState.SIGNED
        assert outbox.entry(entry.entry_id).nonce == 4
        assert list(outbox.attempts(entry.entry_id)) == [stored]
        assert outbox.next_nonce(SIGNER) == 5
        assert outbox.next_bump(SIGNER, 4) == 1

    def test_store_signed__lower_nonce__next_nonce_stays(self, outbox: Outbox, lease: Lease) -> None:
        later, earlier = outbox.enqueue(wanted("later")), outbox.enqueue(wanted("earlier"))
        outbox.store_signed(lease, attempt(later.entry_id, 9))
        outbox.store_signed(lease, attempt(earlier.entry_id, 3))
        assert outbox.next_nonce(SIGNER) == 10
        assert [entry.nonce for entry in outbox.unfinished(SIGNER)] == [3, 9]

    def test_store_signed__twice__refused(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        outbox.store_signed(lease, attempt(entry.entry_id, 0))
        with pytest.raises(StaleEntryError):
            outbox.store_signed(lease, attempt(entry.entry_id, 1))
        assert outbox.next_nonce(SIGNER) == 1

    def test_store_signed__nonce_of_another_entry__refused_whole(self, outbox: Outbox, lease: Lease) -> None:
        first, second = outbox.enqueue(wanted("first")), outbox.enqueue(wanted("second"))
        outbox.store_signed(lease, attempt(first.entry_id, 0))
        with pytest.raises(StaleEntryError):
            outbox.store_signed(lease, attempt(second.entry_id, 0, bump=1))
        assert outbox.entry(second.entry_id).state is EntryState.PENDING
        assert list(outbox.attempts(second.entry_id)) == []

    def test_store_bump__in_flight__keeps_every_hash(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        first, second = attempt(entry.entry_id, 0), attempt(entry.entry_id, 0, bump=1)
        outbox.store_signed(lease, first)
        outbox.store_bump(lease, second)
        assert list(outbox.attempts(entry.entry_id)) == [first, second]

    def test_store_bump__taken_or_done__refused(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        outbox.store_signed(lease, attempt(entry.entry_id, 0))
        with pytest.raises(StaleEntryError):
            outbox.store_bump(lease, replace(attempt(entry.entry_id, 0), tx_hash=b"\x01" * 32))
        outbox.advance(
            lease, entry.entry_id, EntryState.SIGNED, Change(EntryState.INCLUDED, inclusion=INCLUSION)
        )
        with pytest.raises(StaleEntryError):
            outbox.store_bump(lease, attempt(entry.entry_id, 0, bump=1))

    def test_advance__expected_state__moves_with_its_place(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        outbox.store_signed(lease, attempt(entry.entry_id, 0))
        outbox.advance(lease, entry.entry_id, EntryState.SIGNED, Change(EntryState.INCLUDED, INCLUSION))
        assert outbox.entry(entry.entry_id).inclusion == INCLUSION
        outbox.advance(lease, entry.entry_id, EntryState.INCLUDED, Change(EntryState.SENT))
        assert outbox.entry(entry.entry_id).inclusion is None
        assert outbox.entry(entry.entry_id).nonce == 0

    def test_advance__other_state__refused(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        with pytest.raises(StaleEntryError):
            outbox.advance(lease, entry.entry_id, EntryState.SENT, Change(EntryState.INCLUDED, INCLUSION))
        assert outbox.entry(entry.entry_id) == entry

    def test_advance__back_to_pending__nonce_free_for_a_new_one(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        outbox.store_signed(lease, attempt(entry.entry_id, 0))
        outbox.advance(lease, entry.entry_id, EntryState.SIGNED, Change(EntryState.PENDING))
        assert outbox.entry(entry.entry_id) == entry
        assert list(outbox.attempts(entry.entry_id)) == []
        outbox.store_signed(lease, attempt(entry.entry_id, 1))
        assert [each.nonce for each in outbox.attempts(entry.entry_id)] == [1]
        assert outbox.next_bump(SIGNER, 0) == 1

    def test_unfinished__ended_entries__left_out(self, outbox: Outbox, lease: Lease) -> None:
        entry = outbox.enqueue(wanted("a"))
        outbox.store_signed(lease, attempt(entry.entry_id, 0))
        change = Change(EntryState.FAILED, error="no gas")
        outbox.advance(lease, entry.entry_id, EntryState.SIGNED, change)
        assert list(outbox.unfinished(SIGNER)) == []
        assert outbox.entry(entry.entry_id).error == "no gas"

    def test_entry_with_nonce__ended_or_failed__owner_or_none(self, outbox: Outbox, lease: Lease) -> None:
        entry, failing = outbox.enqueue(wanted("a")), outbox.enqueue(wanted("b"))
        outbox.store_signed(lease, attempt(entry.entry_id, 4))
        outbox.store_signed(lease, attempt(failing.entry_id, 5))
        outbox.advance(lease, entry.entry_id, EntryState.SIGNED, Change(EntryState.FINAL, INCLUSION))
        outbox.advance(lease, failing.entry_id, EntryState.SIGNED, Change(EntryState.FAILED))
        assert outbox.entry_with_nonce(SIGNER, 4) == outbox.entry(entry.entry_id)
        assert outbox.entry_with_nonce(SIGNER, 5) is None
        assert outbox.entry_with_nonce(OTHER_SIGNER, 4) is None

    def test_acquire_lease__held_by_another__refused(self, outbox: Outbox, lease: Lease) -> None:
        with pytest.raises(LeaseHeldError):
            outbox.acquire_lease(SIGNER, "second", 60)
        assert outbox.acquire_lease(OTHER_SIGNER, "second", 60).signer == OTHER_SIGNER

    def test_acquire_lease__ended_or_released__taken_with_a_higher_token(self, outbox: Outbox) -> None:
        ended = outbox.acquire_lease(SIGNER, "first", 0)
        second = outbox.acquire_lease(SIGNER, "second", 60)
        assert second.token > ended.token
        outbox.release_lease(second)
        assert outbox.acquire_lease(SIGNER, "third", 60).token > second.token

    def test_release_lease__overtaken__successor_keeps_it(self, outbox: Outbox) -> None:
        overtaken = outbox.acquire_lease(SIGNER, "first", 0)
        outbox.acquire_lease(SIGNER, "second", 60)
        outbox.release_lease(overtaken)
        with pytest.raises(LeaseHeldError):
            outbox.acquire_lease(SIGNER, "third", 60)

    def test_renew_lease__ended_but_not_taken__holds_again(self, outbox: Outbox) -> None:
        lease = outbox.acquire_lease(SIGNER, "first", 0)
        outbox.renew_lease(lease, 60)
        with pytest.raises(LeaseHeldError):
            outbox.acquire_lease(SIGNER, "second", 60)

    def test_every_write__overtaken__refused_without_trace(self, outbox: Outbox) -> None:
        entry = outbox.enqueue(wanted("a"))
        overtaken = outbox.acquire_lease(SIGNER, "first", 0)
        outbox.acquire_lease(SIGNER, "second", 60)
        with pytest.raises(LeaseLostError):
            outbox.store_signed(overtaken, attempt(entry.entry_id, 0))
        with pytest.raises(LeaseLostError):
            outbox.store_bump(overtaken, attempt(entry.entry_id, 0))
        with pytest.raises(LeaseLostError):
            outbox.advance(overtaken, entry.entry_id, EntryState.PENDING, Change(EntryState.REFUSED))
        with pytest.raises(LeaseLostError):
            outbox.renew_lease(overtaken, 60)
        assert outbox.entry(entry.entry_id) == entry
        assert outbox.next_nonce(SIGNER) == 0
