"""What a controller may be told, each with its default; see docs/guides/controller.md.

A value comes from an argument, else the environment (``CHAINFAAS_CONTROLLER_…``), else ``controller.toml`` in
the state folder, else the default here.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from chainfaas.domain.errors import ConfigurationError

ENVIRONMENT_PREFIX = "CHAINFAAS_CONTROLLER_"
FILE_NAME = "controller.toml"

Seconds = Annotated[float, Field(gt=0)]


class Policy(StrEnum):
    """What a scheduler prefers among the providers that can run a job."""

    BALANCED = "balanced"
    """A bit of everything: warm, reliable, unladen, cheap."""
    CHEAPEST = "cheapest"
    """Price above all."""
    FASTEST = "fastest"
    """A warm sandbox above all."""
    RANDOM = "random"
    """Any of them, all alike."""


class ControllerSettings(BaseSettings):
    """Settings of one controller."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True)

    host: Annotated[str, Field(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="Port to listen on.")] = 8080
    public_url: Annotated[
        str | None,
        Field(
            description="URL under which others reach it, which log-in messages name. Default: host and port."
        ),
    ] = None
    threads: Annotated[
        int,
        Field(
            ge=8, le=2000, description="Requests served at once; each waiting provider and caller holds one."
        ),
    ] = 128
    rpc: Annotated[
        str | None, Field(description="Node: http(s) URL or socket. Default: the local network's node 1.")
    ] = None
    block_period_seconds: Annotated[
        int | None,
        Field(ge=0, description="Time between blocks, 0 on demand. Default: the local network's, else 1."),
    ] = None
    controller_id: Annotated[int, Field(ge=1, le=32_767, description="Number of this controller.")] = 1
    keystore: Annotated[
        Path | None,
        Field(description="Key of the controller, keystore v3. Default: keys/controller-<id>.json."),
    ] = None
    keystore_password: Annotated[
        Path | None, Field(description="File with its password. Default: keys/controller-<id>.password.")
    ] = None
    faucet_keystore: Annotated[
        Path | None, Field(description="Key that the faucet pays from; without it no faucet.")
    ] = None
    faucet_keystore_password: Annotated[Path | None, Field(description="File with its password.")] = None
    faucet_coin_wei: Annotated[
        int, Field(ge=0, description="Coin that one grant gives, in wei: a thousand transactions' worth.")
    ] = 10**18
    faucet_tokens: Annotated[
        int, Field(ge=0, description="Whole tokens that one grant gives, on networks marked dev.")
    ] = 1_000
    faucet_interval_seconds: Annotated[
        int, Field(ge=1, description="How long an account waits for its next grant.")
    ] = 3_600
    faucet_grants_an_hour: Annotated[int, Field(ge=1, description="Grants to all accounts together.")] = 100
    database: Annotated[
        str | None, Field(description="SQLite file. Default: chainfaas.sqlite3 in the state folder.")
    ] = None
    policy: Annotated[Policy, Field(description="What the scheduler prefers.")] = Policy.BALANCED
    lease_seconds: Annotated[
        float, Field(ge=0.5, le=600, description="How long a provider keeps a job without being heard.")
    ] = 10.0
    idle_wait_seconds: Annotated[
        float, Field(gt=0, le=60, description="How long a poll of an idle provider waits.")
    ] = 25.0
    presence_seconds: Annotated[
        Seconds, Field(description="How long a provider counts as present after it was last heard.")
    ] = 3.0
    absence_seconds: Annotated[
        Seconds,
        Field(description="How long calls wait for a provider that fell silent before they give it up."),
    ] = 30.0
    queue_seconds: Annotated[
        Seconds, Field(description="How long a call waits for a provider before it is answered with 503.")
    ] = 30.0
    answer_wait_seconds: Annotated[
        Seconds,
        Field(description="How long a caller waits unless it says otherwise."),
    ] = 60.0
    max_attempts: Annotated[
        int, Field(ge=1, le=20, description="Providers that a call is tried on at most.")
    ] = 4
    fast_timeout_ms: Annotated[
        int, Field(ge=0, description="Functions with a time-out up to this take the fast path.")
    ] = 10_000
    open_age_seconds: Annotated[
        int | None,
        Field(
            ge=1,
            description="Age (F) at which what is not on the chain is opened. Default: the network's.",
        ),
    ] = None
    slack_seconds: Annotated[
        int,
        Field(ge=1, le=600, description="Time that a batch's deadline leaves for its way to the chain."),
    ] = 30
    session_seconds: Annotated[int, Field(ge=60, description="How long a log-in is good.")] = 3_600
    login_seconds: Annotated[int, Field(ge=10, description="How long a log-in challenge is good.")] = 300
    rpc_log_blocks: Annotated[
        int, Field(ge=1, description="Blocks that one log query through /rpc spans.")
    ] = 2_000
    tick_seconds: Annotated[Seconds, Field(description="Pace of the safety net behind events.")] = 1.0

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the file."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @property
    def local_url(self) -> str:
        """The URL under which this machine reaches it, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL under which others reach it, without a slash at the end."""
        return (self.public_url or self.local_url).rstrip("/")


def load_settings(folder: Path, **given: object) -> ControllerSettings:
    """Read the settings of a controller.

    Args:
        folder: Its state folder.
        given: Values that win over all others; ``None`` gives nothing.

    Returns:
        The settings.

    Raises:
        ConfigurationError: A value is not valid, or a name is unknown.
    """

    class WithFile(ControllerSettings):
        model_config = SettingsConfigDict(
            env_prefix=ENVIRONMENT_PREFIX, extra="forbid", frozen=True, toml_file=folder / FILE_NAME
        )

    chosen = {name: value for name, value in given.items() if value is not None}
    try:
        return WithFile(**chosen)  # type: ignore[arg-type]
    except ValidationError as fault:
        first = fault.errors()[0]
        name = ".".join(str(each) for each in first["loc"])
        raise ConfigurationError(
            f"The controller's setting {name} is not valid: {first['msg']}.",
            remedy=f"Correct it in {folder / FILE_NAME}, or in {ENVIRONMENT_PREFIX}{name.upper()}.",
        ) from fault
