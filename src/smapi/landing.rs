//! Where the browser lands after the consent, when that is an address of this machine.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use url::{Host, Url};

use crate::error::{Error, Result, code};
use crate::secret::Secret;

/// Shown when the browser arrives; says nothing about how it ends.
const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Music Assistant</title>\
    <p>Amazon's answer has arrived. Go back to the program; this page can be closed.";

/// Listens at the return URL until the browser comes.
#[derive(Debug)]
pub struct Landing {
    listener: TcpListener,
    return_url: Url,
}

#[derive(Clone, Default)]
struct Arrival(Arc<(Mutex<Option<String>>, Notify)>);

impl Landing {
    /// Opens the port of a return URL on this machine.
    ///
    /// # Errors
    /// `bad-setting` for a return URL elsewhere, `port-taken`.
    pub async fn open(return_url: &Url) -> Result<Self> {
        let port = return_url.port_or_known_default().unwrap_or_default();
        let is_here = match return_url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            _ => false,
        };
        if !is_here || return_url.scheme() != "http" {
            return Err(Error::new(
                code::BAD_SETTING,
                "The return URL is not one of this machine, so the address has to be pasted.",
            ));
        }
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let listener = TcpListener::bind(address).await.map_err(|error| {
            Error::new(code::PORT_TAKEN, format!("The port {port} of this machine is taken."))
                .with_next_step("End the program that uses it, or paste the address instead.")
                .with_source(error)
        })?;
        Ok(Self { listener, return_url: return_url.clone() })
    }

    /// Waits for the browser and gives the address it came to.
    ///
    /// # Errors
    /// `port-taken` when it cannot listen any more.
    pub async fn arrival(self) -> Result<Secret> {
        let arrival = Arrival::default();
        let router =
            Router::new().route(self.return_url.path(), get(arrived)).with_state(arrival.clone());
        let serving = axum::serve(self.listener, router);
        let landed = arrival.clone();
        let served = serving.with_graceful_shutdown(async move { landed.0.1.notified().await });
        served.await.map_err(|error| {
            Error::new(code::PORT_TAKEN, "The port is gone.").with_source(error)
        })?;
        let query = arrival.0.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let mut url = self.return_url;
        url.set_query(query.as_deref());
        Ok(Secret::new(url))
    }
}

async fn arrived(State(arrival): State<Arrival>, uri: Uri) -> Html<&'static str> {
    let (query, landed) = &*arrival.0;
    // Browsers look in now and then without anything to say.
    if let Some(text) = uri.query().filter(|text| text.contains("state=")) {
        *query.lock().unwrap_or_else(PoisonError::into_inner) = Some(text.to_owned());
        landed.notify_one();
    }
    Html(PAGE)
}
