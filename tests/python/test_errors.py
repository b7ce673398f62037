import pickle

import pytest
from mass_alexa import errors

KINDS = {
    "SignInRequired",
    "ChallengeRequired",
    "CredentialsRejected",
    "Throttled",
    "NotControllable",
    "DeviceOffline",
    "NotFound",
    "Forbidden",
    "AmazonUnavailable",
    "Network",
    "Timeout",
    "UnexpectedPage",
    "UnexpectedAnswer",
    "StoreCorrupt",
    "KeyUnavailable",
    "InvalidInput",
    "Closed",
}


def test_one_class_per_kind() -> None:
    assert errors.KINDS.keys() == KINDS
    assert len(set(errors.KINDS.values())) == len(KINDS)
    defined = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.AlexaError)
    }
    assert defined == {errors.AlexaError, *errors.KINDS.values()}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_survives_pickling(kind: str) -> None:
    error = errors.from_native(
        kind, "some-code", "It went wrong.", "Do this.", 429, 12.5, ["outer", "inner"]
    )
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error) is errors.KINDS[kind]
    assert str(copy) == "It went wrong. Do this."
    assert vars(copy) == vars(error)
    assert copy.kind == kind
    assert (copy.code, copy.status, copy.retry_after) == ("some-code", 429, 12.5)
    assert copy.causes == ("outer", "inner")


def test_timeouts_and_bad_input_are_builtins_too() -> None:
    with pytest.raises(TimeoutError):
        raise errors.AlexaTimeout("timeout", "No answer in time.")
    with pytest.raises(ValueError, match="No volume"):
        raise errors.InvalidInputError("bad-volume", "No volume.")


def test_an_error_without_next_step_is_one_sentence() -> None:
    assert str(errors.NotFoundError("no-such-device", "There is none.")) == "There is none."
