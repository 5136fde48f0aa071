//! The templates: those that come with Ward, each of which a commission may replace by a file of the same name
//! in a folder of its own.

use std::{borrow::Cow, path::Path};

use sha2::{Digest, Sha256};

use super::hex;
use crate::ReportError;

macro_rules! embedded {
    ($($name:literal)*) => {
        /// Name and text.
        const EMBEDDED: &[(&str, &str)] = &[$(($name, include_str!(concat!("../../templates/", $name)))),*];
    };
}

embedded! {
    "common.typ"
    "paper.typ"
    "weekly.typ"
}

/// A template longer than this is none.
const BYTES_MAX: u64 = 1 << 20;

/// Typst files by name. They see each other and the model, and nothing else of the machine.
pub struct Templates {
    pub(super) files: Vec<(&'static str, Cow<'static, str>)>,
    hash: String,
}

impl Templates {
    /// Those of Ward, with the files of `folder` in the place of those they are named like.
    ///
    /// # Errors
    /// A file that cannot be read, is not UTF-8, or is longer than a template is.
    pub fn load(folder: Option<&Path>) -> Result<Self, ReportError> {
        let mut files = Vec::new();
        for (name, text) in EMBEDDED {
            let own = folder.map(|folder| folder.join(name)).filter(|path| path.is_file());
            let text = match own {
                None => Cow::Borrowed(*text),
                Some(path) => {
                    let failed = |source| ReportError::File { path: path.clone(), source };
                    if std::fs::metadata(&path).map_err(failed)?.len() > BYTES_MAX {
                        let reason = format!("longer than {BYTES_MAX} bytes");
                        return Err(ReportError::Template { name: (*name).to_owned(), reason });
                    }
                    Cow::Owned(std::fs::read_to_string(&path).map_err(failed)?)
                }
            };
            files.push((*name, text));
        }
        let mut digest = Sha256::new();
        for (name, text) in &files {
            digest.update(Sha256::digest(name.as_bytes()));
            digest.update(Sha256::digest(text.as_bytes()));
        }
        Ok(Self { files, hash: hex(&digest.finalize()) })
    }

    /// SHA-256 over names and texts.
    pub fn hash(&self) -> &str {
        &self.hash
    }
}
