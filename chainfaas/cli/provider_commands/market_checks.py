"""Whether controllers and registries of a provider that is being made are there, and are the right ones."""

from __future__ import annotations

import requests

from chainfaas.chain.node.ports import LOOPBACK
from chainfaas.cli.foreign_text import plain_line
from chainfaas.client.controller_client import ControllerClient
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.provider.bootstrap.readiness import ReadinessCheck

ASK_SECONDS = 3.0
_LOOPBACK_NAMES = ("localhost", LOOPBACK)
_HUB, _HUB_ADDRESS = "docker.io", "registry-1.docker.io"


def check_controller(url: str, chain_id: int) -> ReadinessCheck:
    """Ask a controller which network it works on.

    Args:
        url: Its base URL.
        chain_id: The provider's own network.
    """
    try:
        theirs = str(ControllerClient(url).network().get("chainId"))
    except ChainFaaSError:
        found = plain_line(f"{url} does not answer as a controller")
        remedy = "Correct `controllers` in config.toml, or start that controller; no job comes until then."
        return ReadinessCheck("controller", holds=False, found=found, remedy=remedy)
    if theirs != str(chain_id):
        found = plain_line(f"{url} works on chain {theirs}, this provider on chain {chain_id}")
        remedy = "Name a controller of the same chain in config.toml; no job comes from this one."
        return ReadinessCheck("controller", holds=False, found=found, remedy=remedy)
    return ReadinessCheck("controller", holds=True, found=f"{url}, chain {chain_id}")


def check_registry(repository: str, local_registry: str | None) -> ReadinessCheck:
    """Ask a registry whether it is one, and see that it is named as images name it.

    Args:
        repository: The registry, or a repository in it.
        local_registry: Host and port of the local system's registry, if there is one.
    """
    host, _, rest = repository.partition("/")
    if local_registry is not None and host != local_registry and _is_same_place(host, local_registry):
        found = f"{host} is {local_registry}, but images are allowed by their names"
        remedy = f"Put {'/'.join((local_registry, rest)).rstrip('/')} into image_repositories in config.toml."
        return ReadinessCheck("registry", holds=False, found=found, remedy=remedy)
    fault = _fault_of_registry(host)
    if fault:
        remedy = "Correct `image_repositories` in config.toml, or start it; no job runs until then."
        return ReadinessCheck("registry", holds=False, found=plain_line(fault), remedy=remedy)
    return ReadinessCheck("registry", holds=True, found=repository)


def no_registry() -> ReadinessCheck:
    """Return the check of a provider that may run no image at all."""
    remedy = "Name one in image_repositories in config.toml; all jobs are declined until then."
    return ReadinessCheck("registry", holds=False, found="none is allowed", remedy=remedy)


def _fault_of_registry(host: str) -> str:
    scheme = "http" if host.partition(":")[0] in _LOOPBACK_NAMES else "https"
    address = f"{scheme}://{_HUB_ADDRESS if host == _HUB else host}/v2/"
    try:
        status = requests.get(address, timeout=ASK_SECONDS).status_code
    except requests.RequestException:
        return f"{host} does not answer"
    # A registry that wants a log-in answers too.
    wants_log_in = status == requests.codes.unauthorized
    return "" if status == requests.codes.ok or wants_log_in else f"{host} is no registry: HTTP {status}"


def _is_same_place(one: str, other: str) -> bool:
    (one_name, _, one_port), (other_name, _, other_port) = one.partition(":"), other.partition(":")
    return one_port == other_port and one_name in _LOOPBACK_NAMES and other_name in _LOOPBACK_NAMES
