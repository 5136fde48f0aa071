//! A form as it arrives, with files or without.

use actix_web::{HttpRequest, http::header, web::Bytes};
use ward_desk::case::Given;
use ward_event::Micros;

use super::super::multipart::parts;
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

    fn multipart(kind: &str, body: &[u8]) -> Self {
        let mut form = Self { values: Vec::new(), files: Vec::new() };
        for part in parts(kind, body) {
            match part.file {
                // A field for a file that was left empty comes without name and bytes.
                Some(file) if file.is_empty() && part.bytes.is_empty() => {}
                Some(name) => form.files.push((part.name, Given { name, bytes: part.bytes.to_vec() })),
                None => form.values.push((part.name, String::from_utf8_lossy(part.bytes).into_owned())),
            }
        }
        form
    }

    /// A field's value; empty where it is not there.
    pub(in crate::pages) fn one(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    /// Whether a field is there, be it empty.
    pub(in crate::pages) fn has(&self, name: &str) -> bool {
        self.values.iter().any(|(n, _)| n == name)
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
