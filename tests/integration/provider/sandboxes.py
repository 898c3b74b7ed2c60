"""Sandboxes that run Python functions in the daemon itself, and images that are always there."""

from __future__ import annotations

from chainfaas.chain.deployments import Deployments
from chainfaas.domain.manifests import Image
from chainfaas.provider.sandbox.noop_runtime import Function, NoopRuntime, Said
from chainfaas.provider.sandbox_kit import MakeSandboxes, SandboxKit
from chainfaas.provider.settings import ProviderSettings


class AllImages:
    """Has every image."""

    def fetch(self, image: Image) -> None:
        """Nothing needs to be fetched."""


def noop_sandboxes(function: Function) -> MakeSandboxes:
    """Sandboxes that run a Python function."""

    def make(settings: ProviderSettings, deployments: Deployments) -> SandboxKit:
        del settings, deployments
        return SandboxKit(NoopRuntime(function), AllImages())

    return make


def echo(content: bytes) -> Said:
    """Give the input back."""
    return Said(content, b"echoed\n")
