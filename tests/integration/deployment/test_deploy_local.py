from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployment_local import LocalSettings, Preset, deploy_local, finality_depth, plan_local
from chainfaas.chain.deployments import LEDGER, TOKEN, DeployedContract, Deployments, load_deployments
from chainfaas.chain.errors import (
    ChainUnreachableError,
    DeploymentConflictError,
    StaleDeploymentsError,
    WrongChainError,
)
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import ZERO_ADDRESS, ChainId, ControllerId
from chainfaas.domain.windows import DEFAULT_WINDOWS
from tests.integration.deployed_network import CONTROLLERS, DeployedNetwork, address_of

ENTRY = "from chainfaas.cli.main import main; main()"
OTHER_HASH = Bytes32(b"\x07" * 32)

Change = Callable[[Deployments], Deployments]


def silent(line: str) -> None:
    del line


def test_deploy_local__shared_network__file_fits_every_node(deployed: DeployedNetwork) -> None:
    loaded = load_deployments(deployed.network.folder, deployed.network.chain_id)
    assert loaded == deployed.deployments
    for number in (1, 2, 3):
        check_deployments(deployed.network.connect(number), loaded)


def test_deploy_local__contracts__name_signers_and_controllers(deployed: DeployedNetwork) -> None:
    peers, folder = deployed.contracts.peers, deployed.network.folder
    assert peers.peer_count() == len(deployed.network.signers)
    for number in range(1, CONTROLLERS + 1):
        controller = peers.controller_key(ControllerId(number))
        assert controller is not None
        assert (controller.key, controller.retired_at) == (address_of(deployed.controller(number)), None)
    keys = list(folder.keys.iterdir())
    assert keys
    assert {file.stat().st_mode & 0o777 for file in keys} == {0o600}


def test_deploy_local__again__changes_nothing(deployed: DeployedNetwork) -> None:
    nonce = deployed.nonce(deployed.network.deployer_key())
    assert deploy_local(deployed.network, LocalSettings(), silent) == deployed.deployments
    assert deployed.nonce(deployed.network.deployer_key()) == nonce


@pytest.mark.parametrize("settings", [LocalSettings(controllers=3), LocalSettings(preset=Preset.DEFAULT)])
def test_deploy_local__there_with_other_settings__refused(
    deployed: DeployedNetwork, settings: LocalSettings
) -> None:
    with pytest.raises(DeploymentConflictError, match="was deployed with"):
        deploy_local(deployed.network, settings, silent)


def test_deploy_local__another_process_at_it__refused(deployed: DeployedNetwork) -> None:
    lock = deployed.network.folder.run / "deploy.lock"
    with file_lock(lock), pytest.raises(DeploymentConflictError, match="Another process"):
        deploy_local(deployed.network, LocalSettings(), silent)


def test_deploy_local__network_that_is_stopped__unreachable(new_network: Callable[..., LocalNetwork]) -> None:
    with pytest.raises(ChainUnreachableError):
        deploy_local(new_network(signers=1), LocalSettings(), silent)


@pytest.mark.parametrize("controllers", [0, 65])
def test_local_settings__controllers_out_of_range__refused(controllers: int) -> None:
    with pytest.raises(ConfigurationError):
        LocalSettings(controllers)


def test_plan_local__default_preset__windows_for_real_use(deployed: DeployedNetwork) -> None:
    plan = plan_local(deployed.network, LocalSettings(4, Preset.DEFAULT))
    assert (plan.windows, plan.is_dev, len(plan.controllers)) == (DEFAULT_WINDOWS, False, 4)
    validators = [peer.validator for peer in plan.peers]
    assert [controller.peer for controller in plan.controllers] == [*validators, validators[0]]
    assert len({controller.key for controller in plan.controllers}) == 4


def test_finality_depth__three_signers__two_blocks(deployed: DeployedNetwork) -> None:
    assert finality_depth(deployed.network) == 2


def moved(name: str, change: Callable[[DeployedContract], DeployedContract]) -> Change:
    return lambda there: replace(there, contracts={**there.contracts, name: change(there.contracts[name])})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda there: replace(there, chain_id=ChainId(there.chain_id + 1)), "serves chain"),
        (lambda there: replace(there, genesis_hash=OTHER_HASH), "another block 0"),
        (moved(TOKEN, lambda there: replace(there, address=ZERO_ADDRESS)), "no code"),
        (
            lambda there: replace(there, contracts={**there.contracts, LEDGER: there.contracts[TOKEN]}),
            "not the MonitoringLedger",
        ),
        (moved(LEDGER, lambda there: replace(there, code_hash=OTHER_HASH)), "other settings"),
        (moved(LEDGER, lambda there: replace(there, abi_hash=OTHER_HASH)), "another ABI"),
    ],
)
def test_check_deployments__file_and_chain_differ__says_in_what(
    deployed: DeployedNetwork, change: Change, words: str
) -> None:
    with pytest.raises(StaleDeploymentsError, match=words) as stale:
        check_deployments(deployed.web3, change(deployed.deployments))
    assert "chainfaas chain reset" in stale.value.remedy


def test_check_deployments__node_of_another_network__stale(
    deployed: DeployedNetwork, network_on_demand: LocalNetwork
) -> None:
    with pytest.raises(StaleDeploymentsError, match="serves chain"):
        check_deployments(network_on_demand.connect(1), deployed.deployments)
    with pytest.raises(WrongChainError):
        connect(network_on_demand.socket_path(1), expected_chain_id=deployed.deployments.chain_id)


def run(deployed: DeployedNetwork, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ENTRY, "deploy", *words],
        env=os.environ | {"CHAINFAAS_HOME": str(deployed.network.folder.root), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_deploy_command__there_already__prints_the_same_for_machines_and_people(
    deployed: DeployedNetwork,
) -> None:
    for_machines = run(deployed, "--json")
    assert json.loads(for_machines.stdout) == deployed.deployments.document()
    for_people = run(deployed, "--preset", "dev", "--controllers", str(CONTROLLERS))
    assert for_people.returncode == 0, for_people.stderr
    for name, contract in deployed.deployments.contracts.items():
        assert f"{name}" in for_people.stdout
        assert str(contract.address) in for_people.stdout


def test_deploy_command__other_settings__conflict_and_what_to_do(deployed: DeployedNetwork) -> None:
    refused = run(deployed, "--preset", "default", "--json")
    assert (refused.returncode, refused.stdout) == (5, "")
    error = json.loads(refused.stderr.splitlines()[-1])["error"]
    assert error["code"] == "deployment-conflict"
