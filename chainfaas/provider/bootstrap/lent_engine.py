"""A container engine for the length of one command."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chainfaas.provider.engine.find_engine import Engine, connect_engine, find_engine
from chainfaas.provider.engine.own_engine import OwnEngine

if TYPE_CHECKING:
    from docker import APIClient

    from chainfaas.chain.state_folder import StateFolder


@contextlib.contextmanager
def lent_engine(home: StateFolder, environment: Mapping[str, str], socket: str = "") -> Iterator[APIClient]:
    """Lend an engine: the one that is named or answers, else our own, started for the block alone.

    Args:
        home: The state folder, where an engine of our own would be.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.
        socket: The engine's socket; where it is empty, one that answers.

    Raises:
        EngineMissingError: No engine answers and none can be started.
    """
    own = OwnEngine(home)
    engine = (
        Engine(f"unix://{socket}", is_ours=False) if socket else own.running() or find_engine(environment)
    )
    with contextlib.ExitStack() as stack:
        if engine is None:
            stack.callback(own.stop)
            engine = own.start()
        client = connect_engine(engine)
        stack.callback(client.close)
        yield client


@contextlib.contextmanager
def ended_by_signal() -> Iterator[None]:
    """Let SIGTERM unwind the block as Ctrl-C does, so that all is cleared up."""

    def end(number: int, frame: object) -> None:
        del frame
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
