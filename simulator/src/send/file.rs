//! A file that grows, and is moved aside when it is large, as logrotate does with Suricata's.

use std::path::{Path, PathBuf};

use tokio::{fs, io::AsyncWriteExt};

use super::lane::Road;

/// Then the file becomes `….1` and a new one begins.
const FILE_BYTES_MAX: u64 = 256 << 20;

pub(super) async fn run(mut road: Road, path: PathBuf) {
    let mut open: Option<(fs::File, u64)> = None;
    let mut text = Vec::new();
    while let Some(chunk) = road.next().await {
        text.clear();
        for (line, _) in chunk.pieces() {
            text.extend_from_slice(line);
            text.push(b'\n');
        }
        loop {
            match append(&path, &mut open, &text).await {
                Ok(()) => {
                    road.counters().sent(chunk.events, text.len());
                    road.counters().acknowledged(chunk.events);
                    road.recovered();
                    break;
                }
                Err(error) => {
                    open = None;
                    if !road.back_off(&error).await {
                        road.gave_up(chunk.events);
                        break;
                    }
                }
            }
        }
    }
}

async fn append(path: &Path, open: &mut Option<(fs::File, u64)>, text: &[u8]) -> std::io::Result<()> {
    if open.as_ref().is_some_and(|(_, size)| *size >= FILE_BYTES_MAX) {
        *open = None;
        let mut aside = path.as_os_str().to_owned();
        aside.push(".1");
        fs::rename(path, aside).await?;
    }
    let (file, size) = match open {
        Some(open) => open,
        none => {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).await?;
            }
            let file = fs::OpenOptions::new().create(true).append(true).open(path).await?;
            let size = file.metadata().await?.len();
            none.insert((file, size))
        }
    };
    file.write_all(text).await?;
    file.flush().await?;
    *size += text.len() as u64;
    Ok(())
}
