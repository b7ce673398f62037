//! The check without a running gateway, as from a command line: it looks at the public address from
//! outside and asks the developer's side of Amazon.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::{Console, Step, Subject, SystemResolver, check};
use crate::Account;
use crate::api::Device;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result, code};
use crate::gateway::GatewaySettings;
use crate::gateway::settings::{PORT, public_address};
use crate::settings::Settings;
use crate::smapi::Client;

/// What is known about a gateway somewhere else.
#[derive(Debug, Clone)]
pub struct Alone {
    /// Its public address; one that cannot be one is named by the first step.
    pub public_url: String,
    /// See [`GatewaySettings::public_at`].
    pub public_at: Option<SocketAddr>,
    /// Id of the skill; without, the one that was deployed last from the folder.
    pub skill_id: Option<String>,
    /// Name by which the skill is opened.
    pub invocation_name: String,
}

impl Alone {
    fn settings(&self, deployed: Option<String>) -> Result<GatewaySettings> {
        // Only what is no address at all is an error; the rest is judged by the first step.
        let public_url = match public_address(&self.public_url) {
            Ok(url) => url,
            Err(error) => Url::parse(self.public_url.trim()).map_err(|_| error)?,
        };
        Ok(GatewaySettings {
            listen: SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)),
            public_url,
            public_at: self.public_at,
            tls: None,
            trusted_proxies: Vec::new(),
            skill_id: self.skill_id.clone().or(deployed),
            invocation_name: self.invocation_name.clone(),
        })
    }
}

/// The developer whose consent is kept in a folder; `None` where there is none.
///
/// # Errors
/// Those of the store and of the settings.
pub(in crate::gateway) async fn developer(
    folder: &Path,
    reach: &Settings,
    clock: Arc<dyn Clock>,
) -> Result<Option<Client>> {
    match Client::open(folder, reach, clock).await {
        Ok(client) => Ok(Some(client)),
        Err(error) if error.code() == code::DEVELOPER_SIGN_IN => Ok(None),
        Err(error) => Err(error),
    }
}

/// A device of an account.
///
/// # Errors
/// `no-such-device`, those of the session.
pub(in crate::gateway) async fn echo_of(account: &Account, serial: &str) -> Result<Arc<Device>> {
    let found = account.devices(false).await?.into_iter().find(|one| one.serial == serial);
    found.ok_or_else(|| {
        Error::new(code::NO_SUCH_DEVICE, "The account has no device of this serial.")
    })
}

/// Checks what can be seen without the gateway. `echo`: an account and the serial of one of its
/// Echos, for its language.
///
/// # Errors
/// `bad-public-url` for what is no address, `no-such-device`, those of the account and the store.
pub async fn check_alone(
    alone: &Alone,
    echo: Option<(&Account, &str)>,
    folder: &Path,
    reach: &Settings,
    on_step: impl Fn(&Step) + Send,
) -> Result<Vec<Step>> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let client = developer(folder, reach, Arc::clone(&clock)).await?;
    let settings = alone.settings(client.as_ref().and_then(Client::skill_id))?;
    let echo = match echo {
        None => None,
        Some((account, serial)) => Some(echo_of(account, serial).await?),
    };
    let subject = Subject {
        settings: &settings,
        extra_ca: reach.extra_ca.as_deref(),
        clock,
        resolver: &SystemResolver,
        echo: echo.as_deref(),
        console: client.as_ref().map(|client| client as &dyn Console),
        probe: None,
    };
    Ok(check(&subject, on_step).await)
}
