//! The public rule sets and recordings, unpacked in memory.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use ward_event::control::RuleFile;

/// A file of the public data; None, with a note, where it is not there.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared");
    let shared = std::env::var("WARD_SHARED").unwrap_or_else(|_| default.into());
    let path = Path::new(&shared).join("data").join(name);
    if !path.exists() {
        println!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The text of a Zstandard file.
pub(crate) fn unpacked(path: &Path) -> Vec<u8> {
    let file = std::fs::File::open(path).expect("opened");
    let mut out = Vec::new();
    ruzstd::decoding::StreamingDecoder::new(file)
        .expect("Zstandard")
        .read_to_end(&mut out)
        .expect("unpacked");
    out
}

/// The plain files of a tar archive: ustar with GNU or POSIX long names.
pub(crate) fn untar(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
    const BLOCK: usize = 512;
    let text =
        |b: &[u8]| String::from_utf8_lossy(b.split(|b| *b == 0).next().unwrap_or_default()).into_owned();
    let (mut files, mut at, mut long) = (Vec::new(), 0, None);
    while let Some(header) = bytes.get(at..at + BLOCK).filter(|h| h[0] != 0) {
        let size = usize::from_str_radix(text(&header[124..136]).trim(), 8).expect("a size");
        let content = &bytes[at + BLOCK..at + BLOCK + size];
        let prefix = text(&header[345..500]);
        let short = text(&header[..100]);
        let name = if prefix.is_empty() { short } else { format!("{prefix}/{short}") };
        match header[156] {
            b'L' => long = Some(text(content)),
            b'x' => {
                let records = String::from_utf8_lossy(content).into_owned();
                long = records.lines().find_map(|l| l.split_once(" path=")).map(|(_, p)| p.to_owned());
            }
            b'0' | 0 => files.push((long.take().unwrap_or(name), content.to_vec())),
            _ => long = None,
        }
        at += BLOCK + size.div_ceil(BLOCK) * BLOCK;
    }
    files
}

/// The rule files whose first folder is one of these.
pub(crate) fn sigma(folders: &[&str]) -> Option<Vec<RuleFile>> {
    let archive = unpacked(&path("sigma/sigma-rules.tar.zst")?);
    let wanted = |name: &str| {
        let name = name.trim_start_matches("./");
        name.ends_with(".yml") && folders.contains(&name.split('/').next().unwrap_or_default())
    };
    let files = untar(&archive).into_iter().filter(|(name, _)| wanted(name));
    Some(files.map(|(path, text)| RuleFile { path, text: String::from_utf8(text).expect("UTF-8") }).collect())
}

/// Everything that is not deprecated or unsupported.
pub(crate) const LIVE: [&str; 5] =
    ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-placeholder", "rules-compliance"];

/// Documents in them: 3,780 of one file each, but for one file of 6.
pub(crate) const LIVE_DOCUMENTS: usize = 3_780;
