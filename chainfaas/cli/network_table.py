"""A network's status as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import JustifyMethod
from rich.table import Table

if TYPE_CHECKING:
    from chainfaas.chain.node.network_status import NetworkStatus, NodeStatus

_WEI_PER_COIN = 10**18


def network_table(status: NetworkStatus) -> Table:
    """Return a table with one row a node.

    Args:
        status: The network at one moment.
    """
    period = f"a block every {status.period_seconds} s" if status.period_seconds else "sealing on demand"
    table = Table(title=f"chain {status.chain_id}, {period}", title_justify="left", box=None, pad_edge=False)
    for heading in ("node", "state", "pid", "head", "age", "peers", "seals", "coin", "signer"):
        justify: JustifyMethod = "left" if heading in {"state", "seals", "signer"} else "right"
        # An address that is cut is of no use to whoever copies it.
        table.add_column(heading, justify=justify, overflow="fold")
    for node in status.nodes:
        table.add_row(*_cells(node))
    return table


def _cells(node: NodeStatus) -> tuple[str, ...]:
    if not node.running:
        state = "stopped" if node.pid is None else "silent"
        return (str(node.number), state, _text(node.pid), *("-",) * 5, node.signer)
    # Block 0 has no time of its own.
    age = f"{node.head_age_seconds:.0f} s" if node.head else "-"
    coin = "-" if node.coin_wei is None else f"{node.coin_wei // _WEI_PER_COIN:,}"
    seals = "yes" if node.sealing else "no"
    return (
        *(str(node.number), "running", _text(node.pid), _text(node.head)),
        *(age, _text(node.peers), seals, coin, node.signer),
    )


def _text(value: int | None) -> str:
    return "-" if value is None else str(value)
