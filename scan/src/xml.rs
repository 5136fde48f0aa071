//! XML as a stream of elements with their text, bounded in every direction.

use std::{
    cell::Cell,
    io::{BufRead, Error, ErrorKind},
    rc::Rc,
};

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use ward_event::time::Calendar;

use crate::{Refused, Report, bytes::BYTES_MAX, nessus, nmap, openvas, qualys};

/// A list of a hundred thousand plugin numbers has 600 kB; a value of more than this is no report's.
const VALUE_BYTES_MAX: u64 = 8 << 20;
const DEPTH_MAX: usize = 64;
const ATTRIBUTES_MAX: usize = 64;

/// What comes next.
pub(crate) enum Node {
    Open(Tag),
    /// An element's end, with the text that stood directly in it.
    Close(String, String),
    End,
}

pub(crate) struct Tag {
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// An attribute's value; empty where it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }
}

/// The bytes of one event are counted while the reader collects them, so that none grows without end.
struct Meter<R> {
    inner: R,
    left: Rc<Cell<u64>>,
    total: Rc<Cell<u64>>,
}

const TOO_LONG: &str = "one value is too long";
const TOO_LARGE: &str = "the file is too large";

impl<R: BufRead> std::io::Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.fill_buf()?.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.inner.fill_buf()?[..n]);
        self.consume(n);
        Ok(n)
    }
}

impl<R: BufRead> BufRead for Meter<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.left.get() == 0 {
            return Err(Error::other(TOO_LONG));
        }
        if self.total.get() > BYTES_MAX {
            return Err(Error::other(TOO_LARGE));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.left.set(self.left.get().saturating_sub(n as u64));
        self.total.set(self.total.get() + n as u64);
        self.inner.consume(n);
    }
}

/// Walks through a document.
pub(crate) struct Xml<R> {
    reader: Reader<Meter<R>>,
    buffer: Vec<u8>,
    left: Rc<Cell<u64>>,
    /// The open elements, each with its text so far.
    open: Vec<(String, String)>,
    /// `<a/>` is an opening and an end.
    pending: bool,
    is_over: bool,
}

impl<R: BufRead> Xml<R> {
    fn new(input: R) -> Self {
        let (left, total) = (Rc::new(Cell::new(VALUE_BYTES_MAX)), Rc::default());
        let mut reader = Reader::from_reader(Meter { inner: input, left: left.clone(), total });
        reader.config_mut().check_end_names = true;
        Self { reader, buffer: Vec::new(), left, open: Vec::new(), pending: false, is_over: false }
    }

    /// The name of the element that is open, `up` levels above the innermost.
    pub(crate) fn above(&self, up: usize) -> &str {
        self.open.len().checked_sub(up + 1).and_then(|i| self.open.get(i)).map_or("", |(n, _)| n.as_str())
    }

    pub(crate) fn next(&mut self) -> Result<Node, Refused> {
        if std::mem::take(&mut self.pending) {
            return Ok(self.close());
        }
        loop {
            self.left.set(VALUE_BYTES_MAX);
            self.buffer.clear();
            let at = self.reader.buffer_position();
            let mut buffer = std::mem::take(&mut self.buffer);
            let event = self.reader.read_event_into(&mut buffer).map_err(|e| refused(at, &e))?;
            let done = match event {
                Event::Start(start) => Some(Node::Open(self.begin(&start, at)?)),
                Event::Empty(start) => {
                    let tag = self.begin(&start, at)?;
                    self.pending = true;
                    Some(Node::Open(tag))
                }
                Event::End(_) => Some(self.close()),
                Event::Text(text) => {
                    let text = text.decode().map_err(|_| Refused::Encoding)?;
                    self.add(&text)?;
                    None
                }
                Event::CData(text) => {
                    let text = text.decode().map_err(|_| Refused::Encoding)?;
                    self.add(&text)?;
                    None
                }
                Event::GeneralRef(name) => {
                    let text = match name.resolve_char_ref() {
                        Ok(Some(c)) => c.to_string(),
                        Ok(None) => {
                            let name = name.decode().map_err(|_| Refused::Encoding)?;
                            quick_xml::escape::resolve_xml_entity(&name).ok_or(Refused::Entities)?.to_owned()
                        }
                        Err(error) => return Err(Refused::Malformed(at, error.to_string())),
                    };
                    self.add(&text)?;
                    None
                }
                // A DTD's address is never asked for; entities of the document's own are an attack.
                Event::DocType(text) => {
                    let text = text.decode().map_err(|_| Refused::Encoding)?;
                    if text.contains('[') || text.to_ascii_uppercase().contains("ENTITY") {
                        return Err(Refused::Entities);
                    }
                    None
                }
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => None,
                Event::Eof if self.open.is_empty() && self.is_over => Some(Node::End),
                Event::Eof => return Err(Refused::Truncated),
            };
            self.buffer = buffer;
            if let Some(node) = done {
                return Ok(node);
            }
        }
    }

    fn begin(&mut self, start: &BytesStart<'_>, at: u64) -> Result<Tag, Refused> {
        if self.open.len() >= DEPTH_MAX {
            return Err(Refused::TooDeep(DEPTH_MAX));
        }
        if self.is_over {
            return Err(Refused::Malformed(at, "a second root".into()));
        }
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| Refused::Malformed(at, e.to_string()))?;
            if attributes.len() >= ATTRIBUTES_MAX {
                return Err(Refused::TooMany("attributes", ATTRIBUTES_MAX));
            }
            let key = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
            let value = attribute.decode_and_unescape_value(self.reader.decoder());
            let value = value.map_err(|e| match e {
                quick_xml::Error::Escape(_) => Refused::Entities,
                _ => Refused::Encoding,
            })?;
            attributes.push((key, value.into_owned()));
        }
        self.open.push((name.clone(), String::new()));
        Ok(Tag { name, attributes })
    }

    fn add(&mut self, text: &str) -> Result<(), Refused> {
        let Some((_, so_far)) = self.open.last_mut() else {
            let outside = text.trim();
            return if outside.is_empty() {
                Ok(())
            } else {
                Err(Refused::Malformed(0, "text outside".into()))
            };
        };
        if so_far.len() + text.len() > VALUE_BYTES_MAX as usize {
            return Err(Refused::TooLong(VALUE_BYTES_MAX));
        }
        so_far.push_str(text);
        Ok(())
    }

    fn close(&mut self) -> Node {
        let (name, text) = self.open.pop().unwrap_or_default();
        self.is_over = self.open.is_empty();
        Node::Close(name, text)
    }
}

fn refused(at: u64, error: &quick_xml::Error) -> Refused {
    match error {
        quick_xml::Error::Io(error) if error.to_string() == TOO_LONG => Refused::TooLong(VALUE_BYTES_MAX),
        quick_xml::Error::Io(error) if error.to_string() == TOO_LARGE => Refused::TooLarge(BYTES_MAX),
        quick_xml::Error::Io(error) if error.to_string() == "not GB18030" => Refused::Encoding,
        quick_xml::Error::Io(error) if error.kind() == ErrorKind::UnexpectedEof => Refused::Truncated,
        quick_xml::Error::Io(error) => Refused::Unreadable(error.to_string()),
        quick_xml::Error::Syntax(_) => Refused::Truncated,
        quick_xml::Error::Encoding(_) => Refused::Encoding,
        other => Refused::Malformed(at, other.to_string()),
    }
}

/// The root says which tool it was.
pub(crate) fn read(input: impl BufRead, calendar: Calendar) -> Result<Report, Refused> {
    let mut xml = Xml::new(input);
    let Node::Open(root) = xml.next()? else { return Err(Refused::Unknown) };
    match root.name.as_str() {
        "NessusClientData_v2" => nessus::read(&mut xml, calendar),
        "report" | "get_reports_response" => openvas::read(&mut xml, &root),
        "ASSET_DATA_REPORT" => qualys::read(&mut xml, calendar),
        "nmaprun" => nmap::read(&mut xml, &root),
        _ => Err(Refused::Unknown),
    }
}
