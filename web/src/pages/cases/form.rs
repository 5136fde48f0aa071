//! A form as it arrives, with files or without.

use actix_web::{HttpRequest, http::header, web::Bytes};
use ward_desk::case::Given;
use ward_event::Micros;

use crate::{context::Ctx, show::link};

/// The fields of a form; a name may stand in it several times.
pub(in crate::pages) struct Fields {
    values: Vec<(String, String)>,
    files: Vec<(String, Given)>,
}

impl Fields {
    /// From `application/x-www-form-urlencoded` or `multipart/form-data`; what is neither has no fields.
    pub(in crate::pages) fn read(request: &HttpRequest, body: &Bytes) -> Self {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("");
        if kind.starts_with("multipart/form-data") {
            return Self::multipart(kind, body);
        }
        Self { values: link::query_pairs(&String::from_utf8_lossy(body)), files: Vec::new() }
    }

    /// RFC 7578, lying whole in memory; what is cut short ends it.
    fn multipart(kind: &str, body: &[u8]) -> Self {
        let mut form = Self { values: Vec::new(), files: Vec::new() };
        let boundary = kind.split(';').find_map(|p| p.trim().strip_prefix("boundary="));
        let Some(boundary) = boundary.map(|b| b.trim_matches('"')).filter(|b| !b.is_empty()) else {
            return form;
        };
        let (open, close) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
        let find = |at: &[u8], what: &str| at.windows(what.len()).position(|w| w == what.as_bytes());
        let Some(begin) = find(body, &open) else { return form };
        let mut rest = &body[begin + open.len()..];
        while let Some(head_end) = find(rest, "\r\n\r\n") {
            let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
            let content = &rest[head_end + 4..];
            let Some(end) = find(content, &close) else { break };
            let quoted = |name: &str| {
                let (_, value) = head.split_once(&format!("; {name}=\""))?;
                Some(value.split('"').next()?.to_owned())
            };
            let (name, bytes) = (quoted("name").unwrap_or_default(), &content[..end]);
            match quoted("filename") {
                // A field for a file that was left empty comes without name and bytes.
                Some(file) if file.is_empty() && bytes.is_empty() => {}
                Some(file) => form.files.push((name, Given { name: file, bytes: bytes.to_vec() })),
                None => form.values.push((name, String::from_utf8_lossy(bytes).into_owned())),
            }
            rest = &content[end + close.len()..];
            match rest.strip_prefix(b"\r\n") {
                Some(next) => rest = next,
                None => break,
            }
        }
        form
    }

    /// A field's value; empty where it is not there.
    pub(in crate::pages) fn one(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    pub(in crate::pages) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
    }

    pub(in crate::pages) fn text(&self, name: &str) -> String {
        self.one(name).to_owned()
    }

    /// A number; -1, which nothing has, for what is none.
    pub(in crate::pages) fn number(&self, name: &str) -> i64 {
        self.one(name).parse().unwrap_or(-1)
    }

    /// A time of the region, where one is typed.
    pub(in crate::pages) fn time(&self, ctx: &Ctx, name: &str) -> Option<Micros> {
        ctx.zone().parse_input(self.one(name))
    }

    pub(in crate::pages) fn files(&self, name: &str) -> Vec<Given> {
        self.files.iter().filter(|(n, _)| n == name).map(|(_, file)| file.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_files_is_taken_apart() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.pdf\"\r\n\
            Content-Type: application/pdf\r\n\r\n%PDF-\r\n--y\r\n\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--x--\r\n";
        let form = Fields::multipart("multipart/form-data; boundary=x", body);
        assert_eq!((form.one("csrf"), form.one("file")), ("abc", ""));
        let expected = Given { name: "a;b.pdf".into(), bytes: b"%PDF-\r\n--y\r\n".to_vec() };
        assert_eq!(form.files("file"), [expected]);
        for broken in
            [&b""[..], b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end"]
        {
            assert!(Fields::multipart("multipart/form-data; boundary=x", broken).values.is_empty());
        }
        assert!(Fields::multipart("multipart/form-data", body).values.is_empty());
    }
}
