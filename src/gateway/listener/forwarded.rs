//! Who asks, when something stands in front that passes requests on.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::{IpNet, Ipv4Net};

/// Address of the client of a request, put into its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);

/// Networks whose `X-Forwarded-For` is believed.
#[derive(Debug, Clone)]
pub(super) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(super) fn new(networks: &[IpNet]) -> Self {
        Self(networks.iter().map(|network| unmapped(*network)).collect())
    }

    /// Whether this is one of them. IPv4 within IPv6 counts as IPv4.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The right-most address of the chain that is not a proxy of ours: what stands left of it was
    /// written by somebody unknown.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut client = peer.to_canonical();
        let lines: Vec<_> =
            headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().ok()).collect();
        let mut hops =
            lines.into_iter().rev().flat_map(|line| line.unwrap_or("?").rsplit(',').map(hop));
        while self.contains(client) {
            let Some(Some(next)) = hops.next() else { break };
            client = next;
        }
        ClientAddress(client)
    }
}

/// One address of the header: with or without a port, IPv6 with or without brackets.
fn hop(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse().or_else(|_| text.parse().map(|full: SocketAddr| full.ip())).ok()?;
    Some(IpAddr::to_canonical(&address))
}

/// A network of IPv4 addresses written as IPv6, as what it is.
fn unmapped(network: IpNet) -> IpNet {
    let IpNet::V6(six) = network else { return network };
    let four = six.addr().to_ipv4_mapped().zip(six.prefix_len().checked_sub(96));
    four.and_then(|(address, length)| Ipv4Net::new(address, length).ok()).map_or(network, IpNet::V4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(networks: &[&str], peer: &str, lines: &[&str]) -> String {
        let networks: Vec<IpNet> = networks.iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        Proxies::new(&networks).client(peer.parse().unwrap(), &headers).0.to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let ours = ["10.0.0.0/8", "fd00::/8"];
        assert_eq!(client(&ours, "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(client(&[], "10.0.0.2", &["198.51.100.1"]), "10.0.0.2");
        assert_eq!(client(&ours, "10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&ours, "fd00::2", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(client(&ours, "10.0.0.2", &[]), "10.0.0.2");
    }

    #[test]
    fn what_a_client_claims_about_itself_does_not_count() {
        let ours = ["10.0.0.0/8"];
        assert_eq!(client(&ours, "10.0.0.2", &["1.1.1.1, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client(&ours, "10.0.0.2", &["1.1.1.1", "198.51.100.1, 10.9.9.9"]),
            "198.51.100.1"
        );
        assert_eq!(client(&ours, "10.0.0.2", &["1.1.1.1, nonsense"]), "10.0.0.2");
        assert_eq!(client(&ours, "10.0.0.2", &["1.1.1.1, nonsense, 10.0.0.3"]), "10.0.0.3");
        assert_eq!(client(&ours, "10.0.0.2", &[""]), "10.0.0.2");
    }

    #[test]
    fn ipv4_within_ipv6_is_ipv4() {
        assert_eq!(client(&["10.0.0.0/8"], "::ffff:10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            client(&["::ffff:10.0.0.0/104"], "10.0.0.2", &["[2001:db8::1]:443"]),
            "2001:db8::1"
        );
        assert_eq!(
            client(&["10.0.0.0/8"], "10.0.0.2", &["198.51.100.1:5555, ::ffff:10.1.1.1"]),
            "198.51.100.1"
        );
    }
}
