//! Reading a recording: nothing is believed before its hash has been checked.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};
use ward_event::{alert::hex, topic::Topic};

use super::{File, MANIFEST, Manifest, RecordingError, VERSION};

pub(super) fn manifest(dir: &Path) -> Result<Manifest, RecordingError> {
    let path = dir.join(MANIFEST);
    let text = fs::read(&path).map_err(RecordingError::io(&path))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|e| RecordingError::content(&path, e))?;
    if manifest.version != VERSION {
        let reason = format!("recording of version {}, this is version {VERSION}", manifest.version);
        return Err(RecordingError::content(&path, reason));
    }
    for (name, file) in &manifest.files {
        check(dir, name, file)?;
    }
    Ok(manifest)
}

fn check(dir: &Path, name: &str, file: &File) -> Result<(), RecordingError> {
    let path = dir.join(name);
    // A manifest from elsewhere must not lead out of its folder.
    if Path::new(name).file_name().is_none_or(|n| n != name) {
        return Err(RecordingError::content(&dir.join(MANIFEST), format!("{name:?} is no file name")));
    }
    let mut hash = Sha256::new();
    let mut source = fs::File::open(&path).map_err(RecordingError::io(&path))?;
    io::copy(&mut source, &mut hash).map_err(RecordingError::io(&path))?;
    if hex(&hash.finalize()) != file.sha256 {
        return Err(RecordingError::content(&path, "is not what the manifest says: its hash differs"));
    }
    Ok(())
}

pub(super) fn bytes(dir: &Path, name: &str) -> Result<Vec<u8>, RecordingError> {
    let path = dir.join(name);
    fs::read(&path).map_err(RecordingError::io(&path))
}

/// The records of one topic, in order.
pub(super) struct Lines {
    path: PathBuf,
    input: BufReader<fs::File>,
    line: Vec<u8>,
    /// The record read and not yet handed on, by its offset.
    ahead: Option<(u64, Vec<u8>)>,
}

impl Lines {
    /// The files of all topics.
    pub(super) fn open(dir: &Path, manifest: &Manifest) -> Result<BTreeMap<Topic, Self>, RecordingError> {
        let mut all = BTreeMap::new();
        for (name, file) in &manifest.files {
            let Some(topic) = &file.topic else { continue };
            let path = dir.join(name);
            let input = BufReader::new(fs::File::open(&path).map_err(RecordingError::io(&path))?);
            all.insert(topic.clone(), Self { path, input, line: Vec::new(), ahead: None });
        }
        Ok(all)
    }

    /// The next record, if its offset lies before `end`.
    pub(super) fn next_before(&mut self, end: u64) -> Result<Option<(u64, Vec<u8>)>, RecordingError> {
        if self.ahead.is_none() {
            self.ahead = self.read()?;
        }
        Ok(self.ahead.take_if(|(offset, _)| *offset < end))
    }

    fn read(&mut self) -> Result<Option<(u64, Vec<u8>)>, RecordingError> {
        self.line.clear();
        let n = self.input.read_until(b'\n', &mut self.line).map_err(RecordingError::io(&self.path))?;
        if n == 0 {
            return Ok(None);
        }
        parse(&self.line).map(Some).ok_or_else(|| RecordingError::content(&self.path, "a line is no record"))
    }
}

/// The record between the envelope that the recorder wrote, as it stood on the log.
fn parse(line: &[u8]) -> Option<(u64, Vec<u8>)> {
    let rest = line.strip_prefix(b"{\"offset\":")?.strip_suffix(b"}\n")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let offset = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    Some((offset, rest[digits..].strip_prefix(b",\"record\":")?.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_stood() {
        let line = b"{\"offset\":17,\"record\":{\"a\":\"}\"}}\n";
        assert_eq!(parse(line), Some((17, b"{\"a\":\"}\"}".to_vec())));
        assert_eq!(parse(b"{\"offset\":17}\n"), None);
        assert_eq!(parse(b"{\"offset\":17,\"record\":{}}"), None, "cut off");
    }
}
