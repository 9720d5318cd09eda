from datetime import datetime

import pytest
from sqlalchemy import Engine

from tests.recovery.world import Desk


@pytest.fixture
def desk_world(engine: Engine, now: datetime) -> Desk:
    return Desk(engine, now)
