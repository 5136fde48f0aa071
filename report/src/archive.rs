//! Files in one archive, with the list of their hashes.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, DateTime, ZipWriter, write::SimpleFileOptions};

use crate::{ReportError, render::sha256};

/// The list, in the form that `sha256sum -c` reads.
const MANIFEST: &str = "SHA256SUMS";

/// Packs files under their names (`papers/notice.docx`) and adds the list of their SHA-256. The same files in the same
/// order are the same bytes.
///
/// # Errors
/// A file that cannot be packed; a name that stands twice.
pub fn pack(mut files: Vec<(String, Vec<u8>)>) -> Result<Vec<u8>, ReportError> {
    let lines: Vec<_> = files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect();
    files.push((MANIFEST.to_owned(), lines.concat().into_bytes()));
    zipped(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
}

/// Without any time of its own.
pub(crate) fn zipped<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Result<Vec<u8>, ReportError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        // The archive's own times say nothing: the first the format knows.
        .last_modified_time(DateTime::default());
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        archive.start_file(name, options)?;
        archive.write_all(content).map_err(zip::result::ZipError::from)?;
    }
    Ok(archive.finish()?.into_inner())
}
