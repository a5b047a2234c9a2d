//! Addresses that nobody may make us connect to. A URL from outside may name a service inside, by number, by a name that
//! resolves to it, or by an IPv6 address that stands for an IPv4 one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Everything that is not a public unicast address, by the registries of special-purpose addresses (RFC 6890).
///
/// <https://www.iana.org/assignments/iana-ipv4-special-registry>,
/// <https://www.iana.org/assignments/iana-ipv6-special-registry>
const NOT_PUBLIC: [&str; 24] = [
    "0.0.0.0/8",       // this host
    "10.0.0.0/8",      // private
    "100.64.0.0/10",   // carrier-grade NAT
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link-local, metadata services of clouds
    "172.16.0.0/12",   // private
    "192.0.0.0/24",    // protocol assignments
    "192.0.2.0/24",    // documentation
    "192.88.99.0/24",  // 6to4 relays, retired
    "192.168.0.0/16",  // private
    "198.18.0.0/15",   // benchmarks
    "198.51.100.0/24", // documentation
    "203.0.113.0/24",  // documentation
    "224.0.0.0/4",     // multicast
    "240.0.0.0/4",     // reserved, broadcast
    "::/128",          // unspecified
    "::1/128",         // loopback
    "64:ff9b:1::/48",  // local-use translation
    "100::/64",        // discarded
    "2001::/23",       // protocol assignments, Teredo among them
    "2001:db8::/32",   // documentation
    "fc00::/7",        // unique local
    "fe80::/10",       // link-local, and site-local with the next
    "ff00::/8",        // multicast
];

/// Retired, but some systems still route it.
const SITE_LOCAL: &str = "fec0::/10";

/// Ranges of addresses. Default: everything that is not public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedRanges(Vec<IpNet>);

impl Default for BlockedRanges {
    fn default() -> Self {
        let ranges = NOT_PUBLIC.into_iter().chain([SITE_LOCAL]);
        Self::parse(ranges).expect("the ranges above are ranges")
    }
}

impl BlockedRanges {
    /// Reads ranges such as `10.0.0.0/8`; an address alone is a range of one.
    ///
    /// # Errors
    /// The first text that is none.
    pub fn parse<'a>(ranges: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let read = |text: &str| {
            let text = text.trim();
            let one = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or_else(|_| one()).map_err(|_| text.to_owned())
        };
        ranges.into_iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the address, or an IPv4 address that it stands for, is in one of the ranges.
    pub fn contains(&self, address: IpAddr) -> bool {
        let is_in = |address: IpAddr| self.0.iter().any(|range| range.contains(&address));
        is_in(address)
            || matches!(address, IpAddr::V6(six) if embedded(six).is_some_and(|four| is_in(four.into())))
    }
}

/// The IPv4 address that packets to this one end at: mapped, compatible, 6to4 (RFC 3056), NAT64 (RFC 6052).
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let four = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => Some(four(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_public_is_blocked_in_every_spelling() {
        let blocked = BlockedRanges::default();
        for address in [
            "127.0.0.1",
            "127.255.255.254",
            "0.0.0.0",
            "0.1.2.3",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "224.0.0.1",
            "255.255.255.255",
            "192.0.0.192",
            "198.18.0.1",
            "::",
            "::1",
            "fe80::1",
            "febf::1",
            "fec0::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::127.0.0.1",
            "::ffff:0:10.0.0.1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "2001::1",
        ] {
            assert!(blocked.contains(address.parse().expect(address)), "{address}");
        }
        for address in [
            "1.1.1.1",
            "172.15.0.1",
            "172.32.0.1",
            "100.63.0.1",
            "100.128.0.1",
            "169.253.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "::ffff:1.1.1.1",
            "2002:101:101::",
            "64:ff9b::1.1.1.1",
        ] {
            assert!(!blocked.contains(address.parse().expect(address)), "{address}");
        }
    }

    #[test]
    fn ranges_are_read_or_named() {
        let blocked = BlockedRanges::parse(["8.8.0.0/16", " 2001:4860::/32", "9.9.9.9"]).expect("ranges");
        for (address, is_blocked) in [
            ("8.8.4.4", true),
            ("9.9.9.9", true),
            ("9.9.9.8", false),
            ("127.0.0.1", false),
            ("::ffff:8.8.8.8", true),
        ] {
            assert_eq!(blocked.contains(address.parse().expect(address)), is_blocked, "{address}");
        }
        for wrong in ["", "10.0.0.0/33", "localhost", "10.0.0"] {
            assert_eq!(BlockedRanges::parse([wrong]), Err(wrong.to_owned()));
        }
    }

    proptest! {
        #[test]
        fn no_spelling_of_a_private_address_gets_through(low in any::<[u8; 3]>()) {
            let blocked = BlockedRanges::default();
            let four = Ipv4Addr::new(10, low[0], low[1], low[2]);
            let [a, b] = [u16::from_be_bytes([10, low[0]]), u16::from_be_bytes([low[1], low[2]])];
            for six in [
                four.to_ipv6_mapped(), four.to_ipv6_compatible(),
                Ipv6Addr::new(0x2002, a, b, 0, 0, 0, 0, 1), Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a, b),
            ] {
                prop_assert!(blocked.contains(six.into()), "{six}");
            }
        }
    }
}
