from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eth_abi.abi import encode

from chainfaas.chain.errors import (
    ChainUnreachableError,
    LeaseHeldError,
    LeaseLostError,
    WrongChainError,
)
from chainfaas.chain.outbox_entry import EntryState
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.transaction_sender.settings import SenderSettings
from chainfaas.domain.identifiers import ChainId
from chainfaas.domain.keccak import keccak256
from tests.sender_bench import ALREADY_SETTLED, DEPTH, KEY, Bench
from tests.simulated_chain import BLOCK_GAS_LIMIT, CHAIN_ID, Fault


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.engine.dispose()


def test_tick__pending_entry__sent_included_final(bench: Bench) -> None:
    entry = bench.enqueue("a")
    assert bench.sender.tick()
    assert bench.state(entry) is EntryState.SENT
    bench.tick_blocks(1)
    assert bench.state(entry) is EntryState.INCLUDED
    bench.tick_blocks(DEPTH - 1)
    assert bench.state(entry) is EntryState.INCLUDED
    bench.tick_blocks(1)
    assert bench.state(entry) is EntryState.FINAL
    assert not bench.sender.tick()
    assert bench.chain.effects() == [b"a"]


def test_tick__more_than_the_cap__rest_waits_in_order(bench: Bench) -> None:
    entries = [bench.enqueue(key) for key in "abcde"]
    bench.sender.tick()
    assert [bench.state(entry) for entry in entries[2:4]] == [EntryState.SENT, EntryState.PENDING]
    bench.tick_blocks(4)
    assert bench.chain.effects() == [b"a", b"b", b"c", b"d", b"e"]


def test_tick__contract_refuses__ends_without_a_nonce(bench: Bench) -> None:
    bench.chain.refusals[b"a"] = keccak256(b"Error(string)")[:4] + encode(["string"], ["no"])
    entry = bench.enqueue("a")
    bench.sender.tick()
    ended = bench.outbox.entry(entry.entry_id)
    assert ended.state is EntryState.REFUSED
    assert ended.error == "Error(no)"
    assert bench.outbox.next_nonce(bench.signer.address) == 0
    assert bench.chain.sent == []


def test_tick__effect_exists__done_already(bench: Bench) -> None:
    bench.chain.refusals[b"a"] = ALREADY_SETTLED
    entry = bench.enqueue("a")
    bench.sender.tick()
    assert bench.outbox.entry(entry.entry_id).state is EntryState.DONE_ALREADY
    assert bench.outbox.entry(entry.entry_id).error == "AlreadySettled(7)"


def test_tick__refused_behind_one_in_flight__judged_when_that_is_mined(bench: Bench) -> None:
    bench.enqueue("a")
    bench.sender.tick()
    bench.chain.refusals[b"b"] = b""
    entry = bench.enqueue("b")
    bench.sender.tick()
    assert bench.state(entry) is EntryState.PENDING
    del bench.chain.refusals[b"b"]
    bench.tick_blocks(2)
    assert bench.chain.effects() == [b"a", b"b"]


@pytest.mark.parametrize(
    ("data", "state"), [(b"", EntryState.REVERTED), (ALREADY_SETTLED, EntryState.DONE_ALREADY)]
)
def test_tick__mined_without_effect__ends_with_the_reason(
    bench: Bench, data: bytes, state: EntryState
) -> None:
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.chain.refusals[b"a"] = data
    bench.tick_blocks(DEPTH + 1)
    assert bench.state(entry) is state


def test_tick__dropped_by_the_node__same_bytes_again(bench: Bench) -> None:
    bench.chain.faults.append(Fault.DROPPED)
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.sender.tick()
    assert bench.chain.sent == []
    bench.now_seconds += bench.settings.resend_after_seconds
    bench.sender.tick()
    assert bench.chain.sent == [bench.outbox.attempts(entry.entry_id)[0].raw]
    bench.tick_blocks(1)
    assert bench.state(entry) is EntryState.INCLUDED


@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.ANSWER_LOST])
def test_tick__no_answer_to_a_send__same_bytes_after_a_while(bench: Bench, fault: Fault) -> None:
    bench.chain.faults.append(fault)
    entry = bench.enqueue("a")
    with pytest.raises(ChainUnreachableError):
        bench.sender.tick()
    assert bench.state(entry) is EntryState.SIGNED
    bench.now_seconds += bench.settings.resend_after_seconds
    bench.sender.tick()
    bench.tick_blocks(DEPTH + 1)
    assert bench.state(entry) is EntryState.FINAL
    assert bench.chain.effects() == [b"a"]
    assert len(set(bench.chain.sent)) == 1


def test_tick__not_mined_for_long__offers_a_fifth_more_under_the_same_nonce(bench: Bench) -> None:
    bench.chain.faults.append(Fault.DROPPED)
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.tick_blocks(bench.settings.bump_after_blocks)
    first, second = bench.outbox.attempts(entry.entry_id)
    assert second.nonce == first.nonce == 0
    assert second.fees.tip_wei * 10 >= first.fees.tip_wei * 12
    assert second.fees.max_fee_wei * 10 >= first.fees.max_fee_wei * 12
    bench.tick_blocks(1)
    mined = bench.outbox.entry(entry.entry_id).inclusion
    assert mined is not None
    assert mined.tx_hash == second.tx_hash


def test_tick__earlier_attempt_mined_after_a_bump__recognised(bench: Bench) -> None:
    bench.chain.faults.append(Fault.DROPPED)
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.chain.faults.append(Fault.DROPPED)
    bench.tick_blocks(bench.settings.bump_after_blocks)
    first, _ = bench.outbox.attempts(entry.entry_id)
    bench.chain.send_raw(first.raw)
    bench.tick_blocks(1)
    mined = bench.outbox.entry(entry.entry_id).inclusion
    assert mined is not None
    assert mined.tx_hash == first.tx_hash


def test_tick__only_the_oldest_waits_in_the_way__later_ones_offer_no_more(bench: Bench) -> None:
    bench.chain.faults.append(Fault.DROPPED)
    entries = [bench.enqueue(key) for key in "ab"]
    bench.sender.tick()
    bench.tick_blocks(bench.settings.bump_after_blocks)
    assert [len(bench.outbox.attempts(entry.entry_id)) for entry in entries] == [2, 1]


def test_tick__bumped_often_enough__offers_no_more(bench: Bench) -> None:
    bench.chain.faults.extend([Fault.DROPPED] * 50)
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.tick_blocks(50)
    assert len(bench.outbox.attempts(entry.entry_id)) == bench.settings.max_bumps + 1


@pytest.mark.parametrize("keeps_pool", [True, False])
def test_tick__block_replaced__same_bytes_again_until_final(bench: Bench, *, keeps_pool: bool) -> None:
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.tick_blocks(1)
    bench.chain.reorganise(1, keeps_pool=keeps_pool)
    bench.sender.tick()
    assert bench.state(entry) is EntryState.SENT
    bench.sender.tick()
    bench.tick_blocks(DEPTH + 1)
    assert bench.state(entry) is EntryState.FINAL
    assert bench.chain.effects() == [b"a"]
    assert len(set(bench.chain.sent)) == 1


def test_tick__foreign_transaction_took_the_nonce__taken_anew_once_that_is_deep(bench: Bench) -> None:
    bench.chain.faults.append(Fault.DROPPED)
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.chain.mine_foreign(bench.signer.address)
    bench.sender.tick()
    assert bench.outbox.entry(entry.entry_id).nonce == 0
    bench.now_seconds += bench.settings.resend_after_seconds
    bench.tick_blocks(DEPTH)
    bench.tick_blocks(DEPTH + 2)
    assert bench.state(entry) is EntryState.FINAL
    assert bench.outbox.entry(entry.entry_id).nonce == 1
    assert bench.chain.effects() == [b"foreign", b"a"]


def test_tick__foreign_transactions_before__nonce_after_them(bench: Bench) -> None:
    bench.chain.mine_foreign(bench.signer.address)
    entry = bench.enqueue("a")
    bench.sender.tick()
    assert bench.outbox.entry(entry.entry_id).nonce == 1


def test_tick__chain_changed_deeper_than_final__old_bytes_again_before_new_ones(bench: Bench) -> None:
    first = bench.enqueue("a")
    bench.sender.tick()
    bench.tick_blocks(DEPTH + 1)
    assert bench.state(first) is EntryState.FINAL
    bench.chain.reorganise(DEPTH + 1, keeps_pool=False)
    second = bench.enqueue("b")
    bench.sender.tick()
    bench.sender.tick()
    bench.tick_blocks(DEPTH + 1)
    assert bench.chain.effects() == [b"a", b"b"]
    assert [bench.state(entry) for entry in (first, second)] == [EntryState.FINAL] * 2


def test_tick__never_takeable__fails_and_its_nonce_is_filled(bench: Bench) -> None:
    hopeless = bench.enqueue("a", gas_limit=BLOCK_GAS_LIMIT + 1)
    good = bench.enqueue("b")
    bench.sender.tick()
    bench.sender.tick()
    assert bench.state(hopeless) is EntryState.FAILED
    assert bench.outbox.entry(hopeless.entry_id).error == "exceeds block gas limit"
    bench.tick_blocks(DEPTH + 1)
    assert bench.state(good) is EntryState.FINAL
    assert bench.chain.effects() == [b"", b"b"]


def test_tick__restarted_process__sends_what_was_stored(bench: Bench) -> None:
    bench.chain.faults.append(Fault.UNREACHABLE)
    entry = bench.enqueue("a")
    with pytest.raises(ChainUnreachableError):
        bench.sender.tick()
    bench.sender.close()
    bench.sender = bench.new_sender("second")
    bench.sender.tick()
    assert bench.state(entry) is EntryState.SENT
    assert bench.chain.sent == [bench.outbox.attempts(entry.entry_id)[0].raw]


def test_tick__second_sender__refused_while_the_first_holds(bench: Bench) -> None:
    bench.sender.tick()
    second = bench.new_sender("second")
    with pytest.raises(LeaseHeldError):
        second.tick()
    bench.sender.close()
    second.tick()


def test_tick__overtaken__stops_and_says_so(bench: Bench) -> None:
    bench.settings = SenderSettings(finality_depth=DEPTH, lease_seconds=0)
    bench.sender = bench.new_sender("first")
    bench.sender.tick()
    bench.new_sender("second").tick()
    bench.enqueue("a")
    with pytest.raises(LeaseLostError):
        bench.sender.tick()


def test_tick__node_of_another_chain__refused(bench: Bench) -> None:
    bench.signer = TransactionSigner.from_private_key(KEY, ChainId(CHAIN_ID + 1))
    with pytest.raises(WrongChainError, match=str(CHAIN_ID)):
        bench.new_sender("first").tick()
