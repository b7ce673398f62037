//! The gateway's own port: the one place of the house that strangers can knock at. It lets in what
//! stands in the [`INVENTORY`], within limits, and nothing else.

mod certificate;
mod connection;
mod door;
mod forwarded;
mod limits;
mod pulse;
mod seats;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::{CancellationToken, DropGuard};

use self::certificate::Certificate;
use self::door::Door;
use self::forwarded::Proxies;
use self::pulse::Pulse;
use self::seats::Seats;
use super::GatewaySettings;
use crate::clock::Clock;
use crate::error::{Error, Result, code};

pub use self::door::{HEALTH, INVENTORY, PICTURES, SERVICE, SKILL, STREAMS, fingerprint};
pub use self::forwarded::ClientAddress;

/// An open port. Dropping it closes it without waiting for anything.
pub struct Listener {
    address: SocketAddr,
    certificate: Option<Arc<Certificate>>,
    work: JoinHandle<()>,
    stop: DropGuard,
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.address)
    }
}

impl Listener {
    /// Opens the port. Each request carries its [`ClientAddress`]; routes outside of the
    /// [`INVENTORY`] cannot be reached.
    ///
    /// # Errors
    /// `bad-certificate` with the file, `port-taken`, or `bad-setting` for an address that this
    /// machine does not have.
    pub async fn start(
        settings: &GatewaySettings,
        routes: Router,
        clock: Arc<dyn Clock>,
    ) -> Result<Self> {
        let certificate = match settings.tls.clone() {
            None => None,
            Some(files) => {
                let load = tokio::task::spawn_blocking(move || Certificate::load(&files));
                Some(load.await.map_err(|_| closed())??)
            }
        };
        let tls = certificate.as_ref().map(Certificate::server_config).transpose()?;
        let wanted = settings.listen;
        let listener = open(wanted).map_err(|error| explain(error, wanted))?;
        let address = listener.local_addr().map_err(|error| explain(error, wanted))?;
        let stop = CancellationToken::new();
        let proxies = Proxies::new(&settings.trusted_proxies);
        let skill_id = settings.skill_id.as_deref();
        let door = Door::new(routes, skill_id, proxies, clock, stop.clone());
        let work = tokio::spawn(run(listener, tls, certificate.clone(), door));
        tracing::info!(%address, tls = certificate.is_some(), "the gateway listens");
        Ok(Self { address, certificate, work, stop: stop.drop_guard() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Why certificate files that were changed since are not used; the old certificate is.
    pub fn certificate_problem(&self) -> Option<Error> {
        self.certificate.as_ref().and_then(|certificate| certificate.problem())
    }

    /// Takes no more connections, lets requests under way end within five seconds, and cuts streams
    /// of sound at once.
    pub async fn stop(self) {
        let Self { work, stop, .. } = self;
        drop(stop);
        // It ends by itself; a panic in it leaves nothing to wait for.
        let _ = work.await;
    }
}

async fn run(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    certificate: Option<Arc<Certificate>>,
    door: Arc<Door>,
) {
    let watch = async {
        match certificate {
            Some(certificate) => certificate.watch(Arc::clone(&door.clock)).await,
            None => std::future::pending().await,
        }
    };
    let mut connections = JoinSet::new();
    tokio::select! {
        () = accept(listener, tls, &door, &mut connections) => {}
        () = watch => {}
        () = door.stop.cancelled() => {}
    }
    // Each keeps to its own time.
    while connections.join_next().await.is_some() {}
}

async fn accept(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    door: &Arc<Door>,
    connections: &mut JoinSet<()>,
) {
    let seats = Arc::new(Seats::default());
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, peer): (TcpStream, SocketAddr) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) if is_of_one_connection(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "no connection can be taken");
                door.clock.sleep(limits::EXHAUSTED).await;
                continue;
            }
        };
        let pulse = Pulse::new(Arc::clone(&door.clock));
        let peer = peer.ip().to_canonical();
        let Some(seat) = seats.take(peer, door.proxies.contains(peer), &pulse) else {
            tracing::debug!("too many connections");
            continue;
        };
        let (tls, door) = (tls.clone(), Arc::clone(door));
        connections.spawn(async move {
            connection::serve(stream, peer, tls, door, pulse).await;
            drop(seat);
        });
    }
}

/// Opens a port. On each connection of it, only so much is under way: left alone, the system holds
/// megabytes, which are minutes of sound, for a proxy on the same machine, and an Echo that comes back
/// asks for a place long past.
fn open(wanted: SocketAddr) -> io::Result<TcpListener> {
    let socket = if wanted.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // As everybody does: connections that have just ended do not keep the port.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(limits::UNDER_WAY)?;
    socket.bind(wanted)?;
    socket.listen(limits::WAITING)
}

/// Whether the next connection may be fine.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

fn explain(error: io::Error, wanted: SocketAddr) -> Error {
    let port = wanted.port();
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            Error::new(code::PORT_TAKEN, format!("Another program already listens on port {port}."))
        }
        io::ErrorKind::PermissionDenied => {
            Error::new(code::PORT_TAKEN, format!("This program may not listen on port {port}."))
                .with_next_step(
                    "Choose a port above 1023 for streaming, and lead 443 from outside to it.",
                )
        }
        io::ErrorKind::AddrNotAvailable => Error::new(
            code::BAD_SETTING,
            format!("The address {} to listen on is none of this machine.", wanted.ip()),
        )
        .with_next_step("Listen on 0.0.0.0, which is every address of this machine."),
        _ => Error::new(code::BAD_SETTING, format!("It cannot be listened on {wanted}.")),
    }
    .with_source(error)
}

fn closed() -> Error {
    Error::new(code::CLOSED, "The program is about to end.")
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn little_is_under_way_to_one_who_does_not_read() {
        let listener = open(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let reader = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let (part, mut taken) = (vec![0; 64 * 1024], 0);
        // The system takes a moment to move what it has taken.
        for _ in 0..20 {
            while let Ok(count) = stream.try_write(&part) {
                taken += count;
            }
            tokio::task::yield_now().await;
        }
        assert!(taken > 64 * 1024 && taken < 1_500_000, "{taken}");
        drop(reader);
    }
}
