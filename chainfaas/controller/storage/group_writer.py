"""One thread that writes: changes that come together share a transaction, and one wait for the disk."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from chainfaas.domain.errors import InternalError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

GROUP_CHANGES = 256
"""Changes that share one transaction at most."""

_Result = TypeVar("_Result")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Wanted:
    change: Callable[[Connection], Any]
    outcome: Future[Any]


class GroupWriter:
    """Carries changes out in the order in which they were handed in.

    A change is a function of a connection. It may run twice, the first time in a transaction that is taken
    back because a neighbour failed, so all that it does is done through the connection.
    """

    def __init__(self, engine: Engine) -> None:
        """Begin to write.

        Args:
            engine: The database.
        """
        self._engine = engine
        self._wanted: queue.SimpleQueue[_Wanted | None] = queue.SimpleQueue()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="group-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Callable[[Connection], _Result]) -> Future[_Result]:
        """Hand a change in.

        Args:
            change: What is written; what it returns or raises comes out of the future after the commit.

        Raises:
            InternalError: The writer is closed.
        """
        if self._closed.is_set():
            raise InternalError("The database is closed; nothing more is written.")
        outcome: Future[_Result] = Future()
        self._wanted.put(_Wanted(change, outcome))
        return outcome

    def run(self, change: Callable[[Connection], _Result]) -> _Result:
        """Hand a change in and wait until it is on disk.

        Args:
            change: What is written.

        Returns:
            What the change returned.
        """
        return self.submit(change).result()

    def close(self) -> None:
        """Write what was handed in, and end."""
        if not self._closed.is_set():
            self._closed.set()
            self._wanted.put(None)
        self._thread.join()

    def _run(self) -> None:
        while True:
            group, is_last = self._take_group()
            if group:
                self._write(group)
            if is_last:
                return

    def _take_group(self) -> tuple[list[_Wanted], bool]:
        first = self._wanted.get()
        if first is None:
            return [], True
        group = [first]
        while len(group) < GROUP_CHANGES:
            try:
                following = self._wanted.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return group, True
            group.append(following)
        return group, False

    def _write(self, group: list[_Wanted]) -> None:
        try:
            results = self._in_one_transaction(group)
        except Exception as fault:  # noqa: BLE001 - whoever handed it in gets it
            if len(group) == 1:
                group[0].outcome.set_exception(fault)
                return
            _log.info("A change failed; its neighbours are written alone.", action="split_group")
            for each in group:
                self._write([each])
            return
        for each, result in zip(group, results, strict=True):
            each.outcome.set_result(result)

    def _in_one_transaction(self, group: list[_Wanted]) -> list[Any]:
        with self._engine.begin() as connection:
            return [each.change(connection) for each in group]
