"""JSON-RPC calls with the node's own words kept: what was refused, with which code and data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from web3.types import RPCEndpoint

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.domain.errors import ChainError

if TYPE_CHECKING:
    from web3 import Web3


class RpcRefusedError(ChainError):
    """The node understood a call and refused it."""

    code = "rpc-refused"
    default_remedy = "Read the node's words; the same call may be refused again."

    def __init__(self, method: str, rpc_code: int, words: str, data: bytes) -> None:
        """Keep what the node said.

        Args:
            method: The JSON-RPC method.
            rpc_code: The node's error code.
            words: The node's message.
            data: What came with it; revert data, for a call.
        """
        super().__init__(f"The node refused {method}: {words}.")
        self.rpc_code = rpc_code
        self.words = words
        self.data = data


class JsonRpc:
    """Calls the node behind a web3 connection without web3's own conversions."""

    def __init__(self, connection: Web3) -> None:
        """Use a connection.

        Args:
            connection: Any web3 connection; its middleware is not used.
        """
        self._connection = connection

    def call(self, method: str, *params: object) -> object:
        """Call one method.

        Args:
            method: Its name, such as ``eth_blockNumber``.
            params: Its arguments in JSON-RPC form.

        Returns:
            The JSON result.

        Raises:
            RpcRefusedError: The node answered with an error.
            ChainUnreachableError: It did not answer, or the answer makes no sense.
        """
        try:
            answer = cast("Any", self._connection.provider).make_request(RPCEndpoint(method), list(params))
        except Exception as fault:
            # Each transport raises classes of its own; what they have in common is that there is no answer.
            raise ChainUnreachableError(f"The node gave no answer to {method}: {fault!r}.") from fault
        return _result(method, answer)

    def call_each(self, method: str, params: Sequence[Sequence[object]]) -> list[object]:
        """Call one method many times in one exchange.

        Args:
            method: Its name.
            params: The arguments of each call.

        Returns:
            The results in the same order.

        Raises:
            RpcRefusedError: The node answered one of them with an error.
            ChainUnreachableError: It did not answer all of them.
        """
        if not params:
            return []
        calls = [(RPCEndpoint(method), list(each)) for each in params]
        try:
            answers = cast("Any", self._connection.provider).make_batch_request(calls)
        except Exception as fault:
            raise ChainUnreachableError(
                f"The node gave no answer to a batch of {method}: {fault!r}."
            ) from fault
        if not isinstance(answers, list) or len(answers) != len(calls):
            raise ChainUnreachableError(f"The node answered a batch of {len(calls)} {method} only in part.")
        return [_result(method, answer) for answer in answers]


def _result(method: str, answer: object) -> object:
    if isinstance(answer, Mapping):
        if "error" in answer:
            raise _refusal(method, answer["error"])
        if "result" in answer:
            return answer["result"]
    raise ChainUnreachableError(f"The node's answer to {method} is not JSON-RPC.")


def _refusal(method: str, error: object) -> RpcRefusedError:
    fields = error if isinstance(error, Mapping) else {"message": str(error)}
    data = fields.get("data")
    revert_data = bytes.fromhex(data[2:]) if isinstance(data, str) and _is_hex(data) else b""
    rpc_code = fields.get("code")
    return RpcRefusedError(
        method, rpc_code if isinstance(rpc_code, int) else 0, str(fields.get("message", "")), revert_data
    )


def _is_hex(text: str) -> bool:
    if not text.startswith("0x"):
        return False
    try:
        bytes.fromhex(text[2:])
    except ValueError:
        return False
    return True


def read_quantity(value: object, name: str) -> int:
    """Read a JSON-RPC quantity.

    Args:
        value: ``0x`` and hex digits.
        name: What it is, for the message.

    Returns:
        The number.

    Raises:
        ChainUnreachableError: The node sent something else.
    """
    try:
        return int(cast("str", value), 16)
    except (TypeError, ValueError) as fault:
        raise ChainUnreachableError(f"The node sent {value!r} where {name} belongs.") from fault


def read_data(value: object, name: str) -> bytes:
    """Read JSON-RPC data.

    Args:
        value: ``0x`` and pairs of hex digits.
        name: What it is, for the message.

    Returns:
        The bytes.

    Raises:
        ChainUnreachableError: The node sent something else.
    """
    if not isinstance(value, str) or not _is_hex(value):
        raise ChainUnreachableError(f"The node sent {value!r} where {name} belongs.")
    return bytes.fromhex(value[2:])


def read_object(value: object, name: str) -> Mapping[str, object]:
    """Read a JSON object.

    Args:
        value: What the node sent.
        name: What it is, for the message.

    Returns:
        The object.

    Raises:
        ChainUnreachableError: The node sent something else.
    """
    if not isinstance(value, Mapping):
        raise ChainUnreachableError(f"The node sent {value!r} where {name} belongs.")
    return cast("Mapping[str, object]", value)
