//! A real Kafka broker of one node on loopback, from the jars that `deploy/kafka/setup.sh` puts into
//! `.setup/kafka/lib`. About 4 s to start.

use std::{
    fs::{self, File},
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rdkafka::{ClientConfig, consumer::BaseConsumer, consumer::Consumer};

/// A cold start on two busy cores takes 15 s.
const START_SECS_MAX: u64 = 120;
const STOP_SECS_MAX: u64 = 30;

/// A broker that ends with this value. Its data live as long.
pub struct KafkaBroker {
    /// `host:port`.
    pub bootstrap: String,
    dir: tempfile::TempDir,
    lib: PathBuf,
    process: Option<Child>,
}

impl KafkaBroker {
    /// Starts a broker on a free port, with topics made only when asked for.
    ///
    /// # Errors
    /// When the jars are missing, Java is, or the broker does not answer; its log is in the error.
    pub fn start() -> io::Result<Self> {
        let lib = find_lib()?;
        let dir = tempfile::tempdir()?;
        let [port, controller] = free_ports()?;
        let bootstrap = format!("127.0.0.1:{port}");
        fs::write(dir.path().join("server.properties"), properties(dir.path(), port, controller))?;
        let mut broker = Self { bootstrap, dir, lib, process: None };
        let id = broker.tool(&["random-uuid"])?;
        broker.tool(&["format", "-t", id.trim(), "-c", "server.properties"])?;
        broker.restart()?;
        Ok(broker)
    }

    /// Starts the stopped or killed broker again on its port with its data.
    ///
    /// # Errors
    /// As [`KafkaBroker::start`].
    pub fn restart(&mut self) -> io::Result<()> {
        self.kill9()?;
        let log = File::create(self.dir.path().join("broker.log"))?;
        let mut java = self.java();
        java.args(["-Xmx512m", "-XX:+UseSerialGC", "kafka.Kafka", "server.properties"]);
        self.process = Some(java.stdout(log.try_clone()?).stderr(log).spawn()?);
        self.wait_until_it_answers()
    }

    /// Its process; none while it is stopped.
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// As a crash ends it.
    ///
    /// # Errors
    /// If the process cannot be waited for.
    pub fn kill9(&mut self) -> io::Result<()> {
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Holds the process still, as a broker that no longer answers but keeps its connections.
    ///
    /// # Errors
    /// If the process is not there.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets a frozen process go on.
    ///
    /// # Errors
    /// If the process is not there.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Stops it cleanly.
    ///
    /// # Errors
    /// If it has not ended after 30 s; it is killed then.
    pub fn stop(&mut self) -> io::Result<()> {
        self.signal(Signal::SIGTERM)?;
        let deadline = Instant::now() + Duration::from_secs(STOP_SECS_MAX);
        while let Some(process) = &mut self.process {
            if process.try_wait()?.is_some() {
                self.process = None;
            } else if Instant::now() > deadline {
                self.kill9()?;
                return Err(io::Error::other("the broker did not stop and was killed"));
            } else {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        let process = self.process.as_ref().ok_or_else(|| io::Error::other("the broker is not running"))?;
        let id = i32::try_from(process.id()).map_err(io::Error::other)?;
        Ok(kill(Pid::from_raw(id), signal)?)
    }

    fn java(&self) -> Command {
        let mut command = Command::new("java");
        command.current_dir(self.dir.path()).arg("-cp").arg(self.lib.join("*")).stdin(Stdio::null());
        command
    }

    /// Runs Kafka's storage tool; returns what it prints.
    fn tool(&self, args: &[&str]) -> io::Result<String> {
        let done = self.java().arg("kafka.tools.StorageTool").args(args).output()?;
        if !done.status.success() {
            return Err(io::Error::other(format!(
                "kafka.tools.StorageTool {args:?}: {}{}",
                String::from_utf8_lossy(&done.stdout),
                String::from_utf8_lossy(&done.stderr)
            )));
        }
        Ok(String::from_utf8_lossy(&done.stdout).into_owned())
    }

    fn wait_until_it_answers(&mut self) -> io::Result<()> {
        let client: BaseConsumer = ClientConfig::new()
            .set("bootstrap.servers", &self.bootstrap)
            .set("reconnect.backoff.max.ms", "200")
            .create()
            .map_err(io::Error::other)?;
        let deadline = Instant::now() + Duration::from_secs(START_SECS_MAX);
        loop {
            let metadata = client.fetch_metadata(None, Duration::from_millis(500));
            if metadata.is_ok_and(|m| !m.brokers().is_empty()) {
                return Ok(());
            }
            let ended = self.process.as_mut().map(Child::try_wait).transpose()?.flatten();
            if ended.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.dir.path().join("broker.log")).unwrap_or_default();
                let tail: Vec<_> = log.lines().rev().take(30).collect();
                let tail: Vec<_> = tail.into_iter().rev().collect();
                return Err(io::Error::other(format!("the broker does not answer:\n{}", tail.join("\n"))));
            }
        }
    }
}

impl Drop for KafkaBroker {
    fn drop(&mut self) {
        // A process that is gone already is as wanted.
        let _ = self.kill9();
    }
}

fn find_lib() -> io::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lib = here.ancestors().map(|dir| dir.join(".setup/kafka/lib")).find(|lib| lib.is_dir());
    lib.ok_or_else(|| {
        io::Error::other(
            "Kafka's jars are not in .setup/kafka/lib: run deploy/kafka/setup.sh (make setup does)",
        )
    })
}

fn free_ports() -> io::Result<[u16; 2]> {
    // Both are held before either is given back, so that they differ.
    let held = [TcpListener::bind("127.0.0.1:0")?, TcpListener::bind("127.0.0.1:0")?];
    Ok([held[0].local_addr()?.port(), held[1].local_addr()?.port()])
}

fn properties(dir: &Path, port: u16, controller: u16) -> String {
    let data = dir.join("data");
    format!(
        "process.roles=broker,controller\n\
         node.id=1\n\
         controller.quorum.voters=1@127.0.0.1:{controller}\n\
         listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n\
         advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
         controller.listener.names=CONTROLLER\n\
         inter.broker.listener.name=PLAINTEXT\n\
         log.dirs={}\n\
         auto.create.topics.enable=false\n\
         offsets.topic.replication.factor=1\n\
         offsets.topic.num.partitions=4\n\
         transaction.state.log.replication.factor=1\n\
         transaction.state.log.min.isr=1\n\
         share.coordinator.state.topic.replication.factor=1\n\
         share.coordinator.state.topic.min.isr=1\n\
         group.initial.rebalance.delay.ms=0\n",
        data.display()
    )
}
