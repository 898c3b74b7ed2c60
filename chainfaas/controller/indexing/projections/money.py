"""Balances, escrows, payments and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.indexing.working_set import Row, WorkingSet


def change_escrow(
    rows: WorkingSet, developer: str, controller_id: int, *, free: int = 0, reserved: int = 0
) -> None:
    """Move amounts within an escrow, or in or out of it.

    Args:
        rows: The rows to change.
        developer: Whose escrow.
        controller_id: For which controller.
        free: Added to what is free, in base units.
        reserved: Added to what is reserved, in base units.
    """
    escrow = _escrow(rows, developer, controller_id)
    rows.put(
        "escrows",
        {**escrow, "free": _int(escrow, "free") + free, "reserved": _int(escrow, "reserved") + reserved},
    )


def _deposited(event: PlainEvent, rows: WorkingSet) -> None:
    _add(rows, event.text("account"), event.number("amount"))


def _withdrawn(event: PlainEvent, rows: WorkingSet) -> None:
    _add(rows, event.text("account"), -event.number("amount"))


def _escrow_funded(event: PlainEvent, rows: WorkingSet) -> None:
    developer, controller_id, amount = event.text("developer"), event.number("cid"), event.number("amount")
    _add(rows, developer, -amount)
    escrow = _escrow(rows, developer, controller_id)
    rows.put(
        "escrows",
        {
            **escrow,
            "free": _int(escrow, "free") + amount,
            "job_cap": event.number("jobCap"),
            "expiry": event.number("expiry"),
        },
    )


def _escrow_revoked(event: PlainEvent, rows: WorkingSet) -> None:
    escrow = _escrow(rows, event.text("developer"), event.number("cid"))
    rows.put("escrows", {**escrow, "expiry": event.number("expiry")})


def _escrow_closed(event: PlainEvent, rows: WorkingSet) -> None:
    developer, amount = event.text("developer"), event.number("amount")
    change_escrow(rows, developer, event.number("cid"), free=-amount)
    _add(rows, developer, amount)


def _paid(event: PlainEvent, rows: WorkingSet) -> None:
    shares = {name: event.number(name) for name in ("gross", "controllerShare", "sealerShare")}
    provider_share = shares["gross"] - shares["controllerShare"] - shares["sealerShare"]
    _add(rows, event.text("payout"), provider_share)
    _add(rows, event.text("controllerPayee"), shares["controllerShare"])
    _add(rows, event.text("sealerPayee"), shares["sealerShare"])
    rows.put(
        "payments",
        {
            "block_hash": event.block_hash,
            "log_index": event.log_index,
            "block_number": event.block_number,
            "tx_hash": event.tx_hash,
            "provider_id": event.number("providerId"),
            "payout": event.text("payout"),
            "controller_id": event.number("cid"),
            "controller_payee": event.text("controllerPayee"),
            "sealer_payee": event.text("sealerPayee"),
            "gross": shares["gross"],
            "provider_share": provider_share,
            "controller_share": shares["controllerShare"],
            "sealer_share": shares["sealerShare"],
        },
    )


def _distributed(event: PlainEvent, rows: WorkingSet) -> None:
    # The pool is the balance of the ledger itself.
    _add(rows, event.address, -event.number("amount"))
    _add(rows, event.text("payee"), event.number("amount"))


def _parameter_changed(event: PlainEvent, rows: WorkingSet) -> None:
    name = bytes.fromhex(event.text("name")[2:]).rstrip(b"\0").decode("ascii", "backslashreplace")
    rows.put(
        "parameters",
        {"name": name, "effective_at": event.number("effectiveAt"), "value": event.number("value")},
    )


def _add(rows: WorkingSet, account: str, amount: int) -> None:
    balance = rows.get("balances", account)
    rows.put("balances", {"account": account, "amount": (_int(balance, "amount") if balance else 0) + amount})


def _escrow(rows: WorkingSet, developer: str, controller_id: int) -> Row:
    empty = {"free": 0, "reserved": 0, "job_cap": 0, "expiry": 0}
    key: Row = {"developer": developer, "controller_id": controller_id}
    return rows.get("escrows", developer, controller_id) or {**key, **empty}


def _int(row: Row, column: str) -> int:
    return int(row[column] or 0)


HANDLERS: Final[dict[str, Callable[[PlainEvent, WorkingSet], None]]] = {
    "Deposited": _deposited,
    "Withdrawn": _withdrawn,
    "EscrowFunded": _escrow_funded,
    "EscrowRevoked": _escrow_revoked,
    "EscrowClosed": _escrow_closed,
    "Paid": _paid,
    "Distributed": _distributed,
    "ParameterChanged": _parameter_changed,
}
"""What follows from each event about money."""
