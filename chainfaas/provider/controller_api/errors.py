"""What can go wrong between a provider and a controller.

::

    ChainFaaSError
    ├── ControllerUnreachableError   no answer, or none that is of this protocol; may pass
    ├── ControllerRefusedError       a problem document
    └── ControllerUntrustedError     it cannot prove that it is the controller it claims to be
"""

from __future__ import annotations

from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.wire.problems import Problem


class ControllerUnreachableError(ChainFaaSError):
    """The controller gives no answer that makes sense."""

    code = "controller-unreachable"
    default_remedy = "Check the controller's URL and the network; the provider tries again by itself."


class ControllerRefusedError(ChainFaaSError):
    """The controller refused a request."""

    code = "controller-refused"
    default_remedy = "Read the controller's words; the code names the kind."

    def __init__(self, problem: Problem) -> None:
        """Keep what the controller said.

        Args:
            problem: Its problem document.
        """
        super().__init__(f"The controller refused ({problem.code}): {problem.title} {problem.detail}".strip())
        self.problem = problem


class ControllerUntrustedError(ChainFaaSError):
    """The controller is not who it claims to be, or wants something signed that is not a log-in."""

    code = "controller-untrusted"
    default_remedy = "Check the controller's URL; do not work for it until its key fits the chain's registry."
