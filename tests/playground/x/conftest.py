"""A small X with a brand and two customers, served on loopback."""

from collections.abc import Iterator

import pytest

from playground.serving import Served, serve
from playground.story import Person
from playground.x import XNetwork, x_app

BRAND = Person("brand", "larkline", "Larkline", 900, "111", None, True, "en", "company")
ANN = Person("ann", "ann_fell", "Ann", 12, "222", None, False, "en")
BOB = Person("bob", "bob_quay", "Bob", 3, "333", None, False, "en")


@pytest.fixture
def state() -> XNetwork:
    return XNetwork(BRAND, (ANN, BOB))


@pytest.fixture
def served(state: XNetwork) -> Iterator[Served]:
    served = serve(x_app(state))
    yield served
    served.stop()
