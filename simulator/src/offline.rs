//! The same traffic without sockets, for detection runs and files.

use std::{
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

use ward_event::{
    Format, Micros,
    time::{Calendar, MICROS_PER_DAY},
};

use crate::{
    SimulatorError,
    attacks::{Attacks, Truth},
    background::Inside,
    emit::Batch,
    generate::{Generator, Volume},
    model::Region,
};

/// What to generate.
#[derive(Debug, Clone)]
pub struct Offline {
    /// Days since 1970-01-01, local.
    pub first_day: i32,
    pub days: i32,
    pub events_per_day: f64,
    pub seed: u64,
    /// Whether people and machines inside grow louder with the volume.
    pub inside: Inside,
    pub attacks: Attacks,
}

/// One piece as a listener would receive it: a syslog message without framing, a flow datagram, a JSON
/// object.
#[derive(Debug, Clone, Copy)]
pub struct Piece<'a> {
    pub format: Format,
    pub sender: &'a str,
    /// The unit's id as the sender's configuration names it; empty for a sender that speaks for several.
    pub hospital: &'a str,
    pub received: Micros,
    /// Events in it; more than one only for flow datagrams.
    pub events: u16,
    pub bytes: &'a [u8],
}

/// Calls `f` with every piece, in the order of time; gives back the ground truth.
pub fn offline(region: &Arc<Region>, what: &Offline, mut f: impl FnMut(Piece<'_>)) -> Vec<Truth> {
    let calendar = Calendar::shanghai();
    let from = calendar.day_start(what.first_day);
    let to = Micros(from.0 + i64::from(what.days) * MICROS_PER_DAY);
    let volume = Volume { seed: what.seed, per_second: what.events_per_day / 86_400.0, inside: what.inside };
    let mut generator = Generator::new(Arc::clone(region), volume, what.attacks.clone(), from);
    let mut batch = Batch::default();
    let mut truth = Vec::new();
    while generator.at() < to {
        generator.next(&mut batch, &mut truth);
        for item in &batch.items {
            let unit = &region.units[usize::from(item.unit)];
            f(Piece {
                format: item.channel.format(),
                sender: region.sender_of(unit.index),
                hospital: if unit.spec.is_tenant() { "" } else { unit.spec.id },
                received: item.time,
                events: item.events,
                bytes: batch.slice(item),
            });
        }
    }
    truth
}

/// Writes the pieces to one file a sender and format below `dir` (`<sender>.<format>`): lines; flow
/// datagrams as a big-endian length of two bytes and the datagram. The truth goes to `truth.jsonl`.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn to_files(region: &Arc<Region>, what: &Offline, dir: &Path) -> Result<u64, SimulatorError> {
    let io = |e| SimulatorError::io(dir.display().to_string())(e);
    std::fs::create_dir_all(dir).map_err(io)?;
    let mut files: std::collections::BTreeMap<(String, Format), BufWriter<std::fs::File>> =
        std::collections::BTreeMap::new();
    let mut events = 0;
    let mut failed = None;
    let truth = offline(region, what, |piece| {
        events += u64::from(piece.events);
        if failed.is_none() {
            failed = write_piece(&mut files, dir, &piece).err();
        }
    });
    if let Some(error) = failed {
        return Err(io(error));
    }
    for file in files.values_mut() {
        file.flush().map_err(io)?;
    }
    let mut lines = BufWriter::new(std::fs::File::create(dir.join("truth.jsonl")).map_err(io)?);
    for one in &truth {
        serde_json::to_writer(&mut lines, one).map_err(|e| io(e.into()))?;
        lines.write_all(b"\n").map_err(io)?;
    }
    lines.flush().map_err(io)?;
    Ok(events)
}

fn write_piece(
    files: &mut std::collections::BTreeMap<(String, Format), BufWriter<std::fs::File>>,
    dir: &Path,
    piece: &Piece<'_>,
) -> std::io::Result<()> {
    let key = (piece.sender.to_owned(), piece.format);
    let file = match files.entry(key) {
        std::collections::btree_map::Entry::Occupied(open) => open.into_mut(),
        std::collections::btree_map::Entry::Vacant(free) => {
            let path = dir.join(format!("{}.{}", piece.sender, piece.format.name()));
            free.insert(BufWriter::new(std::fs::File::create(path)?))
        }
    };
    if piece.format == Format::Netflow {
        file.write_all(&(piece.bytes.len() as u16).to_be_bytes())?;
        file.write_all(piece.bytes)
    } else {
        file.write_all(piece.bytes)?;
        file.write_all(b"\n")
    }
}
