//! Under which names the server answers, and which origins may send it forms.

use actix_web::http::header::{self, HeaderMap};

/// The names that are the server's own. A page elsewhere may let its own name resolve to this address
/// and read what is served here (DNS rebinding): other names are not answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// Lower case, beside this machine's own loopback names.
    configured: Vec<String>,
}

impl Names {
    pub(crate) fn new(configured: &[String]) -> Self {
        Self { configured: configured.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    fn own(&self, authority: &str) -> bool {
        let name = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or(""),
            None => authority.split(':').next().unwrap_or(""),
        };
        let address = name.parse::<std::net::IpAddr>();
        name.eq_ignore_ascii_case("localhost")
            || address.is_ok_and(|ip| ip.is_loopback())
            || self.configured.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Exactly one host, and one of ours. HTTP/1.0 may leave it out; a browser never does.
    pub(super) fn answers(&self, headers: &HeaderMap) -> bool {
        let hosts: Vec<_> = headers.get_all(header::HOST).collect();
        matches!(hosts.as_slice(), [one] if one.to_str().is_ok_and(|host| self.own(host)))
    }
}

/// Whether what a browser says of where a request comes from allows that it changes something. Programs
/// say nothing; the form token decides then alone.
pub(super) fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin") {
        return false;
    }
    let Some(origin) = text("origin") else { return true };
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let default_port = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return false,
    };
    let bare = |a: &str| a.strip_suffix(default_port).unwrap_or(a).to_ascii_lowercase();
    text("host").is_some_and(|host| bare(host) == bare(authority))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn only_own_names_are_answered() {
        let plain = Names::default();
        for own in ["127.0.0.1", "127.0.0.1:8600", "localhost:1", "LOCALHOST", "[::1]:80", "127.9.9.9"] {
            assert!(plain.own(own), "{own}");
        }
        for other in
            ["evil.example", "127.0.0.1.evil.example", "10.0.0.1:8600", "", "[::2]", "localhost.evil"]
        {
            assert!(!plain.own(other), "{other}");
        }
        let named = Names::new(&["Ward.example".into(), "10.1.2.3".into()]);
        assert!(named.own("ward.example:443") && named.own("10.1.2.3:8443") && named.own("localhost"));
        assert!(!named.own("ward.example.evil") && !named.own("x.ward.example"));
        assert!(!plain.answers(&headers(&[("host", "localhost"), ("host", "localhost")])));
        assert!(!plain.answers(&headers(&[])));
    }

    #[test]
    fn a_form_from_elsewhere_is_not_ours() {
        let ok: [&[(&'static str, &'static str)]; 4] = [
            &[("host", "ward.example")],
            &[("host", "ward.example"), ("origin", "https://ward.example")],
            &[
                ("host", "ward.example:443"),
                ("origin", "https://WARD.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            &[("host", "127.0.0.1:8600"), ("origin", "http://127.0.0.1:8600")],
        ];
        for pairs in ok {
            assert!(same_origin(&headers(pairs)), "{pairs:?}");
        }
        let foreign: [&[(&'static str, &'static str)]; 6] = [
            &[("host", "ward.example"), ("origin", "null")],
            &[("host", "ward.example"), ("origin", "https://evil.example")],
            &[("host", "ward.example"), ("origin", "https://ward.example:8443")],
            &[("host", "ward.example"), ("origin", "file://ward.example")],
            &[("host", "ward.example"), ("sec-fetch-site", "cross-site")],
            &[("host", "ward.example"), ("sec-fetch-site", "same-site"), ("origin", "https://ward.example")],
        ];
        for pairs in foreign {
            assert!(!same_origin(&headers(pairs)), "{pairs:?}");
        }
    }
}
