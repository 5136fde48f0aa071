//! The embedded engine: ClickHouse in a child process (`ward engine`), reached over its own HTTP
//! interface on loopback like any ClickHouse server.
//!
//! chDB's library is clickhouse-local; `SYSTEM START LISTEN HTTP` opens the real server's interface in
//! it. The child ends with its parent, is restarted when it dies, and lets in only who holds a key
//! that lies in a file of mode 0600.

#[allow(unsafe_code, reason = "calls into libchdb.so, whose interface is C")]
mod binding;
mod child;
mod files;
mod library;
mod options;
mod parent;
pub mod settings;

pub use child::run;
pub use files::{Access, EngineDir, Keys};
pub use library::find as find_library;
pub use options::EngineOptions;
pub use parent::Engine;

use std::path::PathBuf;

/// Header that carries the writer's or the reader's key.
pub const KEY_HEADER: &str = "X-Ward-Key";
/// The limited user of the embedded engine.
pub const READER: &str = "reader";

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    #[error("libchdb.so was not found; looked for {}. `make setup` fetches it, `store.engine_library` names it", list(.looked))]
    NoLibrary { looked: Vec<PathBuf> },
    #[error("{path} is no usable engine library: {reason}")]
    BadLibrary { path: PathBuf, reason: String },
    #[error("the store in {dir} is open in another process{holder}; only one may have it open")]
    InUse { dir: PathBuf, holder: String },
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("the engine's options: {0}")]
    Options(String),
    #[error("the engine did not start: {0}")]
    Start(String),
    #[error("the engine ended: {0}")]
    Ended(String),
    #[error("no engine runs in {0}; `ward up` starts one")]
    NotRunning(PathBuf),
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// For `map_err` on file operations.
fn at(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> EngineError + '_ {
    move |source| EngineError::File { path: path.into(), source }
}
