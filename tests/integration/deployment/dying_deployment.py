"""A process that deploys and may die on its way; the same order again, in another process, finishes it."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.connection import connect
from chainfaas.chain.deployment import DeploymentPlace, deploy_contracts
from chainfaas.chain.deployment_plan import DeploymentPlan
from chainfaas.chain.deployments import Deployments
from chainfaas.chain.keystore import load_keystore
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.domain.identifiers import ChainId
from chainfaas.observability.crash_points import CRASH_VARIABLE


@dataclass(frozen=True)
class Order:
    """What to deploy, as which key, and where to die."""

    folder: Path
    socket: Path
    chain_id: int
    plan: DeploymentPlan
    dies_at: SenderPoint | str | None = None

    @property
    def keystore(self) -> Path:
        return self.folder / "key.json"

    @property
    def password(self) -> Path:
        return self.folder / "key.password"


def deploy(order: Order) -> Deployments:
    """Deploy, unless told to die at a point of the sender or at a line of progress."""
    if isinstance(order.dies_at, SenderPoint):
        os.environ[CRASH_VARIABLE] = order.dies_at.value

    def tell(line: str) -> None:
        if line == order.dies_at:
            os.kill(os.getpid(), signal.SIGKILL)

    key = load_keystore(order.keystore, order.password)
    place = DeploymentPlace(
        connection=connect(order.socket),
        signer=TransactionSigner(key.account(), ChainId(order.chain_id)),
        outbox_file=order.folder / "outbox.sqlite3",
        finality_depth=0,
    )
    return deploy_contracts(place, order.plan, tell)
