"""
Names and numbers of the provider.
"""

from typing import Final

DOMAIN: Final = "mass_alexa"

# Keys of the form. They carry the domain, or Music Assistant would show its own text for a key such
# as "site" in place of ours.
KEY_NOTICE: Final = "mass_alexa_notice"
KEY_CONSENT: Final = "mass_alexa_consent"
KEY_SITE: Final = "mass_alexa_site"
KEY_STATUS: Final = "mass_alexa_status"
KEY_SIGN_IN: Final = "mass_alexa_sign_in"
KEY_SIGN_IN_AGAIN: Final = "mass_alexa_sign_in_again"
KEY_TEST: Final = "mass_alexa_test"
KEY_SIGN_OUT: Final = "mass_alexa_sign_out"
KEY_DIAGNOSTICS: Final = "mass_alexa_diagnostics"
KEY_REPORT: Final = "mass_alexa_report"
KEY_WARNING: Final = "mass_alexa_warning"
KEY_NEXT: Final = "mass_alexa_next"
KEY_ACCOUNT: Final = "mass_alexa_account"

DEFAULT_SITE: Final = "amazon.com"

SIGN_IN_PATH: Final = "/mass_alexa/sign-in"
SIGN_IN_SECONDS: Final = 600.0
"""Life of a sign-in page; chosen, time enough to find an authenticator key."""
DONE_PAGE_SECONDS: Final = 20.0
"""How long the page stays after it succeeded, so that the browser can show it; chosen."""

STAGE_SECONDS: Final = 0.5
"""Between two looks at how far a sign-in is, while somebody watches it; chosen."""

POLL_PLAYING: Final = 10
"""Seconds between two readings of the state while something plays; chosen."""
POLL_IDLE: Final = 30
"""The same while nothing plays; chosen."""
CONFIRM_SECONDS: Final = 1.5
"""From a command to the reading that confirms it; chosen, Echo devices take about a second."""
DEVICES_SECONDS: Final = 300
"""Between two readings of the device list; chosen."""
MISSING_SECONDS: Final = 30
"""Until the list is read again because a device was not in it; chosen."""
FRESH_SECONDS: Final = 5.0
"""A device list younger than this is not asked for again; chosen."""
FAILED_READINGS: Final = 3
"""Readings of the state that fail in a row until the players count as unavailable; chosen."""
SIGN_OUT_SECONDS: Final = 30.0
"""Time a sign-out gets when the provider is removed; chosen."""
