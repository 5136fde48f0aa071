//! Fonts by role. GB/T 9704 asks for 方正小标宋, 仿宋_GB2312, 黑体 and 楷体_GB2312; where a commission has not named
//! its own, the free Noto families stand in for them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde::Serialize;
use sha2::{Digest, Sha256};
use typst::{
    foundations::Bytes,
    text::{Font, FontBook, FontInfo},
    utils::LazyHash,
};

use super::{FontSettings, hex};
use crate::ReportError;

const SERIF: &str = "Noto Serif CJK SC";
const SANS: &str = "Noto Sans CJK SC";

/// Folders below folders that are looked into.
const DEPTH_MAX: usize = 5;

/// The faces of the families in use, in memory: some 80 MB where they are the free ones.
pub struct Fonts {
    pub(super) book: LazyHash<FontBook>,
    pub(super) faces: Vec<Font>,
    hash: String,
    families: Families,
}

/// Families by role, as templates read them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Families {
    title: [String; 2],
    body: [String; 2],
    heading: [String; 2],
    quote: [String; 2],
}

impl Fonts {
    /// Reads the families that are needed, and no others.
    ///
    /// # Errors
    /// A family that is in none of the folders; a file that cannot be read.
    pub fn load(settings: &FontSettings) -> Result<Self, ReportError> {
        let or = |family: &str, free: &str| {
            [if family.is_empty() { free.to_owned() } else { family.to_owned() }, free.to_owned()]
        };
        let families = Families {
            title: or(&settings.title, SERIF),
            body: or(&settings.body, SERIF),
            heading: or(&settings.heading, SANS),
            quote: or(&settings.quote, SERIF),
        };
        // Typst knows families in small letters.
        let wanted: BTreeSet<String> = [&families.title, &families.body, &families.heading, &families.quote]
            .into_iter()
            .flatten()
            .map(|family| family.to_lowercase())
            .collect();
        let mut files = Vec::new();
        for dir in &settings.dirs {
            collect(dir, DEPTH_MAX, &mut files);
        }
        // The order of a folder is the file system's own; the order of faces decides between equals.
        files.sort_by(|a, b| (a.file_name(), a).cmp(&(b.file_name(), b)));
        let (mut faces, mut found, mut digest) = (Vec::new(), BTreeSet::new(), Sha256::new());
        for path in files {
            let bytes =
                std::fs::read(&path).map_err(|source| ReportError::File { path: path.clone(), source })?;
            let of_use: Vec<u32> = FontInfo::iter(&bytes)
                .zip(0..)
                .filter(|(info, _)| wanted.contains(&info.family.to_lowercase()))
                .map(|(info, index)| {
                    found.insert(info.family.to_lowercase());
                    index
                })
                .collect();
            if of_use.is_empty() {
                continue;
            }
            digest.update(Sha256::digest(&bytes));
            let bytes = Bytes::new(bytes);
            faces.extend(of_use.into_iter().filter_map(|index| Font::new(bytes.clone(), index)));
        }
        if let Some(family) = wanted.iter().find(|family| !found.contains(*family)) {
            let dirs: Vec<_> = settings.dirs.iter().map(|dir| dir.display().to_string()).collect();
            return Err(ReportError::FontMissing { family: family.clone(), dirs: dirs.join(", ") });
        }
        let book = LazyHash::new(FontBook::from_fonts(&faces));
        Ok(Self { book, faces, hash: hex(&digest.finalize()), families })
    }

    /// SHA-256 over the files in use.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    pub(crate) const fn families(&self) -> &Families {
        &self.families
    }
}

fn collect(dir: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_font = path.extension().is_some_and(|e| {
            ["ttf", "otf", "ttc", "otc"].contains(&e.to_string_lossy().to_lowercase().as_str())
        });
        if is_font {
            files.push(path);
        } else if depth > 0 && path.is_dir() {
            collect(&path, depth - 1, files);
        }
    }
}
