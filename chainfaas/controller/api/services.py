"""All that the routes use, made by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from chainfaas.controller.api.faucet import Faucet
    from chainfaas.controller.api.health import Health
    from chainfaas.controller.api.rpc_proxy import RpcProxy
    from chainfaas.controller.api.sessions import SessionDesk
    from chainfaas.controller.dispatch.calls import CallDesk
    from chainfaas.controller.dispatch.contents import ContentDesk
    from chainfaas.controller.dispatch.dispatch_state import ControllerIdentity
    from chainfaas.controller.dispatch.poll_desk import PollDesk
    from chainfaas.controller.dispatch.receipts import ReceiptDesk
    from chainfaas.controller.dispatch.report_desk import ReportDesk
    from chainfaas.controller.ledger_writer.settlement_answers import SettlementDesk
    from chainfaas.controller.network_facts import NetworkFacts
    from chainfaas.controller.settings import ControllerSettings
    from chainfaas.controller.storage.chain_view import ChainView
    from chainfaas.controller.storage.content_store import ContentStore
    from chainfaas.controller.storage.database import Database
    from chainfaas.domain.limits import Limits

EXTENSION = "chainfaas"


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes use.

    Attributes:
        settings: How the controller behaves.
        identity: Who it is.
        network: What others are told of the network.
        limits: What one call may use.
        view: What the chain says of functions, providers and escrows.
        database: Where everything else is read.
        contents: Where long contents are.
        bundles: Where bundles are, by their hash.
        sessions: Log-ins.
        calls: Calls.
        polls: Providers' polls.
        reports: Providers' reports.
        job_contents: Long inputs, outputs and logs of jobs.
        receipts: Portable receipts.
        settlements: What providers hand in at the ledger.
        rpc: The way to the node.
        health: Whether everything runs.
        faucet: Gives coin and tokens; ``None`` where there is none.
    """

    settings: ControllerSettings
    identity: ControllerIdentity
    network: NetworkFacts
    limits: Limits
    view: ChainView
    database: Database
    contents: ContentStore
    bundles: ContentStore
    sessions: SessionDesk
    calls: CallDesk
    polls: PollDesk
    reports: ReportDesk
    job_contents: ContentDesk
    receipts: ReceiptDesk
    settlements: SettlementDesk
    rpc: RpcProxy
    health: Health
    faucet: Faucet | None


def services() -> Services:
    """Return what the routes of the app that is serving use."""
    found: Services = current_app.extensions[EXTENSION]
    return found
