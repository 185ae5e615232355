"""What all generators share: chance that is made again from a name."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Pick(random.Random):
    """The same choices for the same name, on any machine."""

    def one(self, things: Sequence[T]) -> T:
        """Any of them."""
        return self.choice(things)

    def chance(self, of: float) -> bool:
        """True so often."""
        return self.random() < of

    def weighted(self, things: Sequence[tuple[float, T]]) -> T:
        """By weight."""
        return self.choices([thing for _, thing in things], [weight for weight, _ in things])[0]
