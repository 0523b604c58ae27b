"""A part of the settings, which checks itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Part(BaseModel):
    """Frozen settings that belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    def conflicts(self) -> Iterator[str]:
        """Describe in a sentence each what is right alone and wrong together; a part adds its own."""
        return iter(())

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        sentences = list(self.conflicts())
        if sentences:
            raise ValueError("\n".join(sentences))
        return self
