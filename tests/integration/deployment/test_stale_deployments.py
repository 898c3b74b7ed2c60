"""Every way in refuses a deployments file that is not, or no longer, of the chain that its node serves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import pytest

from chainfaas.chain.deployments import LEDGER, TOKEN, Deployments, deployments_path, write_deployments
from chainfaas.chain.errors import DeploymentsFileError, StaleDeploymentsError, WrongChainError
from chainfaas.chain.keystore import create_keystore
from chainfaas.chain.state_folder import StateFolder
from chainfaas.client.chain_access import ChainAccess
from chainfaas.controller.bootstrap.build_controller import build_controller, rebuild_index
from chainfaas.controller.settings import load_settings
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import Address, ChainId
from chainfaas.provider.bootstrap.build_provider import build_provider
from chainfaas.provider.settings import ProviderSettings
from tests.integration.deployed_network import DeployedNetwork
from tests.integration.provider.sandboxes import echo, noop_sandboxes

Change: TypeAlias = Callable[[Deployments], Deployments]


@dataclass(frozen=True)
class Place:
    """A state folder whose deployments file a test writes, and the node that it is used with."""

    folder: StateFolder
    node: Path
    file: Path

    def client(self) -> None:
        ChainAccess.open(self.folder, self.node)

    def provider(self) -> None:
        keystore, password = self.folder.root / "key.json", self.folder.root / "key.password"
        create_keystore(keystore, password)
        settings = ProviderSettings(
            provider_id=1,
            controllers=("http://127.0.0.1:1",),
            rpc=str(self.node),
            deployments=self.file,
            keystore=keystore,
            password_file=password,
        )
        with build_provider(self.folder.root, settings, noop_sandboxes(echo)):
            pass

    def controller(self) -> None:
        build_controller(self.folder, load_settings(self.folder.root, rpc=str(self.node)))

    def rebuild(self) -> None:
        rebuild_index(self.folder, load_settings(self.folder.root, rpc=str(self.node)))


WAYS_IN = [Place.client, Place.provider, Place.controller, Place.rebuild]


@pytest.fixture
def place(deployed_on_demand: DeployedNetwork, tmp_path: Path) -> Place:
    network, folder = deployed_on_demand.network, StateFolder(tmp_path)
    file = deployments_path(folder, network.chain_id)
    return Place(folder, network.socket_path(1), file)


def of_another_beginning(there: Deployments) -> Deployments:
    """What is left of before a reset, had the chain got its former number again."""
    return replace(there, genesis_hash=Bytes32(b"\x01" * 32))


def at_empty_addresses(there: Deployments) -> Deployments:
    ledger = replace(there.contracts[LEDGER], address=Address(b"\x02" * 20))
    return replace(there, contracts={**there.contracts, LEDGER: ledger})


def of_other_contracts(there: Deployments) -> Deployments:
    return replace(there, contracts={**there.contracts, LEDGER: there.contracts[TOKEN]})


def of_another_chain(there: Deployments) -> Deployments:
    return replace(there, chain_id=ChainId(there.chain_id + 1))


@pytest.mark.parametrize("enter", WAYS_IN)
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (of_another_beginning, "another block 0"),
        (at_empty_addresses, "no code"),
        (of_other_contracts, "is not the MonitoringLedger"),
    ],
)
def test_start__deployments_of_before__refused_with_what_to_do(
    deployed_on_demand: DeployedNetwork,
    place: Place,
    enter: Callable[[Place], None],
    change: Change,
    words: str,
) -> None:
    write_deployments(place.file, change(deployed_on_demand.deployments))
    with pytest.raises(StaleDeploymentsError, match=words) as refused:
        enter(place)
    assert "chainfaas chain reset" in refused.value.remedy
    assert not place.folder.database.exists()


@pytest.mark.parametrize("enter", WAYS_IN)
def test_start__deployments_of_another_chain__refused_with_what_to_do(
    deployed_on_demand: DeployedNetwork, place: Place, enter: Callable[[Place], None]
) -> None:
    other = of_another_chain(deployed_on_demand.deployments)
    write_deployments(place.file, other)
    with pytest.raises(ChainFaaSError, match=f"chain {other.chain_id}") as refused:
        enter(place)
    assert isinstance(refused.value, DeploymentsFileError | WrongChainError)
    assert refused.value.remedy
