//! The parts of a small form with a file (RFC 7578) that lies whole in memory.

pub(super) struct Part<'a> {
    pub name: String,
    /// The file's name, of a field for a file; empty where none was chosen.
    pub file: Option<String>,
    pub bytes: &'a [u8],
}

/// What is cut short ends it.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Vec<Part<'a>> {
    let boundary = content_type.split(';').find_map(|p| p.trim().strip_prefix("boundary="));
    let Some(boundary) = boundary.map(|b| b.trim_matches('"')).filter(|b| !b.is_empty()) else {
        return Vec::new();
    };
    let (open, close) = (format!("--{boundary}\r\n"), format!("\r\n--{boundary}"));
    let find = |at: &[u8], what: &str| at.windows(what.len()).position(|w| w == what.as_bytes());
    let mut parts = Vec::new();
    let Some(begin) = find(body, &open) else { return parts };
    let mut rest = &body[begin + open.len()..];
    while let Some(head_end) = find(rest, "\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..head_end]).into_owned();
        let content = &rest[head_end + 4..];
        let Some(end) = find(content, &close) else { break };
        let quoted = |name: &str| {
            let (_, value) = head.split_once(&format!("{name}=\""))?;
            Some(value.split('"').next()?.to_owned())
        };
        // `filename="` ends in `name="`, so it is looked for with what stands before.
        let name = quoted("; name").unwrap_or_default();
        parts.push(Part { name, file: quoted("; filename"), bytes: &content[..end] });
        rest = &content[end + close.len()..];
        match rest.strip_prefix(b"\r\n") {
            Some(next) => rest = next,
            None => break,
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_form_with_a_file_is_taken_apart() {
        let body = b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n\
            --x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.csv\"\r\n\
            Content-Type: text/csv\r\n\r\nname\r\n--y\r\n\r\n--x--\r\n";
        let parts = super::parts("multipart/form-data; boundary=x", body);
        let told: Vec<_> = parts.iter().map(|p| (p.name.as_str(), p.file.as_deref(), p.bytes)).collect();
        assert_eq!(told, [("csrf", None, &b"abc"[..]), ("file", Some("a;b.csv"), &b"name\r\n--y\r\n"[..])]);
        for broken in
            [&b""[..], b"--x\r\n", b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end"]
        {
            assert!(super::parts("multipart/form-data; boundary=x", broken).is_empty());
        }
        assert!(super::parts("multipart/form-data", body).is_empty());
    }
}
