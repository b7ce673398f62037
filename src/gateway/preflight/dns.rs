//! Where the public name leads.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::step::{Step, StepName};
use super::subject::Resolver;

/// Asks the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        async move {
            let mut addresses: Vec<_> =
                tokio::net::lookup_host((host, 443)).await?.map(|address| address.ip()).collect();
            addresses.dedup();
            Ok(addresses)
        }
        .boxed()
    }
}

/// Judges what a name leads to. `was_heard`: requests of Amazon arrive, so what is seen from here is
/// not what the world sees.
pub(super) fn judge(host: &str, answer: &io::Result<Vec<IpAddr>>, was_heard: bool) -> Step {
    let name = StepName::Dns;
    let addresses = match answer {
        Ok(addresses) if !addresses.is_empty() => addresses,
        Ok(_) | Err(_) => {
            return Step::failed(
                name,
                format!("The name {host} leads nowhere: DNS has no address for it."),
                "Make an entry for it at your DNS provider that leads to the public address of your house, or of your proxy. A new one can take an hour to be seen.",
            );
        }
    };
    let list = |of: &[IpAddr]| of.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let inside: Vec<_> = addresses.iter().filter_map(|one| Some((*one, inside(*one)?))).collect();
    if let Some((address, why)) = inside.first() {
        let sentence = format!("The name {host} leads to {address}, which is {why}.");
        if was_heard {
            return Step::warned(
                name,
                format!(
                    "{sentence} Amazon finds the gateway all the same, so this seems to be so in your own network only."
                ),
                "Nothing, as long as the Echos play: a DNS server in the house may answer otherwise than the public one.",
            );
        }
        return Step::failed(
            name,
            format!("{sentence} Neither Amazon nor the Echo's player can reach it."),
            "Let the name lead to the public address of your house or of your proxy. If a DNS server in your house answers with an inside address on purpose, look the name up with a public one, such as 1.1.1.1, to see what Amazon sees.",
        );
    }
    if !addresses.iter().any(IpAddr::is_ipv4) {
        return Step::warned(
            name,
            format!("The name {host} leads to {} only, and that is IPv6.", list(addresses)),
            "Add an IPv4 address, by a tunnel or a proxy if your provider gives you none: it is not known that Amazon and all Echos come over IPv6.",
        );
    }
    Step::passed(name, format!("The name {host} leads to {}.", list(addresses)))
}

/// Why nobody outside can reach an address (*documented*: the special-purpose registries of IANA).
pub(super) fn inside(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(four) => inside_four(four),
        IpAddr::V6(six) => inside_six(six),
    }
}

fn inside_four(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => "no address",
        (127, ..) => "the machine itself",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "an address inside a private network",
        (100, 64..=127, _) => {
            "an address inside your provider's network or a VPN (100.64.0.0/10), as with carrier-grade NAT or Tailscale"
        }
        (169, 254, _) => "an address of a machine without a network",
        (198, 18..=19, _) => "a made-up address, as some VPN and ad-blocking programs give",
        (192, 0, 0 | 2) | (198, 51, 100) | (203, 0, 113) => "an address for examples only",
        (224.., ..) => "an address of no machine",
        _ => return None,
    })
}

fn inside_six(address: Ipv6Addr) -> Option<&'static str> {
    let [first, second, ..] = address.segments();
    Some(match first {
        _ if address.is_loopback() => "the machine itself",
        _ if address.is_unspecified() => "no address",
        0xfc00..=0xfdff => "an address inside a private network",
        0xfe80..=0xfebf => "an address of one cable only",
        0x2001 if second == 0x0db8 => "an address for examples only",
        0xff00.. => "an address of no machine",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::preflight::step::Verdict;

    fn judged(addresses: &[&str], was_heard: bool) -> Step {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        judge("music.example.org", &Ok(addresses), was_heard)
    }

    #[test]
    fn s_k2_a_name_that_leads_inside_is_named_with_the_address() {
        for (address, why) in [
            ("192.168.1.5", "private network"),
            ("10.1.2.3", "private network"),
            ("172.20.0.1", "private network"),
            ("100.101.102.103", "provider's network"),
            ("127.0.0.1", "machine itself"),
            ("169.254.1.1", "without a network"),
            ("198.18.0.7", "made-up"),
            ("fd00::1", "private network"),
            ("fe80::1", "one cable"),
            ("::1", "machine itself"),
            ("::ffff:192.168.1.5", "private network"),
        ] {
            let step = judged(&["8.8.8.8", address], false);
            assert_eq!(step.verdict, Verdict::Failed, "{address}");
            assert!(step.sentence.contains(address) && step.sentence.contains(why), "{step:?}");
            assert_eq!(judged(&[address], true).verdict, Verdict::Warned);
        }
    }

    #[test]
    fn a_public_name_passes_and_one_without_ipv4_is_told() {
        assert_eq!(judged(&["8.8.8.8", "2606:4700::1111"], false).verdict, Verdict::Passed);
        assert_eq!(judged(&["172.15.0.1"], false).verdict, Verdict::Passed);
        assert_eq!(judged(&["2606:4700::1111"], false).verdict, Verdict::Warned);
        assert_eq!(judged(&[], false).verdict, Verdict::Failed);
        let broken = Err(io::Error::other("no such host"));
        assert_eq!(judge("x.example.org", &broken, false).verdict, Verdict::Failed);
    }
}
