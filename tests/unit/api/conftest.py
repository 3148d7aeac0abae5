import pytest

from renown.api import Store
from tests.meadow import make_store


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store that tests only read."""
    return make_store(tmp_path_factory.mktemp("meadow"))
