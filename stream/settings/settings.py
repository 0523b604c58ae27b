"""All settings in one frozen object; load with `load`."""

from __future__ import annotations

from pathlib import Path
from typing import Self, get_args

from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from stream.errors import SettingsError
from stream.settings import sources
from stream.settings.commands import INGEST_TABLES, IngestPart, NotifySettings, PageSettings, SchemaRegistrySettings
from stream.settings.rules import TABLES
from stream.settings.topics import TopicSettings
from stream.settings.worker import DetectorSettings, WorkerSettings


class Settings(
    PageSettings,
    NotifySettings,
    SchemaRegistrySettings,
    IngestPart,
    WorkerSettings,
    DetectorSettings,
    TopicSettings,
    BaseSettings,
):
    """All settings, checked.

    Each can be given as flag, as STREAMGAUGE_* variable or in a TOML file, in that order.

    Made directly, it reads nothing but its arguments; `load` reads the environment and the file.
    """

    model_config = SettingsConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Use arguments alone: `load` brings the other sources."""
        return (init_settings,)

    @classmethod
    def load(cls, config: Path | None = None, **flags: object) -> Self:
        """Load flags over environment over file over defaults.

        Raises
        ------
        SettingsError
            If a value is wrong, a name unknown or a combination refused; one line each, never with a password.
        """
        layers = (sources.from_flags(flags), sources.from_environment(cls), sources.from_file(config, cls))
        values = {field: value for layer in reversed(layers) for field, value in layer.values.items()}
        try:
            return cls.model_validate(values)
        except ValidationError as errors:
            # Chained, the original error would show the values again, the password among them.
            tables = TABLES | INGEST_TABLES
            raise SettingsError(sources.explain(errors, layers, secrets=_secrets(cls), tables=tables)) from None


def _secrets(settings: type[BaseSettings]) -> set[str]:
    """Return the settings whose value is never shown."""
    return {name for name, field in settings.model_fields.items() if SecretStr in get_args(field.annotation)}
