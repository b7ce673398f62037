//! The catalogue of message codes: one line per cause, with its kind and the usual next step.
//!
//! A code never changes its meaning. `docs/troubleshooting.md` explains each; a test compares.

use super::ErrorKind;

/// The stable name of a cause, for example `wrong-password`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code {
    id: &'static str,
    kind: ErrorKind,
    next_step: &'static str,
}

impl Code {
    /// The name as shown to people and matched by programs.
    pub const fn id(self) -> &'static str {
        self.id
    }

    /// The kind every error of this code has.
    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    /// What a person usually can do about it.
    pub const fn next_step(self) -> &'static str {
        self.next_step
    }
}

macro_rules! codes {
    ($($name:ident = $id:literal, $kind:ident, $next:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $next)]
            // Some name an address as an example.
            #[allow(rustdoc::bare_urls)]
            pub const $name: Code = Code { id: $id, kind: ErrorKind::$kind, next_step: $next };
        )*

        /// Every code there is.
        pub const ALL: &[Code] = &[$($name),*];
    };
}

codes! {
    NO_SESSION = "no-session", SignInRequired, "Sign in first.";
    SESSION_ENDED = "session-ended", SignInRequired, "Sign in again.";
    CAPTCHA = "captcha", ChallengeRequired,
        "Sign in on Amazon's own page instead: open the link, sign in there and paste the address of the last page.";
    CAPTCHA_WAIT = "captcha-wait", Throttled,
        "Wait, or sign in on Amazon's own page now: open the link, sign in there and paste the address of the last page.";
    PASSKEY = "passkey", ChallengeRequired,
        "Sign in on Amazon's own page instead: open the link, use the passkey there and paste the address of the last page.";
    APPROVAL = "approval", ChallengeRequired,
        "Start again and approve it in time, or sign in on Amazon's own page instead.";
    VERIFICATION = "verification", ChallengeRequired,
        "Sign in on Amazon's own page instead: open the link, sign in there and paste the address of the last page.";
    BROWSER_CHECK = "browser-check", ChallengeRequired,
        "Sign in on Amazon's own page instead: open the link, sign in there and paste the address of the last page.";
    ACCOUNT_LOCKED = "account-locked", ChallengeRequired,
        "Open Amazon in a browser, follow what it asks for there, then try again.";
    WRONG_PASSWORD = "wrong-password", CredentialsRejected,
        "Check the password by signing in at Amazon in a browser, then try again.";
    UNKNOWN_EMAIL = "unknown-email", CredentialsRejected,
        "Check the e-mail address or phone number of the Amazon account.";
    WRONG_CODE = "wrong-code", CredentialsRejected,
        "Check that the seed belongs to this account and that the clock of this machine is right, then try again.";
    REGISTRATION_REFUSED = "registration-refused", CredentialsRejected, "Sign in again from the start.";
    LINK_USED = "link-used", CredentialsRejected,
        "Open the new link, sign in there once more and paste the new address within a few minutes.";
    THROTTLED = "throttled", Throttled, "Wait a moment; it is tried again on its own where that is safe.";
    RESTING = "resting", Throttled, "Wait for the time that is named; everything else keeps working.";
    NOTHING_PLAYING = "nothing-playing", NotControllable,
        "Start something on the device first, by voice or in the Alexa app.";
    NOT_SUPPORTED = "not-supported", NotControllable, "Choose another device or another command.";
    DO_NOT_DISTURB = "do-not-disturb", NotControllable,
        "Switch do-not-disturb off on the device, or let the announcement ignore it.";
    DEVICE_OFFLINE = "device-offline", DeviceOffline, "Check that the device has power and network.";
    NO_SUCH_DEVICE = "no-such-device", NotFound, "List the devices to see what there is.";
    ENDPOINT_GONE = "endpoint-gone", NotFound, "Look for a newer version of mass-alexa.";
    FORBIDDEN = "forbidden", Forbidden, "The rest keeps working; look for a newer version of mass-alexa.";
    AMAZON_DOWN = "amazon-down", AmazonUnavailable, "Try again in a few minutes.";
    TOKEN_REFUSED = "token-refused", AmazonUnavailable,
        "It is tried once more in a few minutes; sign in again if it stays so.";
    UNREACHABLE = "unreachable", Network, "Check the network connection of this machine.";
    TLS = "tls", Network,
        "Check the clock of this machine and that nothing on the network replaces certificates.";
    TIMEOUT = "timeout", Timeout, "Try again; if it stays so, check the network.";
    NOT_CONFIRMED = "not-confirmed", Timeout,
        "Try again; if it stays so, start or stop it by voice once.";
    UNKNOWN_PAGE = "unknown-page", UnexpectedPage,
        "Report this sentence to the project; it names the page and holds nothing secret.";
    TOO_MANY_PAGES = "too-many-pages", UnexpectedPage,
        "Wait an hour before the next attempt, so that Amazon does not lock the account.";
    FOREIGN_HOST = "foreign-host", UnexpectedPage,
        "Nothing was sent there. Check that nothing on the network rewrites pages.";
    UNEXPECTED_ANSWER = "unexpected-answer", UnexpectedAnswer, "Look for a newer version of mass-alexa.";
    HTML_ANSWER = "html-answer", UnexpectedAnswer, "Try again later; the rest keeps working.";
    STORE_DAMAGED = "store-damaged", StoreCorrupt, "Sign in again.";
    STORE_NEWER = "store-newer", StoreCorrupt,
        "It was written by a newer version of mass-alexa: update, or sign in again.";
    BACKUP_DAMAGED = "backup-damaged", StoreCorrupt,
        "Use another copy of the export, or sign in again.";
    STORE_READ = "store-read", StoreCorrupt, "Check the permissions of the folder.";
    STORE_WRITE = "store-write", StoreCorrupt, "Check the free space and the permissions of the folder.";
    KEY_MISSING = "key-missing", KeyUnavailable, "Put the key file back, or sign in again.";
    KEY_MISMATCH = "key-mismatch", KeyUnavailable,
        "Put back the key that belongs to this session, or sign in again.";
    KEYRING_UNAVAILABLE = "keyring-unavailable", KeyUnavailable,
        "Unlock the keyring of this user and try again, or sign in again.";
    BAD_SEED = "bad-seed", InvalidInput,
        "Give the 52 characters that Amazon shows below the QR code of the authenticator app, or a 6-digit code.";
    BAD_SITE = "bad-site", InvalidInput, "Give one of the Amazon sites, for example amazon.de.";
    BAD_VOLUME = "bad-volume", InvalidInput, "Give a volume from 0 to 100.";
    BAD_TEXT = "bad-text", InvalidInput, "Give a text that is not empty.";
    BAD_CREDENTIALS = "bad-credentials", InvalidInput, "Give the e-mail address and the password.";
    BAD_LINK = "bad-link", InvalidInput,
        "Copy the whole address of the last page out of the address bar and paste it; the same link stays good.";
    BAD_PASSPHRASE = "bad-passphrase", InvalidInput,
        "Give the passphrase that the export was made with; a new one needs 8 characters or more.";
    SESSION_EXISTS = "session-exists", InvalidInput,
        "Say that the session that is there may be replaced; it is set aside, not deleted.";
    BAD_SETTING = "bad-setting", InvalidInput, "Correct the setting.";
    BAD_PUBLIC_URL = "bad-public-url", InvalidInput,
        "Give the https address under which this gateway can be reached from the internet, such as https://music.example.org.";
    PORT_TAKEN = "port-taken", InvalidInput,
        "Choose another port for streaming, or end the program that uses this one.";
    BAD_CERTIFICATE = "bad-certificate", InvalidInput,
        "Give the files of a certificate for the public address and of its key, both as PEM.";
    BAD_INVOCATION_NAME = "bad-invocation-name", InvalidInput,
        "Choose two or more ordinary words, such as *music assistant*; or leave the locale out where they do not fit.";
    FOREIGN_FILE = "foreign-file", InvalidInput,
        "Name another folder, or say that it may be written over.";
    EXPORT_FAILED = "export-failed", InvalidInput,
        "Name a folder that can be written to.";
    DEVELOPER_SIGN_IN = "developer-sign-in", SignInRequired,
        "Sign in as the developer of the skill with *mass-alexa skill deploy*.";
    DEVELOPER_REFUSED = "developer-refused", CredentialsRejected,
        "Compare client id, client secret and allowed return URL with the security profile at developer.amazon.com.";
    NO_DEVELOPER_ACCOUNT = "no-developer-account", NotFound,
        "Open developer.amazon.com/alexa/console once with this account, accept the terms, and try again.";
    SEVERAL_VENDORS = "several-vendors", InvalidInput, "Name one of them by its id.";
    SKILL_REJECTED = "skill-rejected", UnexpectedAnswer,
        "Correct what Amazon names; if it is nothing that you have set, look for a newer version of mass-alexa.";
    SKILL_UNFINISHED = "skill-unfinished", Timeout,
        "Try again in a few minutes: it goes on where it stopped.";
    SKILL_MISSING = "skill-missing", InvalidInput,
        "Make the skill with *mass-alexa skill deploy*, or enter its id in the settings.";
    LAUNCH_UNANSWERED = "launch-unanswered", Timeout,
        "Use *Check streaming*: it walks the whole way to the Echo and names what is broken.";
    NOTHING_HEARD = "nothing-heard", Timeout,
        "Use *Check streaming*: it walks the whole way to the Echo and names what is broken.";
    STREAM_FAILED = "stream-failed", UnexpectedAnswer,
        "Use *Check streaming*, and see whether the item plays elsewhere in Music Assistant.";
    CLOCK_WRONG = "clock-wrong", InvalidInput, "Correct the clock of this machine; Amazon's requests are refused until then.";
    SIGN_IN_BUSY = "sign-in-busy", InvalidInput, "Finish or abandon the sign-in that is under way.";
    SESSION_REPLACED = "session-replaced", Closed, "Open the account again.";
    CLOSED = "closed", Closed, "Open the account again.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let ids: BTreeSet<_> = ALL.iter().map(|code| code.id()).collect();
        assert_eq!(ids.len(), ALL.len());
        for id in ids {
            assert!(id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{id}");
        }
    }

    #[test]
    fn every_kind_has_a_code() {
        for kind in ErrorKind::ALL {
            assert!(ALL.iter().any(|code| code.kind() == kind), "{kind:?}");
        }
    }

    #[test]
    fn s_u2_every_code_has_a_next_step() {
        for code in ALL {
            let step = code.next_step();
            assert!(step.len() > 10 && step.ends_with('.'), "{}: {step}", code.id());
        }
    }

    #[test]
    fn s_u2_troubleshooting_explains_every_code() {
        let guide = include_str!("../../docs/troubleshooting.md");
        for code in ALL {
            assert!(guide.contains(&format!("`{}`", code.id())), "{} is not explained", code.id());
        }
    }
}
