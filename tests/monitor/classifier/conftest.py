"""One classifier for all tests: loading is cheap, but not free."""

import pytest

from monitor.classifier import load
from monitor.classifier.classifier import Classifier


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return load(threads=1)
