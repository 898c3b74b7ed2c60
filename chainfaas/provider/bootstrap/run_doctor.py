"""Attacking this machine's own sandboxes, on an engine that answers or on one that is started for it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from chainfaas.domain.errors import InvalidInputError
from chainfaas.provider.bootstrap.lent_engine import ended_by_signal, lent_engine
from chainfaas.provider.bootstrap.provider_folder import read_config
from chainfaas.provider.doctor.attack_table import choose_attacks
from chainfaas.provider.doctor.examination import Finding, examine
from chainfaas.provider.doctor.flags import Flag
from chainfaas.provider.doctor.ward import open_ward
from chainfaas.provider.sandbox.container_config import DEFAULT_RUNTIME, GVISOR_RUNTIME
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind
from chainfaas.provider.settings import CONFIG_FILE_NAME

if TYPE_CHECKING:
    from pathlib import Path

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


def order_for(folder: Path, order: DoctorOrder) -> DoctorOrder:
    """Return an order in which what was left open is as a provider's configuration says.

    Args:
        folder: The provider's folder; there may be none.
        order: The order, with an empty text for what is open.

    Raises:
        ConfigurationError: The configuration file is no TOML.
    """
    known = read_config(folder) if (folder / CONFIG_FILE_NAME).exists() else {}
    return replace(
        order,
        runtime=order.runtime or str(known.get("sandbox_runtime", DEFAULT_RUNTIME)),
        docker_socket=order.docker_socket or str(known.get("docker_socket", "")),
    )


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
        ended_by_signal(),
        lent_engine(home, environment, order.docker_socket) as client,
        open_ward(client, sandbox_kind(client, order.runtime), dropped) as ward,
    ):
        yield examine(ward, attacks, gvisor=order.runtime == GVISOR_RUNTIME)
