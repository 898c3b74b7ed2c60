"""Choosing the engine of an installation."""

from __future__ import annotations

from collections.abc import Mapping

from chainfaas.chain.state_folder import StateFolder
from chainfaas.provider.engine.find_engine import Engine, find_engine
from chainfaas.provider.engine.own_engine import OwnEngine


def provide_engine(folder: StateFolder, environment: Mapping[str, str]) -> Engine:
    """Return an engine that answers: our own if it runs, else the machine's, else our own, started.

    Args:
        folder: The state folder, which holds our own one's data.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.

    Raises:
        EngineMissingError: none answers and ours cannot be started; says what to install.
        EngineFailedError: ours does not come up.
    """
    own = OwnEngine(folder)
    return own.running() or find_engine(environment) or own.start()
