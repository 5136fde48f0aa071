//! The audit of a data directory that another process may be writing, or of a copy: read, never changed.

use std::path::Path;

use sqlx::SqlitePool;

use super::{Anchor, ChainKey, Flaw, Sound, verify};
use crate::{DeskError, db};

/// An audit that is only looked at.
pub struct AuditFile {
    readers: SqlitePool,
    key: ChainKey,
}

impl AuditFile {
    /// `DIR/desk.sqlite` and `DIR/audit.key`.
    ///
    /// # Errors
    /// Files that are not there or cannot be read.
    pub async fn open(dir: &Path) -> Result<Self, DeskError> {
        let key = ChainKey::read(&dir.join("audit.key"))?;
        Ok(Self { readers: db::readers(&dir.join("desk.sqlite")).await?, key })
    }

    /// Checks the whole chain, and against anchors.
    ///
    /// # Errors
    /// Those of the database; what is wrong with the chain is the answer.
    pub async fn verify(&self, anchors: &[Anchor]) -> Result<Result<Sound, Flaw>, DeskError> {
        verify::chain(&self.readers, &self.key, anchors).await
    }
}
