"""A network's contracts as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from chainfaas.chain.deployments import Deployments


def deployments_table(deployments: Deployments) -> Table:
    """Return a table with one row a contract.

    Args:
        deployments: Where the contracts are.
    """
    windows = deployments.windows
    title = (
        f"chain {deployments.chain_id}{' (dev)' if deployments.is_dev else ''}: "
        f"job life {windows.job_life_seconds} s, grace {windows.grace_seconds} s, "
        f"claim window {windows.claim_seconds} s, commission {windows.commission_bps} bp"
    )
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("contract")
    # An address that is cut is of no use to whoever copies it.
    table.add_column("address", overflow="fold")
    table.add_column("block", justify="right")
    for name, contract in deployments.contracts.items():
        table.add_row(name, str(contract.address), str(contract.block))
    return table
