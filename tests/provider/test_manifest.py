"""
The folder that Music Assistant loads, and what its form may hold.
"""

from pathlib import Path
from types import SimpleNamespace

import mass_alexa
import pytest
from house import House
from mass_alexa import sites
from mass_alexa.provider import compat, constants, player_compat
from music_assistant.controllers.webserver.helpers import auth_middleware
from music_assistant_models.enums import ConfigEntryType, PlayerType, ProviderType
from music_assistant_models.provider import ProviderManifest

CHECKOUT = Path(__file__).parents[2]
FOLDER = Path(mass_alexa.__file__).parent / "provider"


async def test_the_manifest_is_what_music_assistant_expects() -> None:
    manifest = await ProviderManifest.parse(str(FOLDER / "manifest.json"))
    assert manifest.type is ProviderType.PLAYER
    assert manifest.domain == constants.DOMAIN
    assert manifest.name == "Amazon Alexa"
    assert manifest.requirements == []
    assert manifest.multi_instance
    assert not manifest.builtin
    assert "cannot be sent to them yet" in manifest.description


def test_there_is_one_manifest() -> None:
    root = (CHECKOUT / "manifest.json").read_text(encoding="utf-8")
    assert (FOLDER / "manifest.json").read_text(encoding="utf-8") == root


def test_the_icon_is_small() -> None:
    icon = (FOLDER / "icon.svg").read_text(encoding="utf-8")
    assert icon.startswith("<svg")
    assert len(icon) <= 5 * 1024


async def test_the_form_holds_no_secret_and_is_complete(house: House) -> None:
    for instance_id, account in ((None, ""), (None, "a" * 16), ("mass_alexa--x", "a" * 16)):
        form = await house.form(values={constants.KEY_ACCOUNT: account}, instance_id=instance_id)
        types = {entry.type for entry in form.values()}
        assert ConfigEntryType.SECURE_STRING not in types
        visible = [entry for entry in form.values() if not entry.hidden]
        assert all(entry.label for entry in visible)
        ours = [key for key in form if key != "log_level"]
        assert all(key.startswith("mass_alexa_") for key in ours)
        buttons = [e for e in form.values() if e.type == ConfigEntryType.ACTION]
        assert all(entry.action == entry.key and entry.description for entry in buttons)
    offered = [option.value for option in form[constants.KEY_SITE].options]
    assert offered == sites()
    assert form[constants.KEY_ACCOUNT].hidden


async def test_buttons_come_when_they_are_of_use(house: House) -> None:
    def buttons(form: dict[str, object]) -> list[str]:
        return [
            key
            for key in form
            if key
            in {
                constants.KEY_SIGN_IN,
                constants.KEY_SIGN_IN_AGAIN,
                constants.KEY_TEST,
                constants.KEY_SIGN_OUT,
            }
        ]

    assert buttons(dict(await house.form())) == [constants.KEY_SIGN_IN]
    values = {constants.KEY_ACCOUNT: "a" * 16}
    assert buttons(dict(await house.form(values=values))) == [
        constants.KEY_SIGN_IN_AGAIN,
        constants.KEY_SIGN_OUT,
    ]
    assert buttons(dict(await house.form(values=values, instance_id="mass_alexa--x"))) == [
        constants.KEY_TEST,
        constants.KEY_SIGN_IN_AGAIN,
        constants.KEY_SIGN_OUT,
    ]


def test_what_a_version_does_not_know_is_left_out() -> None:
    entry = compat.entry(key="k", type=ConfigEntryType.STRING, label="L", of_a_later_version=True)
    assert entry.label == "L"
    assert player_compat.media(uri="alexa://x", of_a_later_version=True).uri == "alexa://x"
    assert player_compat.player_type("OF_A_LATER_VERSION") is PlayerType.PLAYER
    assert player_compat.player_type("GROUP") is PlayerType.GROUP
    assert player_compat.player_features(["OF_A_LATER_VERSION"]) == set()
    assert compat.option("Title", "value").title == "Title"


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (None, None),
        (SimpleNamespace(role="admin"), None),
        (SimpleNamespace(role=SimpleNamespace(value="admin")), None),
        (SimpleNamespace(role="user"), compat.ADMIN_ONLY),
        (SimpleNamespace(role="guest"), compat.ADMIN_ONLY),
        (SimpleNamespace(scopes=["players"]), compat.ADMIN_ONLY),
    ],
)
def test_who_may_press_buttons(user: object, said: str | None) -> None:
    before = auth_middleware.current_user.set(user)
    try:
        assert compat.refusal() == said
    finally:
        auth_middleware.current_user.reset(before)


def test_nobody_presses_buttons_where_the_user_cannot_be_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compat, "_USER_MODULE", "music_assistant.of_a_later_version")
    assert compat.refusal() == compat.UNKNOWN_USER
    monkeypatch.setattr(compat, "_USER_MODULE", "music_assistant.constants")
    assert compat.refusal() == compat.UNKNOWN_USER
