"""Modules that load when they are first used, so that help does not wait for what it does not need.

This is the only place that loads lazily. A command's file names what it needs twice::

    if TYPE_CHECKING:
        from chainfaas.chain.node import local_network
    else:
        local_network = lazy_module("chainfaas.chain.node.local_network")
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def lazy_module(name: str) -> ModuleType:
    """Return a module whose code runs at the first look at one of its names.

    Args:
        name: Its full name.

    Raises:
        ModuleNotFoundError: There is no such module.
    """
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
