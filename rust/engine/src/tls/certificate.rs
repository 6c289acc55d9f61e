//! A certificate in words.

use x509_cert::Certificate;
use x509_cert::certificate::Version;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};
use x509_cert::name::Name;

/// Names are cut at this many characters, so that one of them does not hide what comes behind it.
const NAME_CHARS: usize = 60;

/// Whose it is, for which host, by whom it was issued and how long it is valid. Not fit to be shown as it is: a server chooses its names.
pub fn describe(der: &[u8]) -> String {
    let Ok(certificate) = Certificate::from_der(der) else {
        return "one that cannot be read".to_owned();
    };
    let certificate = certificate.tbs_certificate();
    let subject = name(certificate.subject());
    let host = certificate
        .get_extension::<SubjectAltName>()
        .ok()
        .flatten()
        .and_then(|(_, names)| names.0.iter().find_map(host));
    let whose = match (subject, host) {
        (Some(subject), Some(host)) => format!("{subject} for {host}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "without a name".to_owned(),
    };
    let issuer = name(certificate.issuer()).unwrap_or_else(|| "nobody".to_owned());
    format!(
        "{whose}, issued by {issuer}, valid until {}",
        certificate.validity().not_after
    )
}

/// Whether others may be signed with it (RFC 5280 section 4.2.1.9). Those of version 1 do not say.
pub fn may_be_authority(der: &[u8]) -> bool {
    let Ok(certificate) = Certificate::from_der(der) else {
        return false;
    };
    let certificate = certificate.tbs_certificate();
    let constraints = certificate.get_extension::<BasicConstraints>();
    certificate.version() == Version::V1
        || constraints.is_ok_and(|found| found.is_some_and(|(_, constraints)| constraints.ca))
}

fn name(name: &Name) -> Option<String> {
    Some(name.to_string())
        .filter(|name| !name.is_empty())
        .map(|name| cut(&name))
}

fn host(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(cut(name.as_str())),
        GeneralName::IpAddress(bytes) => {
            let bytes = bytes.as_bytes();
            let v4 = <[u8; 4]>::try_from(bytes).map(std::net::IpAddr::from);
            let v6 = <[u8; 16]>::try_from(bytes).map(std::net::IpAddr::from);
            v4.or(v6).ok().map(|ip| ip.to_string())
        }
        _ => None,
    }
}

fn cut(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_certificate_is_said_to_be_none() {
        for der in [&b""[..], b"\x30", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]] {
            assert_eq!(describe(der), "one that cannot be read");
        }
    }

    /// What a server sends may be anything.
    #[test]
    fn a_certificate_with_wrong_bytes_is_described_all_the_same() {
        let made = websocket_feed::SelfSigned::generate(websocket_feed::Leaf::Valid);
        let der = made.expect("certificates").ca_der;
        assert!(describe(&der).starts_with("CN=websocket-feed test authority, issued by CN="));
        for place in 0..der.len() {
            assert!(!describe(&der[..place]).is_empty());
            for wrong in [
                0,
                0x7f,
                0x80,
                0xff,
                der[place] ^ 1,
                der[place].wrapping_add(1),
            ] {
                let mut damaged = der.clone();
                damaged[place] = wrong;
                assert!(!describe(&damaged).is_empty());
            }
        }
    }

    #[test]
    fn long_names_are_cut() {
        assert_eq!(cut(&"ä".repeat(60)).chars().count(), 60);
        assert_eq!(cut(&"ä".repeat(61)), "ä".repeat(60) + "…");
    }
}
