from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from chainfaas.chain.errors import (
    TransactionPendingError,
    TransactionRefusedError,
)
from chainfaas.chain.reverts import ErrorDecoder, RevertReason
from chainfaas.chain.transaction_sender.settings import SenderSettings
from tests.sender_bench import ALREADY_SETTLED, DEPTH, ERRORS, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    yield made
    made.engine.dispose()


def test_complete__included__returned_with_its_place(bench: Bench) -> None:
    entry = bench.enqueue("a")
    bench.sender.tick()
    bench.chain.mine()
    (done,) = bench.sender.complete([entry.entry_id], timeout_seconds=1)
    assert done.inclusion is not None
    assert done.inclusion.succeeded


def test_complete__refused__raises_the_reason(bench: Bench) -> None:
    bench.chain.refusals[b"a"] = b""
    entry = bench.enqueue("a")
    with pytest.raises(TransactionRefusedError, match="refused"):
        bench.sender.complete([entry.entry_id], timeout_seconds=1)


def test_complete__time_runs_out__says_what_waits(bench: Bench) -> None:
    entry = bench.enqueue("the key")
    with pytest.raises(TransactionPendingError, match="the key"):
        bench.sender.complete([entry.entry_id], timeout_seconds=0)


def test_run__woken__sends_and_gives_the_lease_back(bench: Bench) -> None:
    stop, sent = threading.Event(), threading.Event()
    take = bench.chain.send_raw

    def send_raw(raw: bytes) -> object:
        sent.set()
        return take(raw)

    bench.chain.send_raw = send_raw  # type: ignore[method-assign, assignment]
    bench.settings = SenderSettings(finality_depth=DEPTH, idle_seconds=60)
    bench.sender = bench.new_sender("first")
    loop = threading.Thread(target=bench.sender.run, args=(stop,))
    loop.start()
    bench.enqueue("a")
    bench.sender.wake()
    assert sent.wait(10)
    stop.set()
    bench.sender.wake()
    loop.join(10)
    assert not loop.is_alive()
    bench.new_sender("second").tick()


def test_repr__signer__no_key(bench: Bench) -> None:
    assert repr(bench.signer) == f"TransactionSigner({bench.signer.address})"


def test_decode__unknown_error__shows_the_data() -> None:
    reason: RevertReason = ErrorDecoder([ERRORS]).decode(b"\x01\x02\x03\x04", "execution reverted")
    assert str(reason) == "execution reverted 0x01020304"


def test_decode__malformed_arguments__no_name() -> None:
    assert ErrorDecoder([ERRORS]).decode(ALREADY_SETTLED[:10]).name == ""
