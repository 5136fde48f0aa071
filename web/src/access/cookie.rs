//! Cookies: what is read of a request and what is set.

use actix_web::http::header::{self, HeaderMap};

/// The cookies of one way of serving. `__Host-` binds a cookie to this very host, and asks for TLS.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jar {
    tls: bool,
}

impl Jar {
    pub(crate) const fn new(tls: bool) -> Self {
        Self { tls }
    }

    /// Served by TLS, here or by a proxy before it.
    pub(crate) const fn tls(self) -> bool {
        self.tls
    }

    /// The session of somebody who signed in.
    pub(crate) const fn session(self) -> &'static str {
        if self.tls { "__Host-ward" } else { "ward" }
    }

    /// What ties a form to a browser that is not signed in.
    pub(crate) const fn visitor(self) -> &'static str {
        if self.tls { "__Host-ward-form" } else { "ward-form" }
    }

    /// The session of a wall.
    pub(crate) const fn wall(self) -> &'static str {
        if self.tls { "__Host-ward-wall" } else { "ward-wall" }
    }

    /// The telephone that opened a leader's link.
    pub(crate) const fn brief(self) -> &'static str {
        if self.tls { "__Host-ward-brief" } else { "ward-brief" }
    }

    /// `Set-Cookie` for a secret, for as long as the browser runs.
    pub(crate) fn set(self, name: &str, value: &str) -> String {
        let secure = if self.tls { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}")
    }

    /// As [`Self::set`], for so many seconds, whether or not the browser runs.
    pub(crate) fn keep(self, name: &str, value: &str, secs: i64) -> String {
        format!("{}; Max-Age={secs}", self.set(name, value))
    }

    /// `Set-Cookie` that takes one away.
    pub(crate) fn clear(self, name: &str) -> String {
        format!("{}; Max-Age=0", self.set(name, ""))
    }
}

/// A cookie's value. One that is sent twice is nobody's: a fixed one may have been slipped in.
pub(crate) fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).filter_map(|v| v.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut found = pairs.filter(|(n, v)| *n == name && !v.is_empty()).map(|(_, v)| v);
    match (found.next(), found.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn a_cookie_is_read_once_and_set_for_this_host_alone() {
        let mut map = HeaderMap::new();
        map.append(header::COOKIE, HeaderValue::from_static("a=1; ward=s3; b=2"));
        assert_eq!(value(&map, "ward"), Some("s3"));
        assert_eq!(value(&map, "war"), None);
        map.append(header::COOKIE, HeaderValue::from_static("ward=fixed"));
        assert_eq!(value(&map, "ward"), None, "two of one name");
        let tls = Jar::new(true);
        let set = tls.set(tls.session(), "x");
        assert!(
            set.starts_with("__Host-ward=x; Path=/") && set.contains("; Secure") && !set.contains("Domain")
        );
        assert!(!Jar::new(false).set("ward", "x").contains("Secure"));
        assert!(tls.clear("a").ends_with("Max-Age=0"));
    }
}
