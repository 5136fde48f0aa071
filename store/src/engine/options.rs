//! What the parent tells the child on its command line.

use std::path::PathBuf;

use super::EngineError;

/// Options of `ward engine`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineOptions {
    /// The store's folder; see [`super::EngineDir`].
    pub dir: PathBuf,
    /// `libchdb.so`; empty searches.
    pub library: PathBuf,
    /// Cap of the engine's own memory. It counts allocations, not RSS.
    pub memory_bytes: u64,
    /// Loopback port; 0 takes a free one.
    pub port: u16,
    /// The database that the reader may read.
    pub database: String,
    /// The process to end with; 0 for none.
    pub parent: i32,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            dir: PathBuf::new(),
            library: PathBuf::new(),
            memory_bytes: ward_event::config::StoreConfig::default().engine_memory_bytes,
            port: 0,
            database: "ward".into(),
            parent: 0,
        }
    }
}

impl EngineOptions {
    /// The command line behind `ward engine`.
    pub fn to_args(&self) -> Vec<String> {
        let text = |path: &PathBuf| path.to_string_lossy().into_owned();
        [
            ("--dir", text(&self.dir)),
            ("--library", text(&self.library)),
            ("--memory-bytes", self.memory_bytes.to_string()),
            ("--port", self.port.to_string()),
            ("--database", self.database.clone()),
            ("--parent", self.parent.to_string()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    /// Reads what [`EngineOptions::to_args`] wrote; what is not said is the default.
    ///
    /// # Errors
    /// An unknown name, a missing or unfit value.
    pub fn from_args(args: impl IntoIterator<Item = String>) -> Result<Self, EngineError> {
        fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, EngineError> {
            value.parse().map_err(|_| EngineError::Options(format!("{name} {value:?} is no fitting number")))
        }
        let mut options = Self::default();
        let mut args = args.into_iter();
        while let Some(name) = args.next() {
            let value = args.next().ok_or_else(|| EngineError::Options(format!("{name} lacks its value")))?;
            match name.as_str() {
                "--dir" => options.dir = value.into(),
                "--library" => options.library = value.into(),
                "--memory-bytes" => options.memory_bytes = number(&name, &value)?,
                "--port" => options.port = number(&name, &value)?,
                "--database" => options.database = value,
                "--parent" => options.parent = number(&name, &value)?,
                _ => return Err(EngineError::Options(format!("{name} is unknown"))),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_survive_the_command_line() {
        let options = EngineOptions {
            dir: "/d".into(),
            library: "/l".into(),
            memory_bytes: 7,
            port: 8,
            database: "x".into(),
            parent: 9,
        };
        assert_eq!(EngineOptions::from_args(options.to_args()).expect("options"), options);
        assert!(EngineOptions::from_args(["--colour".into(), "red".into()]).is_err());
        assert!(EngineOptions::from_args(["--port".into(), "70000".into()]).is_err());
    }
}
