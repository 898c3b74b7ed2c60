"""The way to the node for browsers and scripts: reading methods and signed transactions, nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.chain.json_rpc import JsonRpc, RpcRefusedError
from chainfaas.controller.api.rpc_parameters import capped_call, wanted_blocks

if TYPE_CHECKING:
    from web3 import Web3

ALLOWED = frozenset(
    {
        "eth_blockNumber",
        "eth_call",
        "eth_chainId",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_gasPrice",
        "eth_getBalance",
        "eth_getBlockByHash",
        "eth_getBlockByNumber",
        "eth_getBlockTransactionCountByHash",
        "eth_getBlockTransactionCountByNumber",
        "eth_getCode",
        "eth_getLogs",
        "eth_getProof",
        "eth_getStorageAt",
        "eth_getTransactionByBlockHashAndIndex",
        "eth_getTransactionByBlockNumberAndIndex",
        "eth_getTransactionByHash",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_maxPriorityFeePerGas",
        "eth_sendRawTransaction",
        "eth_syncing",
        "net_version",
        "web3_clientVersion",
    }
)
"""None of these can use an account of the node."""

MAX_BATCH = 20
MAX_PARAMS = 4

_CALLS = frozenset({"eth_call", "eth_estimateGas"})
_INVALID_REQUEST = -32600
_METHOD_NOT_FOUND = -32601
_INVALID_PARAMS = -32602
_INTERNAL = -32603


class RpcProxy:
    """Answers JSON-RPC 2.0."""

    def __init__(self, connection: Web3, max_log_blocks: int) -> None:
        """Use a connection of its own.

        Args:
            connection: The node.
            max_log_blocks: Blocks that one log query spans at most.
        """
        self._rpc = JsonRpc(connection)
        self._max_log_blocks = max_log_blocks

    def answer(self, body: object) -> object:
        """Answer a request or a batch of them.

        Args:
            body: The JSON that came.

        Returns:
            The JSON that goes back.
        """
        if isinstance(body, Sequence) and not isinstance(body, str):
            if not 1 <= len(body) <= MAX_BATCH:
                return _error(None, _INVALID_REQUEST, f"a batch has 1 to {MAX_BATCH} requests")
            return [self._answer_one(each) for each in body]
        return self._answer_one(body)

    def _answer_one(self, request: object) -> dict[str, Any]:
        if not isinstance(request, Mapping):
            return _error(None, _INVALID_REQUEST, "a request is an object")
        number, method, params = request.get("id"), request.get("method"), request.get("params", [])
        if not isinstance(method, str) or not isinstance(params, list) or len(params) > MAX_PARAMS:
            return _error(number, _INVALID_REQUEST, "a request has a method and a list of parameters")
        if method not in ALLOWED:
            return _error(number, _METHOD_NOT_FOUND, f"the method {method[:60]} is not served here")
        try:
            self._check(method, params)
            return {"jsonrpc": "2.0", "id": number, "result": self._rpc.call(method, *params)}
        except RpcRefusedError as refused:
            data = "0x" + refused.data.hex() if refused.data else None
            return _error(number, refused.rpc_code or _INTERNAL, refused.words, data)
        except ChainUnreachableError:
            return _error(number, _INTERNAL, "the node does not answer")
        except ValueError as fault:
            return _error(number, _INVALID_PARAMS, str(fault))

    def _check(self, method: str, params: list[object]) -> None:
        if method in _CALLS:
            params[:] = capped_call(params)
        if method == "eth_getLogs":
            self._check_logs(params)

    def _check_logs(self, params: Sequence[object]) -> None:
        if (blocks := wanted_blocks(params)) is None:
            return
        first, last = (self._height(each) for each in blocks)
        if last - first >= self._max_log_blocks:
            raise ValueError(f"a log query spans at most {self._max_log_blocks} blocks")

    def _height(self, block: str) -> int:
        if block == "earliest":
            return 0
        if block.startswith("0x"):
            return int(block, 16)
        return int(str(self._rpc.call("eth_blockNumber")), 16)


def _error(number: object, code: int, words: str, data: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": words}
    if data is not None:
        error["data"] = data
    return {"jsonrpc": "2.0", "id": number, "error": error}
