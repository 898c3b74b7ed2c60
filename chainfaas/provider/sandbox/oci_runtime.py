"""The programs that an engine starts containers with."""

from __future__ import annotations

from docker import APIClient

from chainfaas.provider.errors import EngineMissingError
from chainfaas.provider.sandbox.container_config import SandboxKind, load_seccomp_profile
from chainfaas.provider.sandbox.engine_faults import engine_faults
from chainfaas.provider.sandbox.init_program import locate_init_program


def sandbox_kind(client: APIClient, runtime: str) -> SandboxKind:
    """Return what the sandboxes of one engine share.

    Args:
        client: The engine.
        runtime: The runtime that it is to use, by the name that it knows it by.

    Raises:
        EngineMissingError: the engine knows no such runtime.
        EngineFailedError: the engine does not answer.
        ConfigurationError: process 1 is not there for its processor, or damaged.
    """
    with engine_faults("say what it can do"):
        facts = client.info()
    if runtime not in facts["Runtimes"]:
        raise EngineMissingError(
            f"The engine knows no runtime {runtime}, only {', '.join(sorted(facts['Runtimes']))}.",
            remedy="Install it and name it in the engine's daemon.json, or use another one.",
        )
    return SandboxKind(locate_init_program(str(facts["Architecture"])), load_seccomp_profile(), runtime)
