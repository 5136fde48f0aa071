//! The form token: proof that a form was given out by a page of this server to this browser. It is
//! derived from a secret that only the browser's own cookie holds, so nothing has to be kept.

use actix_web::{
    http::header::{self, HeaderMap},
    web::Bytes,
};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header of scripts; the field of forms is `csrf`.
const HEADER: &str = "x-csrf-token";

/// The token that belongs to the secret of a browser without a session: 64 hex digits.
pub(super) fn token(secret: &str) -> String {
    if secret.is_empty() {
        return String::new();
    }
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(b"ward form token");
    mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

/// Whether a request brought the token, in its header or anywhere it can stand in a form.
pub(super) fn brought(headers: &HeaderMap, body: &Bytes, expected: &str) -> bool {
    if expected.is_empty() {
        return false;
    }
    let is = |given: &[u8]| bool::from(given.ct_eq(expected.as_bytes()));
    if let Some(given) = headers.get(HEADER) {
        return is(given.as_bytes());
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
    if kind.starts_with("application/x-www-form-urlencoded") {
        let mut fields = body.split(|b| *b == b'&');
        return fields.any(|f| f.strip_prefix(b"csrf=").is_some_and(is));
    }
    if kind.starts_with("multipart/form-data") {
        const PART: &[u8] = b"name=\"csrf\"\r\n\r\n";
        let at = body.windows(PART.len()).position(|w| w == PART);
        let given = at.and_then(|at| body.get(at + PART.len()..at + PART.len() + expected.len()));
        return given.is_some_and(is);
    }
    false
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn typed(kind: &'static str) -> HeaderMap {
        let mut map = HeaderMap::new();
        map.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        map
    }

    #[test]
    fn a_token_is_found_where_it_may_stand_and_nowhere_else() {
        let good = token("a session");
        assert_eq!(good.len(), 64);
        assert_ne!(good, token("another session"));
        let form = typed("application/x-www-form-urlencoded");
        let body = |text: String| Bytes::from(text);
        assert!(brought(&form, &body(format!("a=b&csrf={good}&c=d")), &good));
        let multipart = typed("multipart/form-data; boundary=x");
        let part = format!("--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{good}\r\n--x--\r\n");
        assert!(brought(&multipart, &body(part), &good));
        let mut header = HeaderMap::new();
        header.insert(HeaderName::from_static(HEADER), HeaderValue::from_str(&good).expect("a header"));
        assert!(brought(&header, &Bytes::new(), &good));
        for bad in ["", "csrf=", "csrf=0", "xcsrf=1"] {
            assert!(!brought(&form, &body(bad.to_owned()), &good), "{bad}");
        }
        assert!(!brought(&typed("text/plain"), &body(format!("csrf={good}")), &good), "a form's trick");
        assert!(!brought(&HeaderMap::new(), &body(format!("csrf={good}")), &good));
        assert!(!brought(&form, &body("csrf=".to_owned()), ""), "no secret, no token");
    }
}
