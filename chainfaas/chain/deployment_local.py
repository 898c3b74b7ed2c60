"""Deploys the contracts on a local network: its signers are the peers, and all keys are made on the spot."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.contract_set import bind_contracts
from chainfaas.chain.deployment import DeploymentPlace, deploy_contracts
from chainfaas.chain.deployment_audit import check_deployed
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployment_keys import controller_key, peer_payout_key
from chainfaas.chain.deployment_plan import DeploymentPlan, PlannedController, PlannedPeer
from chainfaas.chain.deployments import deployments_path, load_deployments, write_deployments
from chainfaas.chain.errors import DeploymentConflictError, NotDeployedError
from chainfaas.chain.node.agreement import have_same_head
from chainfaas.chain.node.file_lock import file_lock
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.signer import TransactionSigner
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.identifiers import Address, ChainId, ControllerId
from chainfaas.domain.windows import DEFAULT_WINDOWS, DEV_WINDOWS, Windows

if TYPE_CHECKING:
    from web3 import Web3

    from chainfaas.chain.deployment import Tell
    from chainfaas.chain.deployments import Deployments
    from chainfaas.chain.node.local_network import LocalNetwork

MAX_CONTROLLERS = 64
"""More than one machine runs; the registry itself takes 32,767."""

CONTROLLER_COIN_WEI = 1_000 * 10**18
"""What a controller starts with: enough for a hundred thousand full batches at a tip of 1 gwei."""

AGREEMENT_SECONDS = 5.0
"""How long nodes that seal on demand are given to agree on a head."""


class Preset(StrEnum):
    """A set of windows."""

    DEV = "dev"
    """Short windows to watch, and tokens that are worth nothing."""

    DEFAULT = "default"
    """The windows of a network for real use."""

    @property
    def windows(self) -> Windows:
        """The spans of time and the commission."""
        return DEV_WINDOWS if self is Preset.DEV else DEFAULT_WINDOWS


@dataclass(frozen=True, slots=True)
class LocalSettings:
    """What may be chosen; ``None`` takes what is there, else the default.

    Attributes:
        controllers: How many; one by default, run by the first peer, the next by the second and so on.
        preset: Which windows; those of development by default.
    """

    controllers: int | None = None
    preset: Preset | None = None

    def __post_init__(self) -> None:
        """Refuse a number that makes no sense."""
        if self.controllers is not None and not 1 <= self.controllers <= MAX_CONTROLLERS:
            raise ConfigurationError(
                f"A network with {self.controllers} controllers is not possible.",
                remedy=f"Choose from 1 to {MAX_CONTROLLERS} controllers.",
            )


def deploy_local(network: LocalNetwork, settings: LocalSettings, tell: Tell) -> Deployments:
    """Deploy on a running local network, or check what is deployed there already.

    Args:
        network: The network.
        settings: What was chosen.
        tell: Takes a line of progress.

    Returns:
        Where the contracts are; the deployments file says the same.

    Raises:
        DeploymentConflictError: They are there, or begun, with other settings; or another is at it.
        StaleDeploymentsError: The file does not fit the chain.
        ChainFaaSError: As `deploy_contracts`.
    """
    with file_lock(network.folder.run / "deploy.lock", wait=False) as held:
        if not held:
            raise DeploymentConflictError(
                "Another process deploys on this network.", remedy="Wait until it is done."
            )
        connection = network.connect(1)
        try:
            deployments = load_deployments(network.folder, network.chain_id)
        except NotDeployedError:
            return _deploy(network, connection, settings, tell)
        tell("Checking what is deployed")
        check_deployments(connection, deployments)
        _refuse_other_settings(connection, deployments, settings)
        return deployments


def plan_local(network: LocalNetwork, settings: LocalSettings) -> DeploymentPlan:
    """Return what would be deployed; keys that are missing are made.

    Args:
        network: The network.
        settings: What was chosen.

    Raises:
        ConfigurationError: A key cannot be read or written.
    """
    preset = settings.preset or Preset.DEV
    peers = tuple(
        PlannedPeer(
            validator=Address.parse(signer),
            payout=Address.parse(peer_payout_key(network.folder, number).address),
            name=f"peer-{number}",
        )
        for number, signer in enumerate(network.signers, start=1)
    )
    controllers = tuple(
        _planned_controller(network, peers[place % len(peers)], ControllerId(place + 1))
        for place in range(settings.controllers or 1)
    )
    return DeploymentPlan(
        token_holder=Address.parse(network.deployer_key().address),
        peers=peers,
        controllers=controllers,
        windows=preset.windows,
        is_dev=preset is Preset.DEV,
        coin=tuple((controller.key, CONTROLLER_COIN_WEI) for controller in controllers),
    )


def finality_depth(network: LocalNetwork) -> int:
    """Return how many blocks on top make a block of this network irreversible for our purposes.

    Args:
        network: The network; with sealing on demand it is zero, since no block may ever follow.
    """
    return len(network.signers) // 2 + 1 if network.period_seconds else 0


def _planned_controller(
    network: LocalNetwork, peer: PlannedPeer, controller: ControllerId
) -> PlannedController:
    key = controller_key(network.folder, controller)
    return PlannedController(peer.validator, Address.parse(key.address), peer.payout)


def _deploy(network: LocalNetwork, connection: Web3, settings: LocalSettings, tell: Tell) -> Deployments:
    path = deployments_path(network.folder, network.chain_id)
    plan = plan_local(network, settings)
    signer = TransactionSigner(network.deployer_key().account(), ChainId(network.chain_id))
    place = DeploymentPlace(
        connection=connection,
        signer=signer,
        outbox_file=path.with_suffix(".outbox.sqlite3"),
        finality_depth=finality_depth(network),
        wait_for_agreement=lambda: _wait_for_agreement(network),
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    deployments = deploy_contracts(place, plan, tell)
    tell("Reading everything back")
    check_deployed(bind_contracts(connection, deployments), plan)
    write_deployments(path, deployments)
    return deployments


def _wait_for_agreement(network: LocalNetwork) -> None:
    running = [node for node in network.nodes if node.process() is not None]
    # A tie lasts until the next transaction; what it leaves open is only in which of two blocks something is.
    wait_until(lambda: have_same_head(running), time.monotonic() + AGREEMENT_SECONDS)


def _refuse_other_settings(connection: Web3, deployments: Deployments, settings: LocalSettings) -> None:
    there = bind_contracts(connection, deployments).peers.controller_count()
    if settings.controllers not in (None, there):
        raise DeploymentConflictError(
            f"Chain {deployments.chain_id} was deployed with {there} controllers, not {settings.controllers}."
        )
    if settings.preset is not None and settings.preset.windows != deployments.windows:
        raise DeploymentConflictError(
            f"Chain {deployments.chain_id} was deployed with other windows than those of "
            f"the preset {settings.preset.value}."
        )
