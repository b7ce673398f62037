//! Some seconds of silence as MP3, served inside this machine only: something to play that disturbs
//! nobody.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::header::CONTENT_TYPE;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

/// MPEG 1 layer III, 128 kbit/s, 44.1 kHz, mono; with nothing but zeros behind it a frame holds no
/// sound (*documented*: ISO 11172-3).
const HEADER: [u8; 4] = [0xff, 0xfb, 0x90, 0xc0];
const FRAME: usize = 417;
/// About three seconds.
const FRAMES: usize = 115;

/// How long it is.
pub(super) const LENGTH: Duration = Duration::from_millis(3_004);

/// Silence that can be fetched until this is dropped.
#[derive(Debug)]
pub(super) struct Silence {
    pub(super) url: Url,
    work: JoinHandle<()>,
}

impl Silence {
    pub(super) async fn serve() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/silence.mp3", listener.local_addr()?);
        let url = Url::parse(&url).map_err(io::Error::other)?;
        let answer = async || ([(CONTENT_TYPE, "audio/mpeg")], sound());
        let routes = Router::new().route("/silence.mp3", get(answer));
        let work = tokio::spawn(async move {
            // It ends with the task.
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self { url, work })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        self.work.abort();
    }
}

fn sound() -> Vec<u8> {
    let mut sound = Vec::with_capacity(FRAME * FRAMES);
    for frame in 0..FRAMES {
        sound.extend_from_slice(&HEADER);
        sound.resize((frame + 1) * FRAME, 0);
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_as_long_as_it_says() {
        assert_eq!(sound().len(), FRAME * FRAMES);
        let samples = u64::try_from(FRAMES).unwrap() * 1152;
        assert_eq!(Duration::from_millis(samples * 1000 / 44_100), LENGTH);
    }
}
