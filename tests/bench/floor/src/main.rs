//! The least that a request costs: the same one, again and again, with nothing around it.
//!
//! Reads an order, one JSON line, and writes a result, one JSON line. No decisions, no session, no
//! politeness: what is measured here is the HTTP library, TLS and the system.

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use cpu_time::ProcessTime;
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};

const WARM_UP: usize = 20;

#[derive(Deserialize)]
struct Order {
    measure: String,
    connect_to: SocketAddr,
    authority: String,
    /// The request as a client sent it.
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
    count: usize,
    #[serde(default)]
    concurrency: usize,
}

struct Everywhere(SocketAddr);

impl reqwest::dns::Resolve for Everywhere {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let address = self.0;
        Box::pin(async move {
            Ok(Box::new(std::iter::once(address)) as reqwest::dns::Addrs)
        })
    }
}

struct Loop {
    client: reqwest::Client,
    order: Order,
}

impl Loop {
    fn new(order: Order) -> Result<Self, Box<dyn Error>> {
        let authority = reqwest::Certificate::from_pem(&std::fs::read(&order.authority)?)?;
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([authority])
            .dns_resolver(Arc::new(Everywhere(order.connect_to)))
            .build()?;
        Ok(Self { client, order })
    }

    async fn once(&self) -> Result<Bytes, Box<dyn Error + Send + Sync>> {
        let order = &self.order;
        let mut request = self.client.request(order.method.parse()?, &order.url);
        for (name, value) in &order.headers {
            request = request.header(name, value);
        }
        let answer = request.body(order.body.clone()).send().await?.error_for_status()?;
        Ok(answer.bytes().await?)
    }

    async fn many(&self, count: usize, concurrency: usize) {
        let left = AtomicUsize::new(count);
        let one = || async {
            while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok()
            {
                self.once().await.expect("the simulator answers");
            }
        };
        join_all((0..concurrency).map(|_| one())).await;
    }

    async fn commands(&self) -> Value {
        self.many(WARM_UP.max(2 * self.order.concurrency), self.order.concurrency).await;
        let (cpu, wall) = (ProcessTime::now(), Instant::now());
        self.many(self.order.count, self.order.concurrency).await;
        let each = cpu.elapsed().as_secs_f64() / self.order.count as f64;
        json!({ "cpu_us": each * 1e6, "wall_s": wall.elapsed().as_secs_f64() })
    }

    /// The list, read as JSON and thrown away.
    async fn list(&self) -> Value {
        self.many(1, 1).await;
        let (cpu, wall) = (ProcessTime::now(), Instant::now());
        for _ in 0..self.order.count {
            let body = self.once().await.expect("the simulator answers");
            let list: Value = serde_json::from_slice(&body).expect("a list");
            assert!(list["devices"].is_array());
        }
        let count = self.order.count as f64;
        json!({
            "ms": wall.elapsed().as_secs_f64() / count * 1e3,
            "cpu_ms": cpu.elapsed().as_secs_f64() / count * 1e3,
        })
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let requests = Loop::new(serde_json::from_str(&line)?)?;
    let result = match requests.order.measure.as_str() {
        "commands" => requests.commands().await,
        "devices" => requests.list().await,
        other => return Err(format!("no measure {other}").into()),
    };
    writeln!(std::io::stdout(), "{result}")?;
    Ok(())
}
