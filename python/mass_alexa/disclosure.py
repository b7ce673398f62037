"""
What of a session may be posted in public.
"""

OPEN_STATUS = (
    "signed_in",
    "site",
    "key_source",
    "enrolled_at",
    "access_token_expires_at",
    "cookies_at",
    "clock_skew",
    "ends_at",
)
"""Fields of a session's status that identify neither the account nor the machine."""
