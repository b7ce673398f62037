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
# Keys about playing music of the server.
KEY_STREAM: Final = "mass_alexa_stream"
KEY_STREAM_STATUS: Final = "mass_alexa_stream_status"
KEY_PUBLIC_URL: Final = "mass_alexa_public_url"
KEY_SKILL_ID: Final = "mass_alexa_skill_id"
KEY_INVOCATION: Final = "mass_alexa_invocation_name"
KEY_PORT: Final = "mass_alexa_stream_port"
KEY_BIND: Final = "mass_alexa_stream_bind"
KEY_CERTIFICATES: Final = "mass_alexa_certificates"
KEY_PRIVATE_KEY: Final = "mass_alexa_certificate_key"
KEY_PROXIES: Final = "mass_alexa_trusted_proxies"
KEY_CHECK: Final = "mass_alexa_check_streaming"
KEY_CHECK_ON: Final = "mass_alexa_check_on"
# Keys of the settings of a player.
KEY_QUIET: Final = "mass_alexa_respect_do_not_disturb"
KEY_PAIRING: Final = "mass_alexa_skill_device"

DEFAULT_SITE: Final = "amazon.com"
ANNOUNCEMENT: Final = "announcement"
"""Id of an announcement, which belongs to no queue."""
AUTOMATIC: Final = "automatic"
"""Value of a player's setting that leaves it to the gateway which device of the skill it is."""
DEFAULT_INVOCATION: Final = "music assistant"

SIGN_IN_PATH: Final = "/mass_alexa/sign-in"
SIGN_IN_SECONDS: Final = 600.0
"""Life of a sign-in page; chosen, time enough to find an authenticator key."""
DONE_PAGE_SECONDS: Final = 20.0
"""How long the page stays after it succeeded, so that the browser can show it; chosen."""

STAGE_SECONDS: Final = 0.5
"""Between two looks at how far a sign-in is, while somebody watches it; chosen."""

POLL_SECONDS: Final = 60
"""Between two readings of the state where changes do not arrive by themselves; chosen, the core
reads by itself too."""
GATHER_SECONDS: Final = 0.005
"""How long a change waits for others that come with it; chosen."""
GATHER_LONGEST_SECONDS: Final = 0.1
"""How long it waits at most, however many come; chosen."""
WATCH_FIRST_SECONDS: Final = 1.0
"""Until changes are listened to again when that ended; doubles each time. Chosen."""
WATCH_LONGEST_SECONDS: Final = 60.0
"""The longest of these pauses; chosen."""
WATCH_STEADY_SECONDS: Final = 60.0
"""After so long the pauses begin anew; chosen."""
SILENT_SECONDS: Final = 60.0
"""How long Amazon must be silent until the players count as unavailable; chosen."""
SETTLE_SECONDS: Final = 1.0
"""From the answer to a command to showing again what is known; chosen, news of it arrive before."""
VOLUME_PATIENCE_SECONDS: Final = 0.3
"""How long a volume holds up the next one where the server lets them queue; chosen."""
ANNOUNCE_GATHER_SECONDS: Final = 0.1
"""How long an announcement waits for other devices that are to play the same; chosen."""
ANNOUNCE_DELAY_SECONDS: Final = 1.0
"""Until Alexa begins with one; chosen."""
ANNOUNCE_SECONDS: Final = 10.0
"""Length of an announcement that cannot be measured; chosen, as the core does."""
ANNOUNCE_SETTLE_SECONDS: Final = 30.0
"""How long an announcement waits at most for the volume of before to be back; chosen."""
AFTERGLOW_SECONDS: Final = 10.0
"""How long after the end of our music Alexa may still name it; chosen."""
GATEWAY_RETRY_SECONDS: Final = 60.0
"""Until a gateway that could not be started is tried again; chosen."""
TROUBLE_SECONDS: Final = 1.5
"""From a load to telling what has to be put right, which the server forgets at its end; chosen."""
FRESH_SECONDS: Final = 5.0
"""A device list younger than this is not asked for again; chosen."""
OWNER_SECONDS: Final = 120.0
"""After a start: how long a device is left to the provider that had it before; chosen."""
TAKE_OVER_SECONDS: Final = 60.0
"""Until devices of a provider that was unloaded are taken over, unless it is back; chosen."""
WARNING_SECONDS: Final = 3600.0
"""Between two looks whether the session will need its owner soon; chosen."""
SIGN_OUT_SECONDS: Final = 30.0
"""Time a sign-out gets when the provider is removed; chosen."""
