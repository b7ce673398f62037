//! One connection from its beginning to its end.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulConnection;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::door::Door;
use super::limits::{BUFFER, FLUSH, GRACE, HANDSHAKE_TIME, HEADER_BYTES, HEADERS, STREAMS};
use super::pulse::{Due, Metered, Pulse};

/// Serves a connection until it ends.
pub(super) async fn serve(
    stream: TcpStream,
    peer: IpAddr,
    tls: Option<Arc<ServerConfig>>,
    door: Arc<Door>,
    pulse: Arc<Pulse>,
) {
    // Answers are small or written in whole pieces.
    let _ = stream.set_nodelay(true);
    let Some(config) = tls else {
        return serve_http1(stream, peer, door, pulse).await;
    };
    let handshake = tokio::select! {
        result = TlsAcceptor::from(config).accept(stream) => result,
        () = door.clock.sleep(HANDSHAKE_TIME) => return,
        () = door.stop.cancelled() => return,
    };
    match handshake {
        Ok(stream) if stream.get_ref().1.alpn_protocol() == Some(b"h2") => {
            serve_http2(stream, peer, door, pulse).await;
        }
        Ok(stream) => serve_http1(stream, peer, door, pulse).await,
        // Scanners try everything.
        Err(error) => tracing::debug!(%error, "no TLS handshake"),
    }
}

async fn serve_http1<S>(stream: S, peer: IpAddr, door: Arc<Door>, pulse: Arc<Pulse>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    pulse.open(false);
    let io = TokioIo::new(Metered::new(stream, Arc::clone(&pulse)));
    let service = {
        let (door, pulse) = (Arc::clone(&door), Arc::clone(&pulse));
        service_fn(move |request| {
            let (door, pulse) = (Arc::clone(&door), Arc::clone(&pulse));
            async move { Ok::<_, Infallible>(door.answer(request, peer, &pulse).await) }
        })
    };
    let connection = http1::Builder::new()
        .max_headers(HEADERS)
        .max_header_size(HEADER_BYTES)
        .max_buf_size(BUFFER)
        // Time is ours, see [`Pulse`].
        .header_read_timeout(None)
        .serve_connection(io, service);
    drive(connection, &pulse, &door).await;
}

async fn serve_http2<S>(stream: S, peer: IpAddr, door: Arc<Door>, pulse: Arc<Pulse>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    pulse.open(true);
    let io = TokioIo::new(Metered::new(stream, Arc::clone(&pulse)));
    let service = {
        let (door, pulse) = (Arc::clone(&door), Arc::clone(&pulse));
        service_fn(move |request| {
            let (door, pulse) = (Arc::clone(&door), Arc::clone(&pulse));
            async move { Ok::<_, Infallible>(door.answer(request, peer, &pulse).await) }
        })
    };
    let connection = http2::Builder::new(TokioExecutor::new())
        .max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX))
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(BUFFER)
        .serve_connection(io, service);
    drive(connection, &pulse, &door).await;
}

/// Runs a connection as long as it may.
async fn drive<C>(connection: C, pulse: &Pulse, door: &Door)
where
    C: GracefulConnection<Error = hyper::Error>,
{
    let mut connection = pin!(connection);
    loop {
        let wait = match pulse.due() {
            Due::In(wait) => wait,
            Due::Goodbye => break,
            Due::Cut => return,
        };
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection broke");
                }
                return;
            }
            () = pulse.changed() => {}
            () = door.clock.sleep(wait) => {}
            () = pulse.evicted() => return,
            () = door.stop.cancelled() => break,
        }
    }
    connection.as_mut().graceful_shutdown();
    let quiet = async {
        pulse.quiet().await;
        door.clock.sleep(FLUSH).await;
    };
    tokio::select! {
        _ = connection => {}
        () = quiet => {}
        () = door.clock.sleep(GRACE) => {}
    }
}
