from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.json_rpc import RpcRefusedError
from chainfaas.domain.identifiers import VersionId
from chainfaas.provider.journal.chain_notes import BlockPlace, ChainNotes
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.own_node.chain_watcher import NEAR_BLOCKS, REWIND_BLOCKS, ChainWatcher, WatchedChain
from chainfaas.provider.own_node.version_finder import VersionFinder
from tests.simulated_ledger import SimulatedLedger


class Told:
    """Remembers which events it was told that still stand."""

    def __init__(self) -> None:
        self.events: dict[tuple[int, int], ChainEvent] = {}

    def on_blocks(self, last: BlockPlace, events: Sequence[ChainEvent]) -> None:
        assert all(event.block_number <= last.number for event in events)
        self.events.update({(event.block_number, event.log_index): event for event in events})

    def on_rewind(self, place: BlockPlace) -> None:
        self.events = {key: event for key, event in self.events.items() if key[0] <= place.number}


def versions_of(ledger: SimulatedLedger) -> set[int]:
    return {
        int(str(event.args["versionId"]))
        for block in ledger.blocks
        for event in block.events
        if event.name == "VersionPublished"
    }


def catch_up(watcher: ChainWatcher) -> None:
    # A node that changes its mind in the middle of an answer is asked again, as the loop does.
    for _ in range(5):
        try:
            watcher.catch_up()
        except (RpcRefusedError, ChainUnreachableError):
            continue
        return


@pytest.mark.parametrize("seed", range(12))
def test_catch_up__chain_that_changes_its_mind__knows_what_a_fresh_reading_knows(
    tmp_path: Path, seed: int
) -> None:
    dice = random.Random(seed)  # noqa: S311 - reproducible on purpose
    ledger, told = SimulatedLedger(seed), Told()
    ledger.mine(3)
    with open_journal(tmp_path) as engine:
        notes = ChainNotes(engine)
        watcher = ChainWatcher(WatchedChain(ledger, ledger, 1), notes)
        watcher.tell(told)
        catch_up(watcher)
        start = len(ledger.blocks)
        for _ in range(30):
            if dice.random() < 0.4:
                ledger.reorganise(dice.randrange(REWIND_BLOCKS - 2), dice.randrange(1, 6), dice.randrange(4))
            else:
                ledger.mine(dice.randrange(4))
            if dice.random() < 0.2:
                ledger.on_read = lambda: ledger.reorganise(2, 3, 2)
            catch_up(watcher)
        ledger.mine(1)
        for _ in range(REWIND_BLOCKS):  # a chain that became shorter is noticed when it grows again
            ledger.mine(0)
        catch_up(watcher)
        assert notes.cursor() == BlockPlace(ledger.head().number, ledger.head().block_hash)
        assert {number for number in range(1, 200) if notes.version(VersionId(number))} == versions_of(ledger)
        expected = {
            (event.block_number, event.log_index): event.block_hash
            for block in ledger.blocks
            for event in block.events
            if block.header.number > start
        }
        heard = {key: event.block_hash for key, event in told.events.items() if key[0] > start}
        assert heard == expected


def test_catch_up__far_behind__reads_ranges_and_then_blocks(tmp_path: Path) -> None:
    ledger, told = SimulatedLedger(1), Told()
    ledger.mine(2)
    with open_journal(tmp_path) as engine:
        watcher = ChainWatcher(WatchedChain(ledger, ledger, 1), ChainNotes(engine))
        watcher.tell(told)
        watcher.catch_up()
        for _ in range(3 * NEAR_BLOCKS):
            ledger.mine(1)
        watcher.catch_up()
        assert ChainNotes(engine).cursor() == BlockPlace(ledger.head().number, ledger.head().block_hash)
        assert len(told.events) == sum(len(block.events) for block in ledger.blocks[2:])


def test_find__version_of_a_block_to_come__found_once_it_is_read(tmp_path: Path) -> None:
    ledger = SimulatedLedger(1)
    ledger.mine(0)
    with open_journal(tmp_path) as engine:
        notes = ChainNotes(engine)
        watcher = ChainWatcher(WatchedChain(ledger, ledger, 1), notes)
        watcher.catch_up()

        def read_on(timeout_seconds: float) -> None:
            assert timeout_seconds > 0
            ledger.mine(5)
            watcher.catch_up()

        finder = VersionFinder(notes, read_on, patience_seconds=30.0)
        found = finder.find(VersionId(1))
        assert found is not None
        assert finder.find(VersionId(1)) is found
        finder.on_rewind(BlockPlace(0, bytes(32)))
        assert finder.find(VersionId(1)) == found


def test_find__unknown_version__none_after_the_patience(tmp_path: Path) -> None:
    with open_journal(tmp_path) as engine:
        finder = VersionFinder(ChainNotes(engine), lambda _: None, patience_seconds=0.0)
        assert finder.find(VersionId(9)) is None
