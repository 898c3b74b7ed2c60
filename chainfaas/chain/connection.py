"""A web3 connection to any EVM chain, over HTTP or a local socket."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, cast

from requests.exceptions import RequestException
from web3 import HTTPProvider, IPCProvider, Web3
from web3.exceptions import Web3Exception
from web3.middleware import ExtraDataToPOAMiddleware
from web3.providers.base import JSONBaseProvider
from web3.providers.ipc import PersistentSocket

from chainfaas.chain.errors import ChainUnreachableError, WrongChainError
from chainfaas.domain.errors import ConfigurationError

DEFAULT_TIMEOUT_SECONDS = 10
_READ_TIMEOUT_SECONDS = 2.0


class _QuietSocket(socket.socket):
    def __del__(self) -> None:
        # In a circle of garbage the socket may go before its provider, so that it has to close itself.
        self.close()


class _NodeSocket(PersistentSocket):
    def _open(self) -> socket.socket:
        sock = _QuietSocket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.ipc_path)
        sock.settimeout(_READ_TIMEOUT_SECONDS)
        return sock


class SocketProvider(IPCProvider):
    """A node's socket, closed when nobody holds the connection any more; web3's own is left open."""

    def __init__(self, socket_path: Path, timeout_seconds: int) -> None:
        """Open nothing yet.

        Args:
            socket_path: The node's socket.
            timeout_seconds: How long one request may take.
        """
        super().__init__(socket_path, timeout=timeout_seconds)
        self._socket = cast("Any", _NodeSocket(str(socket_path.expanduser().resolve())))


def connect(
    endpoint: str | Path,
    *,
    expected_chain_id: int | None = None,
    timeout_seconds: int = DEFAULT_TIMEOUT_SECONDS,
) -> Web3:
    """Connect to a node and ask it which chain it serves.

    Args:
        endpoint: An http or https address, or the path of a node's socket.
        expected_chain_id: The chain that it must be; any when absent.
        timeout_seconds: How long one request may take.

    Raises:
        ConfigurationError: The endpoint has another form.
        ChainUnreachableError: Nothing answers there, or not in the way a node does.
        WrongChainError: It serves another chain.
    """
    web3 = Web3(_provider(endpoint, timeout_seconds))
    # Clique keeps the seal in extraData, which is then longer than the 32 bytes that web3 allows.
    web3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    served = read_chain_id(web3, endpoint)
    if expected_chain_id is not None and served != expected_chain_id:
        raise WrongChainError(
            f"The node at {endpoint} serves chain {served}, but chain {expected_chain_id} was expected."
        )
    return web3


def read_chain_id(web3: Web3, endpoint: str | Path) -> int:
    """Ask a node for its chain id.

    Args:
        web3: The connection.
        endpoint: Where it leads, for the message.

    Raises:
        ChainUnreachableError: Nothing answers there, or not in the way a node does.
    """
    try:
        return int(web3.eth.chain_id)
    except (OSError, RequestException, Web3Exception, ValueError, TypeError) as error:
        raise ChainUnreachableError(f"No node answers at {endpoint}: {error}.") from error


def _provider(endpoint: str | Path, timeout_seconds: int) -> JSONBaseProvider:
    text = str(endpoint)
    if text.startswith(("http://", "https://")):
        # Whether a request may be repeated is the caller's decision: a transaction is not like a read.
        return HTTPProvider(
            text, request_kwargs={"timeout": timeout_seconds}, exception_retry_configuration=None
        )
    if isinstance(endpoint, Path) or text.endswith(".ipc") or text.startswith("/"):
        _try_socket(Path(endpoint))
        return SocketProvider(Path(endpoint), timeout_seconds)
    raise ConfigurationError(
        f"{text!r} is no address of a node.",
        remedy="Give an http(s) URL or the path of a node's .ipc socket.",
    )


def _try_socket(path: Path) -> None:
    # web3 reports a socket that nobody listens on by its time-out alone, and leaves its own one open.
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
        try:
            tried.connect(str(path))
        except OSError as error:
            raise ChainUnreachableError(f"No node answers at {path}: {error.strerror or error}.") from error
