import asyncio
import inspect
import subprocess
import sys
import tomllib

import mass_alexa
import pytest
from mass_alexa import Account, _native
from world import CHECKOUT


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert not done.stderr
    return done.stdout


def test_the_import_brings_no_command_line_along() -> None:
    loaded = run("import sys, mass_alexa; print(*sys.modules)").split()
    assert "mass_alexa._native" in loaded
    assert not {"typer", "rich", "mass_alexa.cli", "mass_alexa.provider"} & set(loaded)


def test_the_command_says_what_it_needs_where_typer_is_missing() -> None:
    hidden = (
        "import sys; sys.modules['typer'] = None; sys.modules['mass_alexa.cli.app'] = None\n"
        "import importlib.util; real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'typer' else real(name, *a)\n"
        "from mass_alexa.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", hidden], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "The command needs typer and rich, which are not installed. "
        "Install them with: pip install 'mass-alexa[cli]'\n"
    )
    assert not done.stdout


def test_one_version() -> None:
    workspace = tomllib.loads((CHECKOUT / "Cargo.toml").read_text(encoding="utf-8"))
    assert mass_alexa.__version__ == workspace["workspace"]["package"]["version"]


def test_the_wrapper_has_every_method_of_the_binding() -> None:
    native = {name for name in vars(_native.Account) if not name.startswith("_")}
    ours = {name for name in dir(Account) if not name.startswith("_")}
    # `native` is for the modules of the package that hand the account to the binding.
    assert ours == native | {"enrol", "native", "sign_in_by_link"}
    assert all(inspect.getdoc(getattr(Account, name)) for name in ours)


def test_codes_are_those_of_the_standard() -> None:
    # RFC 6238, appendix B, SHA-1: the last six of the eight digits.
    seed = "GEZD GNBV-gy3t qojq GEZD GNBV GY3T QOJQ"
    for at, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        shown, left = mass_alexa.totp(seed, at)
        assert shown == code
        assert left == pytest.approx(30 - at % 30)


def test_a_bad_seed_and_a_bad_site_are_refused_without_repeating_the_seed() -> None:
    with pytest.raises(ValueError, match="seed") as caught:
        mass_alexa.totp("0189 not base32")
    assert "0189" not in str(caught.value)
    with pytest.raises(ValueError, match=r"example\.org"):
        mass_alexa.normalise_site("example.org")


def test_sites_are_read_as_people_write_them() -> None:
    assert {"amazon.com", "amazon.de", "amazon.co.uk"} <= set(mass_alexa.sites())
    for written in ("https://www.Amazon.de/", "amazon.de", "AMAZON.DE", "www.amazon.de"):
        assert mass_alexa.normalise_site(written) == "amazon.de"


def test_settings_that_cannot_work_are_refused() -> None:
    async def use() -> None:
        await Account.open("/nowhere", settings=mass_alexa.Settings(burst=0))

    with pytest.raises(ValueError, match="burst"):
        asyncio.run(use())
