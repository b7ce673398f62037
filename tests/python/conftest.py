"""
Fixtures: the simulator, an account, the command. All of it logs at trace level for the scan.
"""

import logging
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from mass_alexa import Account
from world import LOGS, Amazon, Command, amazon_of, log_handler

TRACE = 5


def pytest_configure() -> None:
    # Runs side by side, whose logs are scanned together, have them deleted before.
    if not os.environ.get("MASS_ALEXA_KEEP_LOGS"):
        for old in (*LOGS.glob("python-*.log"), *LOGS.glob("secrets-python-*.json")):
            old.unlink(missing_ok=True)
    # No test touches the keyring of whoever runs it.
    os.environ["MASS_ALEXA_KEYRING"] = "off"
    os.environ.pop("MASS_ALEXA_KEY_FILE", None)
    # Whoever is started in the background ignores Ctrl-C, and so would every command under test.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    logger = logging.getLogger("mass_alexa")
    logger.addHandler(log_handler("python"))
    logger.setLevel(TRACE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The scan of the logs comes after everything that logs, also after the tests of the provider.
    items.sort(key=lambda item: item.path.name == "test_zz_canary.py")


@pytest.fixture
def amazon(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Amazon]:
    with amazon_of(request.node.nodeid, tmp_path / "amazon") as simulator:
        yield simulator


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
async def account(amazon: Amazon, store: Path) -> AsyncIterator[Account]:
    who = amazon.account
    account = await Account.enrol(
        store=store,
        email=who["email"],
        password=who["password"],
        otp=who["otp_seed"],
        site=who["home_site"],
        settings=amazon.settings(),
    )
    yield account
    await account.close()


@pytest.fixture
def command(amazon: Amazon, store: Path) -> Iterator[Command]:
    """
    The command at the simulator, nobody signed in.
    """
    command = Command(store, LOGS / f"python-command-{os.getpid()}.log", amazon)
    yield command
    command.end()


@pytest.fixture
async def signed_in(account: Account, command: Command) -> Command:
    """
    The command with a session in its store.
    """
    await account.close()
    return command


@pytest.fixture
def alone(store: Path) -> Iterator[Command]:
    """
    The command without any Amazon.
    """
    command = Command(store, LOGS / f"python-command-{os.getpid()}.log")
    yield command
    command.end()
