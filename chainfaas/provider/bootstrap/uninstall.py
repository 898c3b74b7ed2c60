"""Taking a provider off this machine: first what that would remove, then its removal."""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chainfaas.chain.deployments import read_deployments
from chainfaas.domain.errors import ChainFaaSError, ConfigurationError, ConflictError, InvalidInputError
from chainfaas.provider.bootstrap.provider_folder import read_config
from chainfaas.provider.bootstrap.provider_status import running_daemon
from chainfaas.provider.earnings.earnings_sums import Earnings, read_earnings
from chainfaas.provider.engine.find_engine import Engine, connect_engine, find_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.journal.journal_file import FILE_NAME as JOURNAL_NAME
from chainfaas.provider.journal.journal_file import read_journal
from chainfaas.provider.sandbox.containers import list_strangers
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.removal import Remover
from chainfaas.provider.sandbox_kit import BOOT_BYTES
from chainfaas.provider.settings import load_provider_settings

if TYPE_CHECKING:
    from docker import APIClient

    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.provider.settings import ProviderSettings

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*", re.ASCII)


@dataclass(frozen=True)
class Removal:
    """What is removed with a provider.

    Attributes:
        folder: Its folder, with the operator's key and the journal.
        files: How many files are in it.
        size_bytes: How long they are together.
        containers: Names of its containers.
        engine: Where they are; none if no engine runs.
        earnings: What its journal says; none if it was never started.
        log: The daemon's log; none if there is none.
    """

    folder: Path
    files: int
    size_bytes: int
    containers: tuple[str, ...]
    engine: Engine | None
    earnings: Earnings | None
    log: Path | None

    @property
    def forgets_earnings(self) -> bool:
        """Whether work would never be paid whose only proof is the journal."""
        return self.earnings is not None and not self.earnings.is_all_paid

    def document(self) -> dict[str, object]:
        """Return the removal as JSON."""
        return {
            "folder": str(self.folder),
            "files": self.files,
            "bytes": self.size_bytes,
            "containers": list(self.containers),
            "log": None if self.log is None else str(self.log),
            "forgetsEarnings": self.forgets_earnings,
        }


def plan_removal(home: StateFolder, name: str, environment: Mapping[str, str]) -> Removal:
    """Look what belongs to a provider; nothing is changed, and no engine is started.

    Args:
        home: The state folder.
        name: The provider's name.
        environment: The process's environment variables; ``DOCKER_HOST`` names an engine.

    Raises:
        InvalidInputError: The name is a path.
        ConfigurationError: There is no such provider, or its settings do not fit.
        ConflictError: Its daemon runs.
        EngineFailedError: The engine did not say which containers there are.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError(f"{name!r} is no provider's name.", remedy="Give the name alone, not a path.")
    folder = home.providers / name
    config = read_config(folder)
    if (daemon := running_daemon(folder)) is not None:
        raise ConflictError(
            f"The provider {name} runs as process {daemon.pid}.",
            remedy=f"Call: chainfaas provider drain {name}",
        )
    engine: Engine | None = None
    containers: tuple[str, ...] = ()
    if "provider_id" in config:
        engine, containers = _containers(home, load_provider_settings(folder), environment)
    files = [file for file in folder.rglob("*") if file.is_file() and not file.is_symlink()]
    log = home.logs / f"provider-{name}.log"
    return Removal(
        folder=folder,
        files=len(files),
        size_bytes=sum(file.stat().st_size for file in files),
        containers=containers,
        engine=engine,
        earnings=_earnings(folder),
        log=log if log.is_file() else None,
    )


def remove_provider(removal: Removal, *, forget_unclaimed: bool) -> None:
    """Remove a provider's containers, its folder and its log.

    Args:
        removal: What to remove, as `plan_removal` found it.
        forget_unclaimed: Whether work that was not paid may be forgotten.

    Raises:
        ConflictError: Work was not paid, and may not be forgotten.
        ConfigurationError: A file cannot be removed.
        EngineMissingError: The engine does not answer any more.
    """
    if removal.forgets_earnings and not forget_unclaimed:
        raise ConflictError(
            f"The journal in {removal.folder} is the only proof of work that was not paid yet.",
            remedy="Start the provider until `status` shows all paid, or give it up with --forget-unclaimed.",
        )
    if removal.containers and removal.engine is not None:
        _remove_containers(connect_engine(removal.engine), removal.containers)
    try:
        shutil.rmtree(removal.folder)
        if removal.log is not None:
            removal.log.unlink(missing_ok=True)
    except OSError as fault:
        raise ConfigurationError(f"{removal.folder} cannot be removed: {fault}.") from fault


def _containers(
    home: StateFolder, settings: ProviderSettings, environment: Mapping[str, str]
) -> tuple[Engine | None, tuple[str, ...]]:
    try:
        deployments = read_deployments(settings.deployments)
    except ChainFaaSError:
        return None, ()  # the network is gone, and its provider with it
    engine = _engine(home, settings, environment)
    if engine is None:
        return None, ()
    client = connect_engine(engine)
    try:
        owner = Owner(deployments.genesis_hash, settings.own_id, secrets.token_hex(BOOT_BYTES))
        return engine, tuple(list_strangers(client, owner))
    finally:
        client.close()


def _engine(home: StateFolder, settings: ProviderSettings, environment: Mapping[str, str]) -> Engine | None:
    if settings.docker_socket:
        return Engine(f"unix://{settings.docker_socket}", is_ours=False)
    return OwnEngine(home).running() or find_engine(environment)


def _remove_containers(client: APIClient, containers: tuple[str, ...]) -> None:
    remover = Remover(client)
    try:
        for container in containers:
            remover.remove(container)
    finally:
        remover.close()
        client.close()


def _earnings(folder: Path) -> Earnings | None:
    if not (folder / JOURNAL_NAME).is_file():
        return None
    engine = read_journal(folder)
    try:
        return read_earnings(engine)
    finally:
        engine.dispose()
