//! The stages apart, on a real Kafka: one collector, one analytics with its own engine.

use std::{fs, path::Path};

use ward_store::testing::KafkaBroker;

use super::Ward;

const REGISTER: &str =
    "[[unit]]\nid = 'h01'\nname = '市一院'\nkind = 'hospital'\n[[sender]]\nid = 'h01'\nunits = ['h01']\n";

pub struct Cluster {
    pub kafka: KafkaBroker,
    pub collect: Ward,
    pub analyze: Ward,
}

impl Cluster {
    /// Broker first, then analytics (it makes the topics), then the collector.
    pub fn start(dir: &Path) -> Self {
        let kafka = KafkaBroker::start().expect("a broker; `make setup` fetches it");
        fs::write(dir.join("register.toml"), REGISTER).expect("written");
        let config = dir.join("ward.toml");
        let any = "127.0.0.1:0";
        fs::write(
            &config,
            format!(
                "register = 'register.toml'\n[log]\nbackend = 'kafka'\nbrokers = '{}'\n[web]\nlisten = '{any}'\n[metrics]\nlisten = '{any}'\n\
                 [analyze]\nsnapshot_secs = 2\n[[collect]]\nsender = 'h01'\nsyslog_tcp = '{any}'\nsyslog_udp = '{any}'\nhttp = '{any}'\nnetflow = '{any}'\n",
                kafka.bootstrap
            ),
        )
        .expect("written");
        let stage = |name: &str| {
            let data = dir.join(name);
            let args =
                [name, "--config", &config.display().to_string(), "--data", &data.display().to_string()];
            Ward::start(&args, &data)
        };
        let analyze = stage("analyze");
        let collect = stage("collect");
        Self { kafka, collect, analyze }
    }
}
