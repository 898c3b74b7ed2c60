from __future__ import annotations

from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import load_deployments
from tests.integration.deployed_network import ACTORS, COIN_WEI, TOKENS, DeployedNetwork, address_of


def test_deploy_local__shared_network__file_fits_the_chain(deployed: DeployedNetwork) -> None:
    loaded = load_deployments(deployed.network.folder, deployed.network.chain_id)
    assert loaded == deployed.deployments
    for number in (1, 2, 3):
        check_deployments(deployed.network.connect(number), loaded)


def test_deployed__named_actors__hold_coin_and_tokens(deployed: DeployedNetwork) -> None:
    for name in ACTORS:
        address = address_of(deployed.key(name))
        assert 0 < deployed.web3.eth.get_balance(str(address)) <= COIN_WEI  # type: ignore[arg-type]
        assert deployed.contracts.token.balance_of(address) <= TOKENS
