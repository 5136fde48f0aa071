//! One JSON object → source fields, without a tree: nested names joined by `.`, a literal dot as `\.`,
//! a repeated name suffixed `#2`, strings as text, everything else as the JSON text it was.

mod scan;
#[cfg(test)]
mod tests;

use compact_str::CompactString;
use ward_event::{
    SourceField,
    limits::{SOURCE_DEPTH_MAX, SOURCE_FIELDS_MAX},
};

use super::{ParseError, names};
use scan::Scan;

pub(crate) use scan::Broken;

/// Holds how many fields stood behind the last one kept. The raw text has them.
pub(crate) const BEYOND_LIMIT: &str = "_fields_beyond_limit";

/// Appends the object's fields. Empty objects and arrays are kept as `{}` and `[]`.
///
/// # Errors
/// The text is no JSON object; `out` may have been added to.
pub(crate) fn flatten(text: &str, out: &mut Vec<SourceField>) -> Result<(), ParseError> {
    let mut flat = Flat { scan: Scan::new(text), path: String::new(), out, seen: [0; 16], beyond: 0 };
    flat.whole().map_err(|b| ParseError::new("syntax", format!("{} at byte {}", b.what, b.at)))
}

struct Flat<'a, 'o> {
    scan: Scan<'a>,
    path: String,
    out: &'o mut Vec<SourceField>,
    /// A Bloom filter of the names so far: a repeated name is rare and dear to look for.
    seen: [u64; 16],
    beyond: usize,
}

impl Flat<'_, '_> {
    fn whole(&mut self) -> Result<(), Broken> {
        if self.scan.peek() != Some(b'{') {
            return Err(self.scan.broken("an object expected"));
        }
        self.object(0)?;
        self.scan.end()?;
        if self.beyond > 0 {
            let n = itoa::Buffer::new().format(self.beyond).into();
            self.out.push(SourceField { name: BEYOND_LIMIT.into(), value: n, is_json: true });
        }
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), Broken> {
        self.scan.expect(b'{', "an object expected")?;
        if self.scan.take(b'}') {
            if depth > 0 {
                self.push("{}".into(), true);
            }
            return Ok(());
        }
        let parent = self.path.len();
        loop {
            let name = self.scan.string()?;
            self.scan.expect(b':', "colon expected")?;
            if parent > 0 {
                self.path.push('.');
            }
            push_name(&mut self.path, &name);
            self.value(depth)?;
            self.path.truncate(parent);
            if !self.scan.take(b',') {
                return self.scan.expect(b'}', "comma or end expected");
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<(), Broken> {
        match self.scan.peek() {
            Some(b'"') => {
                let text = self.scan.string()?;
                self.push(CompactString::from(text), false);
            }
            // An empty name has no path to hang members on.
            Some(b'{') if depth + 1 < SOURCE_DEPTH_MAX && !self.path.is_empty() => self.object(depth + 1)?,
            _ => {
                let skipped = self.scan.skip()?;
                let text = CompactString::from(one_line(skipped.text));
                self.push(text, !skipped.odd);
            }
        }
        Ok(())
    }

    fn push(&mut self, value: CompactString, is_json: bool) {
        if self.out.len() + 1 >= SOURCE_FIELDS_MAX {
            self.beyond += 1;
            return;
        }
        let hash = names::hash(self.path.as_bytes());
        let (word, bit) = ((hash >> 6) as usize % 16, 1 << (hash % 64));
        let mut name = CompactString::from(self.path.as_str());
        if self.seen[word] & bit != 0 && self.out.iter().any(|f| f.name == name) {
            name = self.numbered();
        }
        self.seen[word] |= bit;
        self.out.push(SourceField { name, value, is_json });
    }

    /// The path with the first free `#n`.
    fn numbered(&self) -> CompactString {
        let repeats = |f: &&SourceField| {
            f.name.strip_prefix(self.path.as_str()).is_some_and(|rest| rest.starts_with('#'))
        };
        let mut n = self.out.iter().filter(repeats).count() + 2;
        loop {
            let name = compact_str::format_compact!("{}#{n}", self.path);
            if !self.out.iter().any(|f| f.name == name) {
                return name;
            }
            n += 1;
        }
    }
}

fn push_name(path: &mut String, name: &str) {
    // Names are short: a plain loop beats a vector search.
    if !name.bytes().any(|b| b == b'.') {
        path.push_str(name);
        return;
    }
    for part in name.split_inclusive('.') {
        match part.strip_suffix('.') {
            Some(part) => {
                path.push_str(part);
                path.push_str("\\.");
            }
            None => path.push_str(part),
        }
    }
}

/// Line ends stand only between the tokens of JSON: without them an event stays one line.
fn one_line(json: &str) -> std::borrow::Cow<'_, str> {
    let nested = json.starts_with(['[', '{']);
    if !nested || memchr::memchr2(b'\n', b'\r', json.as_bytes()).is_none() {
        json.into()
    } else {
        json.replace(['\n', '\r'], " ").into()
    }
}
