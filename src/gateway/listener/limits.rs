//! Every number that bounds what a stranger can take. All *chosen*: an Echo opens a handful of
//! connections, a skill request is 2-10 KiB and its headers are below 2 KiB.

use std::time::Duration;

/// Connections at once.
pub(super) const CONNECTIONS: usize = 256;
/// Connections at once of one address, or of one IPv6 network of a household (/64).
pub(super) const PER_ADDRESS: usize = 32;
/// Bytes of all headers of a request.
pub(super) const HEADER_BYTES: usize = 16 * 1024;
/// Headers of a request.
pub(super) const HEADERS: usize = 64;
/// Bytes that a connection keeps ready in each direction.
pub(super) const BUFFER: usize = 32 * 1024;
/// Bytes that the system keeps under way to one who does not read yet (it takes twice as much for
/// itself): six seconds of the best MP3.
pub(super) const UNDER_WAY: u32 = 256 * 1024;
/// Connections that wait to be taken.
pub(super) const WAITING: u32 = 512;
/// Bytes of a body; each route may ask for less.
pub(super) const BODY_BYTES: u64 = 256 * 1024;
/// Requests at once on one HTTP/2 connection.
pub(super) const STREAMS: u32 = 32;

/// From the first byte of a request to the end of its headers, and from the connection to the first
/// request.
pub(super) const HEADER_TIME: Duration = Duration::from_secs(10);
/// From the headers to the end of the body.
pub(super) const BODY_TIME: Duration = Duration::from_secs(10);
/// For the TLS handshake.
pub(super) const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// Between two requests.
pub(super) const IDLE_TIME: Duration = Duration::from_secs(75);
/// From the headers to the end of an answer that is no stream of sound. The longest waits, for
/// pictures and for what begins a stream, are half of it.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Without a byte in either direction while an answer is under way. A paused Echo reads nothing
/// for minutes; it comes back with `Range` when the connection is gone.
pub(super) const STALL_TIME: Duration = Duration::from_secs(600);
/// What requests under way get when the gateway stops.
pub(super) const GRACE: Duration = Duration::from_secs(5);
/// What the last bytes of an answer get to leave.
pub(super) const FLUSH: Duration = Duration::from_millis(250);
/// How often the certificate files are looked at.
pub(super) const RELOAD: Duration = Duration::from_secs(60);
/// Pause when the system gives no more connections.
pub(super) const EXHAUSTED: Duration = Duration::from_secs(1);
