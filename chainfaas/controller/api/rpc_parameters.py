"""Parameters of JSON-RPC that could cost the node much, read strictly: it ignores the case of names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

CALL_GAS_MAX = 5_000_000
"""Gas that a call through here uses at most."""

_QUANTITY = re.compile(r"0x(0|[1-9a-f][0-9a-f]{0,15})", re.ASCII)
_TAGS = frozenset({"earliest", "latest", "pending", "safe", "finalized"})
_FILTER_NAMES = frozenset({"address", "topics", "fromBlock", "toBlock", "blockHash"})
_CALL_NAMES = frozenset(
    {
        "accessList",
        "chainId",
        "data",
        "from",
        "gas",
        "gasPrice",
        "input",
        "maxFeePerGas",
        "maxPriorityFeePerGas",
        "nonce",
        "to",
        "type",
        "value",
    }
)
_CALL_PARAMS_MAX = 2


def wanted_blocks(params: Sequence[object]) -> tuple[str, str] | None:
    """Return the first and last block of a log query; ``None`` if it is for one block by its hash.

    Args:
        params: The parameters of ``eth_getLogs``.

    Raises:
        ValueError: They have another form.
    """
    if len(params) != 1:
        raise ValueError("eth_getLogs takes one filter")
    wanted = _members(params[0], _FILTER_NAMES, "a filter")
    if "blockHash" in wanted:
        if not isinstance(wanted["blockHash"], str) or {"fromBlock", "toBlock"} & wanted.keys():
            raise ValueError("a filter has a blockHash or a range of blocks")
        return None
    return _block(wanted.get("fromBlock", "latest")), _block(wanted.get("toBlock", "latest"))


def capped_call(params: Sequence[object]) -> list[object]:
    """Return the parameters of a call with as much gas as is allowed at most.

    Args:
        params: The parameters of ``eth_call`` or ``eth_estimateGas``: the call, and perhaps its block.

    Raises:
        ValueError: They have another form, or override the state.
    """
    if not 1 <= len(params) <= _CALL_PARAMS_MAX:
        raise ValueError("a call has a transaction and a block, and overrides nothing")
    call = dict(_members(params[0], _CALL_NAMES, "a call"))
    gas = call.get("gas", hex(CALL_GAS_MAX))
    if not isinstance(gas, str) or not _QUANTITY.fullmatch(gas):
        raise ValueError("gas is no quantity")
    call["gas"] = hex(min(int(gas, 16), CALL_GAS_MAX))
    return [call, *params[1:]]


def _members(value: object, names: frozenset[str], what: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} is an object")  # noqa: TRY004 - all faults of parameters alike
    if unknown := sorted(set(value) - names):
        raise ValueError(f"{what} has no {unknown[0][:60]}")
    return value


def _block(value: object) -> str:
    if not isinstance(value, str) or not (value in _TAGS or _QUANTITY.fullmatch(value)):
        raise ValueError("a block is a quantity or a tag")
    return value
