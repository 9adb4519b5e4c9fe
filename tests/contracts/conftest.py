import pytest

from tests.contracts.scene import Scene


@pytest.fixture
def scene():
    return Scene()
