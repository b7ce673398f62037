//! How a simulator is started.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

/// Where the simulator listens and keeps its one file.
#[derive(Debug, Clone)]
pub struct Options {
    /// Address of the TLS port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Address of the plain HTTP control port; port 0 takes a free one.
    pub control: SocketAddr,
    /// Folder for `ca.pem`. Without it a temporary folder is made and removed at the end.
    pub state_dir: Option<PathBuf>,
    /// Another person of the same family, with an account of their own: three devices are those of
    /// the default account, one is not.
    pub second_account: bool,
}

impl Default for Options {
    fn default() -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { listen: any, control: any, state_dir: None, second_account: false }
    }
}
