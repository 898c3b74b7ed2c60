"""Which provider is meant."""

from __future__ import annotations

from typing import Annotated

import typer

ProviderName = Annotated[str, typer.Argument(help="Name of the provider's folder below providers/.")]
