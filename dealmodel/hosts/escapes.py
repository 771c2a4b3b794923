"""What a function raises inside the engine, which would make an error value of it and go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dealmodel.hosts.engine_values import EngineValue


class Escapes:
    """Holds the first thing that the engine's functions raised, a Ctrl-C among others, until it is raised again."""

    def __init__(self) -> None:
        self._raised: BaseException | None = None

    def watch(self, function: Callable[..., EngineValue]) -> Callable[..., EngineValue]:
        """Return the function for the engine; after an escape no function goes on, so that the evaluation soon ends."""

        def watched(*arguments: EngineValue) -> EngineValue:
            if self._raised is not None:
                raise self._raised
            try:
                return function(*arguments)
            except BaseException as raised:
                self._raised = raised
                raise

        return watched

    def raise_again(self) -> None:
        """Raise what escaped since this was last asked; the values of that evaluation are none."""
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised
