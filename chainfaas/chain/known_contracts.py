"""The contracts of a network whose events count, with what it takes to read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployments import TOKEN
from chainfaas.chain.event_decoder import KnownContract

if TYPE_CHECKING:
    from chainfaas.chain.deployments import Deployments


def known_contracts(deployments: Deployments) -> tuple[KnownContract, ...]:
    """Return a network's contracts but for the token: transfers among strangers are no business of ours.

    Args:
        deployments: Where they are.

    Returns:
        Each with its name, address and ABI.

    Raises:
        ArtefactError: The installation lacks an ABI.
    """
    return tuple(
        KnownContract(name, contract.address, load_artefact(name).abi)
        for name, contract in deployments.contracts.items()
        if name != TOKEN
    )
