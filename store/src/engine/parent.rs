//! The parent's side: starts the engine, restarts it when it dies, stops it.

use std::{
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::{
    EngineDir, EngineError, EngineOptions, KEY_HEADER, Keys, at, child, files::Access, library, settings,
};

/// The engine's allocator (jemalloc) keeps what was freed for a minute and not for five seconds: a block of rows
/// comes every few seconds, and pages that went back to the kernel would be zeroed and mapped again for each.
const ALLOCATOR: (&str, &str) = ("JE_MALLOC_CONF", "dirty_decay_ms:60000,muzzy_decay_ms:60000");

/// A cold start reads the catalogue of every table and part; 200 days of parts take seconds.
const START_MAX: Duration = Duration::from_secs(60);
const PING_EVERY: Duration = Duration::from_millis(50);
/// Waits between restarts of an engine that keeps dying. A failing start costs half a second of
/// processor time, a waiting writer costs the whole region its view.
const RESTART_MIN: Duration = Duration::from_millis(100);
const RESTART_MAX: Duration = Duration::from_secs(3);
/// An engine that lived so long has not failed at its start.
const SETTLED: Duration = Duration::from_secs(2);
/// How long a clean stop may take before SIGTERM, and that before SIGKILL.
const STOP_MAX: Duration = Duration::from_secs(20);
const TERM_MAX: Duration = Duration::from_secs(5);

/// A running engine and its supervisor.
pub struct Engine {
    dir: EngineDir,
    keys: Keys,
    port: u16,
    shared: Arc<Shared>,
    supervisor: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stopping: AtomicBool,
    restarts: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The process that runs now.
    pid: Option<u32>,
    /// How the last one ended.
    ended: Option<String>,
}

impl Shared {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panicking holder leaves two words that are valid at any time.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// Starts `exe engine …` and returns once it answers. `exe` is the `ward` binary; `before` are the
    /// arguments in front of the options (`["engine"]`).
    ///
    /// # Errors
    /// No library, a folder in use, or an engine that ends or stays mute; with its last words.
    pub async fn spawn(exe: &Path, before: &[&str], mut options: EngineOptions) -> Result<Self, EngineError> {
        options.library = library::find(&options.library)?;
        let dir = EngineDir::new(std::path::absolute(&options.dir).map_err(at(&options.dir))?);
        dir.create()?;
        // Held only long enough to know that nobody else has it: the child takes it next.
        drop(dir.lock()?);
        dir.unpublish();
        let keys = dir.make_keys()?;
        options.dir = dir.path().into();
        options.port = child::free_port()?;
        options.parent = i32::try_from(std::process::id()).map_err(|e| EngineError::Start(e.to_string()))?;

        let shared = Arc::new(Shared::default());
        let supervisor = Supervisor {
            exe: exe.into(),
            args: before.iter().map(|a| (*a).to_owned()).chain(options.to_args()).collect(),
            dir: dir.clone(),
            port: options.port,
            shared: Arc::clone(&shared),
        };
        let thread = std::thread::Builder::new()
            .name("engine".into())
            .spawn(move || supervisor.run())
            .map_err(|e| EngineError::Start(e.to_string()))?;
        let engine = Self { dir, keys, port: options.port, shared, supervisor: Some(thread) };
        engine.ready().await?;
        Ok(engine)
    }

    async fn ready(&self) -> Result<(), EngineError> {
        let client = self.client();
        let begin = Instant::now();
        loop {
            if client.query("SELECT 1").fetch_one::<u8>().await.is_ok() {
                return Ok(());
            }
            let (ended, pid) = {
                let state = self.shared.state();
                (state.ended.clone(), state.pid)
            };
            if let Some(reason) = ended {
                return Err(EngineError::Start(reason));
            }
            if begin.elapsed() > START_MAX {
                return Err(EngineError::Start(format!("no answer after {START_MAX:?} (process {pid:?})")));
            }
            tokio::time::sleep(PING_EVERY).await;
        }
    }

    fn client(&self) -> clickhouse::Client {
        clickhouse::Client::default()
            .with_url(self.url())
            .with_header(KEY_HEADER, &self.keys.writer)
            .with_validation(false)
    }

    pub fn url(&self) -> String {
        Access { port: self.port, pid: 0 }.url()
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    pub fn dir(&self) -> &EngineDir {
        &self.dir
    }

    /// The engine's process, while there is one.
    pub fn pid(&self) -> Option<u32> {
        self.shared.state().pid
    }

    /// How often it had to be started again.
    pub fn restarts(&self) -> u64 {
        self.shared.restarts.load(Ordering::Relaxed)
    }

    /// Ends the engine: first by ending its main query, then by signals.
    pub async fn stop(mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        let kill_main = format!("KILL QUERY WHERE Settings['log_comment'] = '{}' ASYNC", settings::MAIN_WAIT);
        // An engine that does not answer is ended by the signals below.
        let _ = tokio::time::timeout(TERM_MAX, self.client().query(&kill_main).execute()).await;
        for (wait, signal) in [(STOP_MAX, Signal::SIGTERM), (TERM_MAX, Signal::SIGKILL)] {
            let begin = Instant::now();
            while self.shared.state().pid.is_some() && begin.elapsed() < wait {
                tokio::time::sleep(PING_EVERY).await;
            }
            self.signal(signal);
        }
        if let Some(thread) = self.supervisor.take() {
            // It ends with the process, which has just been killed at the latest.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    fn signal(&self, signal: Signal) {
        // Under the lock: the supervisor clears the number before the process is reaped.
        let state = self.shared.state();
        if let Some(pid) = state.pid.and_then(|p| i32::try_from(p).ok()) {
            // It may have ended by itself.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }
}

impl Drop for Engine {
    /// Without [`Engine::stop`] the engine is killed, which loses nothing acknowledged.
    fn drop(&mut self) {
        self.shared.stopping.store(true, Ordering::Release);
        self.signal(Signal::SIGKILL);
    }
}

/// Lives in its own thread: the kernel ends the child with the thread that started it, and a thread
/// of the runtime's pool may end at any time.
struct Supervisor {
    exe: PathBuf,
    args: Vec<String>,
    dir: EngineDir,
    port: u16,
    shared: Arc<Shared>,
}

impl Supervisor {
    fn run(self) {
        let mut wait = RESTART_MIN;
        while !self.shared.stopping.load(Ordering::Acquire) {
            let begin = Instant::now();
            let ended = match self.start() {
                Ok(mut child) => self.watch(&mut child),
                Err(error) => error.to_string(),
            };
            self.dir.unpublish();
            self.shared.state().ended = Some(ended.clone());
            if self.shared.stopping.load(Ordering::Acquire) {
                break;
            }
            if begin.elapsed() > SETTLED {
                wait = RESTART_MIN;
            }
            tracing::error!(reason = %ended, again_in = ?wait, "the engine ended");
            self.sleep(wait);
            wait = (wait * 2).min(RESTART_MAX);
            self.shared.restarts.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn start(&self) -> Result<Child, EngineError> {
        let words = self.dir.file("engine.err");
        let err = fs::File::create(&words).map_err(at(&words))?;
        let out = err.try_clone().map_err(at(&words))?;
        let mut state = self.shared.state();
        let child = Command::new(&self.exe)
            .args(&self.args)
            .envs(std::env::var_os(ALLOCATOR.0).is_none().then_some(ALLOCATOR))
            // A Ctrl-C at the terminal is for the parent, which has rows to insert before it stops.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .map_err(at(&self.exe))?;
        state.pid = Some(child.id());
        drop(state);
        self.dir.publish(&Access { port: self.port, pid: child.id() })?;
        Ok(child)
    }

    /// Waits for its end; returns how it ended, with its last words.
    fn watch(&self, child: &mut Child) -> String {
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(0));
        // Waits without reaping, so that a signal meant for it cannot meet another process.
        let flags = nix::sys::wait::WaitPidFlag::WEXITED | nix::sys::wait::WaitPidFlag::WNOWAIT;
        while let Err(nix::Error::EINTR) = nix::sys::wait::waitid(nix::sys::wait::Id::Pid(pid), flags) {}
        self.shared.state().pid = None;
        let status = match child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let words = fs::read_to_string(self.dir.file("engine.err")).unwrap_or_default();
        let last: Vec<&str> = words.lines().filter(|l| !l.trim().is_empty()).collect();
        let last = last[last.len().saturating_sub(3)..].join(" | ");
        if last.is_empty() { status } else { format!("{status}: {last}") }
    }

    fn sleep(&self, wait: Duration) {
        let begin = Instant::now();
        while begin.elapsed() < wait && !self.shared.stopping.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
