from __future__ import annotations

import threading
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from chainfaas.controller.errors import ContentGoneError
from chainfaas.controller.ledger_writer.batch_numbers import BatchNumbers
from chainfaas.controller.ledger_writer.promise_book import Promise, PromiseBook
from chainfaas.controller.settings import ControllerSettings, load_settings
from chainfaas.controller.storage.content_store import ContentStore
from chainfaas.controller.storage.database import open_database
from chainfaas.controller.storage.group_writer import GroupWriter
from chainfaas.controller.storage.schema import PRIVATE
from chainfaas.controller.storage.sequence_start import LOST_DATABASE_GAP, least_sequence
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.errors import ConfigurationError, InternalError
from chainfaas.domain.identifiers import Address, ControllerId, JobId
from chainfaas.observability.crash_points import pass_by

CID = ControllerId(1)
ALICE, BOB = Address(b"\x01" * 20), Address(b"\x02" * 20)


def grant(account: Address) -> object:
    def change(connection: Connection) -> str:
        connection.execute(insert(PRIVATE.faucet_grants).values(account=account, granted_at_seconds=1))
        return str(account)

    return change


def test_group_writer__one_of_a_group_fails__the_others_are_written(tmp_path: Path) -> None:
    with open_database(tmp_path / "db") as database:
        writer = GroupWriter(database.engine)
        held = threading.Event()
        writer.submit(lambda _: held.wait(10))
        results: list[Future[object]] = [
            writer.submit(grant(account))  # type: ignore[arg-type]
            for account in (ALICE, ALICE, BOB)
        ]
        held.set()
        assert results[0].result() == str(ALICE)
        assert results[1].exception() is not None
        assert results[2].result() == str(BOB)
        with database.engine.connect() as connection:
            assert len(connection.execute(select(PRIVATE.faucet_grants)).all()) == 2
        writer.close()


def test_group_writer__closed__takes_nothing_more(tmp_path: Path) -> None:
    with open_database(tmp_path / "db") as database:
        writer = GroupWriter(database.engine)
        last = writer.submit(lambda _: 1)
        writer.close()
        writer.close()
        assert last.result() == 1
        with pytest.raises(InternalError):
            writer.submit(lambda _: 2)


def test_batch_numbers__two_lives__no_number_twice(tmp_path: Path) -> None:
    taken = []
    for _ in range(2):
        with open_database(tmp_path / "db") as database:
            writer = GroupWriter(database.engine)
            numbers = BatchNumbers(writer, database.sync, CID, 0, pass_by)
            for _ in range(300):
                numbers.refill()
                taken.append(numbers.take())
            writer.close()
    assert len(set(taken)) == len(taken) == 600
    assert taken == sorted(taken)


def test_batch_numbers__not_refilled__refused(tmp_path: Path) -> None:
    with open_database(tmp_path / "db") as database:
        writer = GroupWriter(database.engine)
        with pytest.raises(InternalError):
            BatchNumbers(writer, database.sync, CID, 0, pass_by).take()
        writer.close()


@pytest.mark.parametrize(
    ("reserved", "on_chain", "least"),
    [
        (None, None, 0),
        (256, None, 0),
        (256, 255, 0),
        (None, 7, 7 + LOST_DATABASE_GAP),
        (256, 256, 256 + LOST_DATABASE_GAP),
    ],
)
def test_least_sequence__database_and_chain__above_all_that_was_signed(
    tmp_path: Path, reserved: int | None, on_chain: int | None, least: int
) -> None:
    with open_database(tmp_path / "db") as database, database.engine.begin() as connection:
        if reserved is not None:
            connection.execute(insert(PRIVATE.sequences).values(controller_id=1, next_sequence=reserved))
        assert least_sequence(connection, CID, on_chain) == least


def test_content_store__same_content_twice__kept_once_and_swept(tmp_path: Path) -> None:
    store = ContentStore(tmp_path / "results")
    kept, dropped = store.put(b"kept"), store.put(b"dropped")
    assert store.put(b"kept") == kept
    assert store.sweep({kept}, older_than_seconds=3_600) == 0
    assert store.sweep({kept}, older_than_seconds=-1) == 1
    assert store.read(kept) == b"kept"
    with pytest.raises(ContentGoneError):
        store.read(dropped)


moves = st.lists(
    st.tuples(st.sampled_from(["add", "release"]), st.integers(1, 9), st.integers(0, 10**20)), max_size=60
)


@given(moves)
def test_promise_book__any_moves__sum_of_what_is_held(taken: list[tuple[str, int, int]]) -> None:
    book, held = PromiseBook(), dict[int, int]()
    for move, job, amount in taken:
        if move == "add":
            book.add(Promise(JobId(job), ALICE, TokenAmount(amount), job))
            held[job] = amount
        else:
            book.release([JobId(job)])
            held.pop(job, None)
    assert book.promised(ALICE).amount == sum(held.values())
    assert book.promised(BOB).amount == 0


def test_promise_book__added_while_counting__kept() -> None:
    book = PromiseBook()
    book.add(Promise(JobId(1), ALICE, TokenAmount(5), 9))
    book.begin_count()
    book.add(Promise(JobId(2), ALICE, TokenAmount(7), 9))
    book.replace([Promise(JobId(3), BOB, TokenAmount(1), 9)])
    assert (book.promised(ALICE).amount, book.promised(BOB).amount) == (7, 1)


def test_load_settings__file_environment_and_argument__the_nearest_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "controller.toml").write_text("port = 9000\nlease_seconds = 5.0\nthreads = 64\n")
    monkeypatch.setenv("CHAINFAAS_CONTROLLER_THREADS", "32")
    settings = load_settings(tmp_path, port=9100, host=None)
    assert (settings.port, settings.threads, settings.lease_seconds) == (9100, 32, 5.0)
    assert settings.url == "http://127.0.0.1:9100"


@pytest.mark.parametrize("text", ["port = 0\n", "prot = 9000\n", 'policy = "best"\n'])
def test_load_settings__not_valid__says_which(tmp_path: Path, text: str) -> None:
    (tmp_path / "controller.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=text.split(" ", maxsplit=1)[0]):
        load_settings(tmp_path)


def test_settings__each__described() -> None:
    assert all(setting.description for setting in ControllerSettings.model_fields.values())
