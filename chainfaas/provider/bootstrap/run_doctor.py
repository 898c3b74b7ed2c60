"""Attacking this machine's own sandboxes, on an engine that answers or on one that is started for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.errors import InvalidInputError
from chainfaas.provider.doctor.attack_table import choose_attacks
from chainfaas.provider.doctor.examination import Finding, examine
from chainfaas.provider.doctor.flags import Flag
from chainfaas.provider.doctor.ward import open_ward
from chainfaas.provider.engine.find_engine import Engine, connect_engine, find_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.sandbox.container_config import DEFAULT_RUNTIME, GVISOR_RUNTIME
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind

if TYPE_CHECKING:
    from docker import APIClient

    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.provider.doctor.attack import Attack


@dataclass(frozen=True, slots=True)
class DoctorOrder:
    """What the doctor is asked to do."""

    ids: tuple[str, ...] = ()
    """Attacks by name; all where there are none."""
    without: str = ""
    """A hardening flag to drop; then only the attacks run that prove it."""
    runtime: str = DEFAULT_RUNTIME
    """The engine's OCI runtime."""
    docker_socket: str = ""
    """The engine's socket; where it is empty, one that answers, else our own."""

    def attacks(self) -> tuple[Attack, ...]:
        """Return what is to be run.

        Raises:
            InvalidInputError: There is no such attack, or no such flag.
        """
        return choose_attacks(self.ids, self.dropped(), gvisor=self.runtime == GVISOR_RUNTIME)

    def dropped(self) -> Flag | None:
        """Return the flag to drop.

        Raises:
            InvalidInputError: There is none of this name.
        """
        if not self.without:
            return None
        try:
            return Flag(self.without)
        except ValueError as fault:
            raise InvalidInputError(
                f"There is no flag {self.without}.", remedy=f"Name one of: {', '.join(Flag)}."
            ) from fault


@contextlib.contextmanager
def run_doctor(
    home: StateFolder, environment: Mapping[str, str], order: DoctorOrder
) -> Iterator[Iterator[Finding]]:
    """Set up, give out the findings as they come, and leave nothing behind.

    Args:
        home: The state folder, where an engine of our own would be.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.
        order: What to do.

    Raises:
        EngineMissingError: No engine answers and none can be started, or it knows no such runtime.
        InvalidInputError: The order names what there is not.
        ConfigurationError: A program that is shipped is damaged, or not there for this processor.
    """
    attacks, dropped = order.attacks(), order.dropped()
    with (
        _engine(home, environment, order.docker_socket) as client,
        open_ward(client, sandbox_kind(client, order.runtime), dropped) as ward,
    ):
        yield examine(ward, attacks, gvisor=order.runtime == GVISOR_RUNTIME)


@contextlib.contextmanager
def _engine(home: StateFolder, environment: Mapping[str, str], socket: str) -> Iterator[APIClient]:
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
