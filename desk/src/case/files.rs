//! Files of a case: scans, sealed notices, proof. Kept once by the SHA-256 of their bytes, below `DIR/files`; what
//! a file is, its first bytes say, not its name.

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf};

use sha2::{Digest, Sha256};
use sqlx::Row;
use ward_event::{Micros, alert::hex};

use super::{
    Cases,
    names::named,
    tx::{By, LINE_CHARS_MAX, Who},
};
use crate::{Connection, DeskError, Refusal};

/// Bytes of one file.
pub const FILE_BYTES_MAX: usize = 10 << 20;

named! {
    FileKind { Pdf "pdf", Png "png", Jpeg "jpeg", Ofd "ofd", Docx "docx" }
}

impl FileKind {
    /// What bytes are, if they are something that is taken.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        // A package names its parts in clear, in its directory at the end.
        let is_zip = bytes.starts_with(b"PK\x03\x04");
        let names = |part: &[u8]| bytes.windows(part.len()).any(|w| w == part);
        match bytes {
            b if b.starts_with(b"%PDF-") => Some(Self::Pdf),
            b if b.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            b if b.starts_with(b"\xff\xd8\xff") => Some(Self::Jpeg),
            _ if is_zip && names(b"OFD.xml") => Some(Self::Ofd),
            _ if is_zip && names(b"word/document.xml") => Some(Self::Docx),
            _ => None,
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Ofd => "application/ofd",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        }
    }
}

/// A file as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A file as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    pub hash: String,
    pub kind: FileKind,
    pub bytes: i64,
    pub name: String,
    pub stored_at: Micros,
    pub stored_by: String,
}

/// A file that is on the disk.
pub(super) struct Put {
    pub(super) hash: String,
    kind: FileKind,
    length: i64,
    name: String,
}

impl Put {
    /// Makes it known, and says so in the audit.
    pub(super) async fn enter(&self, c: &mut Connection, who: &Who) -> Result<(), DeskError> {
        const KEEP: &str = "INSERT INTO case_file (hash, kind, bytes, name, stored_at, stored_by)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (hash) DO NOTHING";
        sqlx::query(KEEP)
            .bind(&self.hash)
            .bind(self.kind.as_str())
            .bind(self.length)
            .bind(&self.name)
            .bind(who.now.0)
            .bind(&who.viewer.name)
            .execute(&mut *c)
            .await?;
        let detail = serde_json::json!({ "name": self.name, "bytes": self.length, "kind": self.kind });
        who.write_down(c, who.entry().object("file", &self.hash).detail(detail)).await
    }
}

/// Whether a file is there.
pub(super) async fn require(c: &mut Connection, hash: &str) -> Result<(), DeskError> {
    let row = sqlx::query("SELECT 1 FROM case_file WHERE hash = $1").bind(hash);
    row.fetch_optional(&mut *c).await?.ok_or(Refusal::FileUnfit)?;
    Ok(())
}

impl Cases<'_> {
    fn file_path(&self, hash: &str) -> PathBuf {
        self.0.dir().join("files").join(hash.get(..2).unwrap_or("")).join(hash)
    }

    /// Puts a file on the disk, of which the database does not know yet.
    pub(super) async fn put(&self, given: Given) -> Result<Put, DeskError> {
        let fits = !given.bytes.is_empty() && given.bytes.len() <= FILE_BYTES_MAX;
        let kind = FileKind::of(&given.bytes).filter(|_| fits).ok_or(Refusal::FileUnfit)?;
        let hash = hex(&Sha256::digest(&given.bytes));
        let path = self.file_path(&hash);
        let length = i64::try_from(given.bytes.len()).unwrap_or(i64::MAX);
        let failed = path.clone();
        tokio::task::spawn_blocking(move || write(&path, &given.bytes))
            .await
            .map_err(|e| DeskError::Broken(e.to_string()))?
            .map_err(|source| DeskError::File { path: failed, source })?;
        let name: String = given.name.chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX).collect();
        Ok(Put { hash, kind, length, name })
    }

    /// Keeps a file; returns its hash. It is on the disk before the database knows of it.
    ///
    /// # Errors
    /// [`Refusal::FileUnfit`]: empty, larger than [`FILE_BYTES_MAX`], or none of [`FileKind`].
    pub async fn keep(&self, by: By<'_>, given: Given) -> Result<String, DeskError> {
        let put = self.put(given).await?;
        let hash = put.hash.clone();
        self.change(by, move |c, who| Box::pin(async move { put.enter(c, who).await })).await?;
        Ok(hash)
    }

    /// A file with its bytes, if it belongs to a notice or to a unit that is the viewer's to see; checked against
    /// its hash.
    ///
    /// # Errors
    /// [`Refusal::NotThere`]; [`DeskError::Broken`] where the bytes are not what was given.
    pub async fn file(
        &self,
        units: &super::Units,
        notice: i64,
        hash: &str,
    ) -> Result<(StoredFile, Vec<u8>), DeskError> {
        if !self.belongs(units, notice, hash).await? {
            return Err(Refusal::NotThere.into());
        }
        let row = sqlx::query("SELECT * FROM case_file WHERE hash = $1").bind(hash);
        let row = row.fetch_optional(self.0.readers()).await?.ok_or(Refusal::NotThere)?;
        let path = self.file_path(hash);
        let bytes = tokio::fs::read(&path).await.map_err(|source| DeskError::File { path, source })?;
        if hex(&Sha256::digest(&bytes)) != hash {
            return Err(DeskError::Broken(format!("file {hash} is not what was given")));
        }
        let file = StoredFile {
            hash: hash.to_owned(),
            kind: FileKind::stored(row.get("kind"))?,
            bytes: row.get("bytes"),
            name: row.get("name"),
            stored_at: Micros(row.get("stored_at")),
            stored_by: row.get("stored_by"),
        };
        Ok((file, bytes))
    }

    /// The sealed notice is for every addressee once it is out; a receipt and a proof for their unit; the sheets
    /// of the steps for the commission.
    async fn belongs(&self, units: &super::Units, notice: i64, hash: &str) -> Result<bool, DeskError> {
        const OF: &str =
            "SELECT '' AS unit, 1 AS sealed, state FROM case_notice WHERE id = $1 AND sealed = $2
            UNION ALL SELECT '', 0, '' FROM case_step WHERE notice_id = $1 AND sheet = $2
            UNION ALL SELECT unit, 0, '' FROM case_unit WHERE notice_id = $1 AND signed_sheet = $2
            UNION ALL SELECT r.unit, 0, '' FROM case_proof p JOIN case_row r ON r.id = p.row_id
                WHERE r.notice_id = $1 AND p.hash = $2
            UNION ALL SELECT unit, 0, '' FROM case_reply WHERE notice_id = $1 AND file = $2
            UNION ALL SELECT l.unit, 0, '' FROM case_link_file f JOIN case_link l ON l.id = f.link_id
                WHERE l.notice_id = $1 AND f.hash = $2";
        let rows = sqlx::query(OF).bind(notice).bind(hash).fetch_all(self.0.readers()).await?;
        let Some(units) = units else { return Ok(!rows.is_empty()) };
        let addressed =
            sqlx::query("SELECT unit FROM case_unit WHERE notice_id = $1 AND sent_at IS NOT NULL");
        let addressed = addressed.bind(notice).fetch_all(self.0.readers()).await?;
        let mine = |unit: &str| units.iter().any(|u| u.as_str() == unit);
        let is_addressed = addressed.iter().any(|row| mine(row.get(0)));
        Ok(rows
            .iter()
            .any(|row| if row.get::<i64, _>("sealed") == 1 { is_addressed } else { mine(row.get("unit")) }))
    }
}

fn write(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    let dir = path.parent().unwrap_or(std::path::Path::new("."));
    std::fs::create_dir_all(dir)?;
    // Written whole under another name first: what has its hash for a name is all there.
    let part = path.with_extension(format!("{:?}.part", std::thread::current().id()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    std::fs::File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_say_what_a_file_is() {
        assert_eq!(FileKind::of(b"%PDF-1.7 ..."), Some(FileKind::Pdf));
        assert_eq!(FileKind::of(b"\xff\xd8\xff\xe0"), Some(FileKind::Jpeg));
        assert_eq!(FileKind::of(b"PK\x03\x04....OFD.xml...."), Some(FileKind::Ofd));
        for bad in [&b"<html>"[..], b"PK\x03\x04 a zip of anything", b"MZ\x90", b"", b"<svg onload=1>"] {
            assert_eq!(FileKind::of(bad), None);
        }
    }
}
