"""Everything that a provider daemon can be told: flag, environment, ``config.toml`` in its folder, default.

The first place that names a setting wins. In the environment a setting is called ``CHAINFAAS_PROVIDER_`` and
its name in upper case; lists are separated by commas there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, TypeAdapter, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from chainfaas.domain.amounts import TokenAmount, parse_tokens
from chainfaas.domain.errors import ConfigurationError, InvalidAmountError, InvalidInputError
from chainfaas.domain.identifiers import Address, ProviderId

CONFIG_FILE_NAME = "config.toml"
ENVIRONMENT_PREFIX = "CHAINFAAS_PROVIDER_"

_SPAN = re.compile(r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", re.ASCII)
_HTTP_URL = TypeAdapter(HttpUrl)


def _listed(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def _http_url(value: str) -> str:
    _HTTP_URL.validate_python(value)
    return value.rstrip("/")


def _address(value: str) -> str:
    try:
        return str(Address.parse(value))
    except InvalidInputError as fault:
        raise ValueError(str(fault)) from fault


def _span(value: str) -> str:
    # Two times of day; what they mean is read by the schedule.
    if not _SPAN.fullmatch(value) or len(set(value.split("-"))) == 1:
        raise ValueError("write it as 22:00-06:00")
    return value


def _tokens(value: object) -> object:
    if isinstance(value, str | int | Decimal) and not isinstance(value, bool):
        try:
            return parse_tokens(str(value))
        except InvalidAmountError as fault:
            raise ValueError(str(fault)) from fault
    raise ValueError('an amount of tokens is written as text, such as "1.5"')


_List = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
_Urls = Annotated[tuple[Annotated[str, AfterValidator(_http_url)], ...], NoDecode, BeforeValidator(_listed)]
_Addresses = Annotated[
    tuple[Annotated[str, AfterValidator(_address)], ...], NoDecode, BeforeValidator(_listed)
]
_Spans = Annotated[tuple[Annotated[str, AfterValidator(_span)], ...], NoDecode, BeforeValidator(_listed)]
_Tokens = Annotated[int, BeforeValidator(_tokens)]


class ProviderSettings(BaseSettings):
    """One provider's settings."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True
    )

    provider_id: int = Field(ge=1, lt=2**32, description="Number that the registry gave this provider.")
    controllers: _Urls = Field(min_length=1, description="Base URLs of the controllers to work for.")
    rpc: str = Field(
        min_length=1, description="The provider's own node: an http(s) URL or the path of its IPC socket."
    )
    deployments: Path = Field(description="File that says where the network's contracts are.")
    keystore: Path = Field(
        default=Path("operator.json"),
        description="Keystore (version 3) of the operator's hot key; relative to the provider's folder.",
    )
    password_file: Path = Field(
        default=Path("operator.password"),
        description="File whose first line is the keystore's password; relative to the provider's folder.",
    )
    jobs: int = Field(default=4, ge=1, le=256, description="Jobs that may run at once.")
    memory_mib: int = Field(default=1_024, ge=32, description="Memory for all running jobs, in MiB.")
    cpu_millis: int = Field(
        default=2_000, ge=100, description="Processor time for all running jobs, in thousandths of a core."
    )
    job_cpu_millis: int = Field(
        default=1_000, ge=50, description="Processor time that one job may use, in thousandths of a core."
    )
    prestarted: int = Field(
        default=4,
        ge=0,
        le=64,
        description="Sandboxes that may stand ready for calls, in memory that no job uses; 0 for none.",
    )
    exposure_tokens: _Tokens = Field(
        default=10 * 10**18,
        validate_default=False,
        description="Most that one controller may owe for work that the chain has not paid yet, in tokens.",
    )
    image_repositories: _List = Field(
        default=(),
        description="Registries, or repositories below which images may be fetched; nothing else is run.",
    )
    images_denied: _List = Field(
        default=(),
        description="Repositories below which no image is run, and digests of images that are not.",
    )
    owners_allowed: _Addresses = Field(
        default=(), description="Developers whose functions alone are run; everybody's if there are none."
    )
    owners_denied: _Addresses = Field(default=(), description="Developers whose functions are not run.")
    hours: _Spans = Field(
        default=(), description="When jobs are taken, in local time, such as 22:00-06:00; always if empty."
    )
    accept_hook: Path | None = Field(
        default=None, description="Program that says of each job whether it may run; exit code 0 means yes."
    )
    accept_hook_ms: int = Field(
        default=1_000, ge=10, le=60_000, description="How long that may take; then it means no."
    )
    docker_socket: str = Field(
        default="",
        description="The container engine's socket; where none is given, one that answers, else our own.",
    )
    sandbox_runtime: Literal["runc", "runsc"] = Field(
        default="runc",
        description="The engine's runtime: runc, or runsc for gVisor, which the engine must know.",
    )
    block_period_seconds: float = Field(
        default=1.0, ge=0, le=600, description="Seconds between blocks; 0 where they are sealed on demand."
    )
    claim_lead_ms: int = Field(
        default=150, ge=0, le=10_000, description="How long before the next block is due claims are sent."
    )
    claims_in_flight: int = Field(
        default=3, ge=1, le=16, description="Claims that may wait for a block at once."
    )
    finality_blocks: int = Field(
        default=2, ge=1, le=1_000, description="Blocks above a payment from which on it stays."
    )
    drain_seconds: int = Field(
        default=60, ge=0, le=3_600, description="How long a stop waits for running jobs and open reports."
    )
    metrics_port: int = Field(
        default=0,
        ge=0,
        lt=65_536,
        description="Port of this machine's loopback for metrics in Prometheus' form; 0 for none.",
    )

    @property
    def own_id(self) -> ProviderId:
        """The provider's number."""
        return ProviderId(self.provider_id)

    @property
    def exposure_limit(self) -> TokenAmount:
        """Most that one controller may owe, in base units."""
        return TokenAmount(self.exposure_tokens)

    def allows_repository(self, repository: str) -> bool:
        """Whether images of this repository may be run."""
        if any(_is_below(repository, denied) for denied in self.images_denied):
            return False
        return any(_is_below(repository, allowed) for allowed in self.image_repositories)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Look at flags, environment and the configuration file, in this order."""
        del dotenv_settings, file_secret_settings
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls))


def load_provider_settings(folder: Path, flags: Mapping[str, Any] | None = None) -> ProviderSettings:
    """Read a provider's settings.

    Args:
        folder: The provider's folder, with its ``config.toml``.
        flags: What the command line says, by setting; those that are None count as absent.

    Raises:
        ConfigurationError: A setting is missing, unknown or not valid, or the file is no TOML.
    """

    class LocatedSettings(ProviderSettings):
        model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(toml_file=folder / CONFIG_FILE_NAME)

    given = {name: value for name, value in (flags or {}).items() if value is not None}
    try:
        return LocatedSettings(**given)
    except ValidationError as fault:
        raise ConfigurationError(
            f"The settings of the provider in {folder} do not fit: {_reasons(fault)}.",
            remedy=f"Correct {folder / CONFIG_FILE_NAME}, {ENVIRONMENT_PREFIX}… or the command line.",
        ) from fault
    except ValueError as fault:
        raise ConfigurationError(f"{folder / CONFIG_FILE_NAME} cannot be read: {fault}.") from fault


def _reasons(fault: ValidationError) -> str:
    # The value itself is left out: somebody may have put a password in the wrong place.
    return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in fault.errors())


def _is_below(repository: str, allowed: str) -> bool:
    return repository == allowed or repository.startswith(f"{allowed.rstrip('/')}/")
