//! The engine's own process: `ward engine`.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
    time::Duration,
};

use nix::{
    sys::{prctl, signal::Signal},
    unistd::getppid,
};

use super::{
    EngineDir, EngineError, EngineOptions, at, binding,
    files::{self, random},
    library, settings,
};

/// Ports to choose from: below Linux's range for outgoing connections (32,768), so that a restarted
/// engine finds its port free again.
const PORTS: std::ops::Range<u16> = 20_000..32_000;
const PORT_TRIES: usize = 64;

/// Runs the engine in this process until it is stopped. The keys are those of the folder; where a
/// parent watches, it has made them.
///
/// # Errors
/// A folder that another process has open, a library that is not there, and what the engine reports.
pub fn run(mut options: EngineOptions) -> Result<(), EngineError> {
    end_with(options.parent)?;
    if options.dir.as_os_str().is_empty() {
        return Err(EngineError::Options("--dir is missing".into()));
    }
    let dir = EngineDir::new(std::path::absolute(&options.dir).map_err(at(&options.dir))?);
    options.dir = dir.path().into();
    dir.create()?;
    let library = library::find(&options.library)?;
    let _lock = dir.lock()?;
    let keys = if options.parent == 0 { dir.make_keys()? } else { dir.keys()? };
    if options.port == 0 {
        options.port = free_port()?;
    }
    files::write_private(&dir.file("users.xml"), settings::users(&options, &keys).as_bytes())?;
    files::write_private(&dir.file("engine.xml"), settings::server(&options, &keys).as_bytes())?;
    if options.parent == 0 {
        dir.publish(&files::Access { port: options.port, pid: std::process::id() })?;
    }
    no_core_dump(dir.path());
    let end = binding::query_cmdline(&library, &settings::arguments(&options));
    if options.parent == 0 {
        dir.unpublish();
    }
    end
}

/// Asks the kernel to kill this process when the thread that started it ends.
fn end_with(parent: i32) -> Result<(), EngineError> {
    if parent == 0 {
        return Ok(());
    }
    prctl::set_pdeathsig(Signal::SIGKILL).map_err(|e| EngineError::Start(format!("prctl: {e}")))?;
    // It may have ended before the kernel was asked.
    if getppid().as_raw() == parent {
        Ok(())
    } else {
        Err(EngineError::Start("the process that started it has ended".into()))
    }
}

/// A killed engine would leave gigabytes of core file where the system writes them.
fn no_core_dump(dir: &Path) {
    if let Err(error) = prctl::set_dumpable(false) {
        tracing::debug!(%error, dir = %dir.display(), "core dumps stay allowed");
    }
}

/// A loopback port that nobody listens on now.
pub(super) fn free_port() -> Result<u16, EngineError> {
    let count = u32::from(PORTS.end - PORTS.start);
    for _ in 0..PORT_TRIES {
        let pick = u32::from_le_bytes(random::<4>()?) % count;
        // `pick` is below the range's length, a u16.
        let port = PORTS.start + pick as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(EngineError::Start(format!("no free port among {PORTS:?}")))
}
