"""What can go wrong on a provider's machine, below the domain's branches.

::

    ConfigurationError
    ├── EngineMissingError          no container engine answers, and none of ours can be started
    ├── EngineFailedError           the engine refused or broke off what was asked of it
    └── SandboxLimitsError          the engine does not enforce what was asked of it
    NotFoundError
    └── ImageMissingError           the image is not at hand, or its registry does not have it
    InvalidInputError
    └── ImageRefusedError           the image is not one that this provider runs
    InternalError
    ├── SandboxLostError            a sandbox ended without an answer
    ├── SandboxProtocolError        process 1 of a sandbox does not speak as it should
    └── SandboxSpentError           a sandbox was given more calls than it serves

All of these mean status 8, INFRASTRUCTURE, for the job at hand: nothing was the function's fault.
"""

from __future__ import annotations

from chainfaas.domain.errors import ConfigurationError, InternalError, InvalidInputError, NotFoundError


class EngineMissingError(ConfigurationError):
    """There is no container engine."""

    code = "engine-missing"
    default_remedy = "Install Docker and start it, or run as root on Debian with docker.io installed."


class EngineFailedError(ConfigurationError):
    """The container engine could not do what was asked of it."""

    code = "engine-failed"
    default_remedy = "Look into the engine's log, then try again."


class SandboxLimitsError(ConfigurationError):
    """The container engine does not enforce the limits that were asked for."""

    code = "sandbox-limits"
    default_remedy = "Use an engine and a kernel with memory, swap, CPU and pids control groups."


class ImageMissingError(NotFoundError):
    """The image is not on this machine and could not be fetched."""

    code = "image-missing"
    default_remedy = "Check that the manifest's repository serves this digest."


class ImageRefusedError(InvalidInputError):
    """The image is not one that this provider runs."""

    code = "image-refused"
    default_remedy = "Publish a version with an image that keeps to docs/reference/sandbox.md."


class SandboxLostError(InternalError):
    """A sandbox ended without an answer."""

    code = "sandbox-lost"
    default_remedy = "Try the job on another provider; the engine's log says what ended the container."


class SandboxProtocolError(InternalError):
    """Process 1 of a sandbox does not speak as it should."""

    code = "sandbox-protocol"
    default_remedy = "Try the job on another provider, and look at what its image does."


class SandboxSpentError(InternalError):
    """A sandbox was given a call although it serves none any more."""

    code = "sandbox-spent"
    default_remedy = "Prepare a fresh sandbox for the call."
