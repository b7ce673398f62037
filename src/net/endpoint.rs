//! What calls are about.

/// What a call is about: a small closed set, so that records never hold addresses. Throttles and
/// failures count by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EndpointClass {
    /// The device list and preferences of devices.
    Devices,
    /// What is heard how loud.
    State,
    /// Buttons and sequences.
    Commands,
    /// The GraphQL interface.
    Endpoints,
    /// Who is signed in, and where.
    Account,
    /// Tokens and the registration.
    Tokens,
    /// The cookie exchange.
    Cookies,
    /// Pages that set the csrf value.
    Csrf,
    /// The push stream.
    Push,
    /// Anything else.
    Other,
}

impl EndpointClass {
    /// The class of a path, by its beginning.
    pub fn of(path: &str) -> Self {
        const BEGINNINGS: &[(&str, EndpointClass)] = &[
            ("/api/devices/", EndpointClass::State),
            ("/api/devices-v2", EndpointClass::Devices),
            ("/api/device-preferences", EndpointClass::Devices),
            ("/api/np/command", EndpointClass::Commands),
            ("/api/np/control", EndpointClass::Commands),
            ("/api/np/", EndpointClass::State),
            ("/api/media/", EndpointClass::State),
            ("/api/dnd/device-status-list", EndpointClass::State),
            ("/api/dnd/", EndpointClass::Commands),
            ("/api/behaviors", EndpointClass::Commands),
            ("/nexus/", EndpointClass::Endpoints),
            ("/api/users/", EndpointClass::Account),
            ("/api/welcome", EndpointClass::Account),
            ("/api/endpoints", EndpointClass::Account),
            ("/auth/", EndpointClass::Tokens),
            ("/ap/exchangetoken", EndpointClass::Cookies),
            ("/api/language", EndpointClass::Csrf),
            ("/api/strings", EndpointClass::Csrf),
            ("/spa/", EndpointClass::Csrf),
            ("/templates/", EndpointClass::Csrf),
            ("/v20160207/", EndpointClass::Push),
        ];
        BEGINNINGS
            .iter()
            .find(|(beginning, _)| path.starts_with(beginning))
            .map_or(Self::Other, |(_, class)| *class)
    }

    /// Its name in records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Devices => "devices",
            Self::State => "state",
            Self::Commands => "commands",
            Self::Endpoints => "endpoints",
            Self::Account => "account",
            Self::Tokens => "tokens",
            Self::Cookies => "cookies",
            Self::Csrf => "csrf",
            Self::Push => "push",
            Self::Other => "other",
        }
    }

    /// What it is in a sentence for a person.
    pub fn title(self) -> &'static str {
        match self {
            Self::Devices => "the device list",
            Self::State => "what is playing",
            Self::Commands => "commands",
            Self::Endpoints => "details of devices",
            Self::Account => "the account",
            Self::Tokens => "tokens",
            Self::Cookies => "cookies",
            Self::Csrf => "pages of the web client",
            Self::Push => "events",
            Self::Other => "this feature",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_fall_into_few_classes() {
        for (path, name) in [
            ("/api/devices-v2/device", "devices"),
            ("/api/devices/deviceType/dsn/audio/v1/allDeviceVolumes", "state"),
            ("/api/np/list-media-sessions?x", "state"),
            ("/api/np/command?x", "commands"),
            ("/api/np/control-media-session", "commands"),
            ("/api/dnd/device-status-list", "state"),
            ("/api/dnd/status", "commands"),
            ("/api/behaviors/preview", "commands"),
            ("/nexus/v1/graphql", "endpoints"),
            ("/api/users/me?platform=ios", "account"),
            ("/api/endpoints", "account"),
            ("/auth/token", "tokens"),
            ("/ap/exchangetoken/cookies", "cookies"),
            ("/spa/index.html", "csrf"),
            ("/v20160207/events", "push"),
            ("/who/knows", "other"),
        ] {
            assert_eq!(EndpointClass::of(path).name(), name, "{path}");
        }
    }
}
