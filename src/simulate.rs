//! `ward simulate`: the demo's region against collectors that run elsewhere.

use std::path::PathBuf;

use anyhow::{Context, Result};
use tokio::sync::watch;
use ward_simulator::{
    Region,
    command::{self, Command},
    model::config::{Layout, PLACEHOLDERS},
};

use crate::{data_dir, stages};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// JSON object: `<sender>/<listener>` to `host:port`, as a collector writes it
    #[arg(long, value_name = "FILE", default_value = "endpoints.json")]
    endpoints: PathBuf,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Events a second over the whole region, on the week's average; 2,000 at most
    #[arg(long, default_value_t = 300.0)]
    volume: f64,
    /// How fast the past is caught up with
    #[arg(long, default_value_t = 1.0)]
    speed: f64,
    /// Begin so many hours ago; needs a speed above 1
    #[arg(long, default_value_t = 0)]
    past_hours: u32,
    /// Seconds between two attacks; 0 for none
    #[arg(long, default_value_t = 240)]
    attack_every_secs: u32,
    /// Where the ground truth of the attacks is appended
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Certificates that TLS listeners show, or their authorities' (PEM)
    #[arg(long, value_name = "FILE")]
    tls_ca: Vec<PathBuf>,
    /// Folder of the files that collectors tail
    #[arg(long, value_name = "DIR", default_value = "tails")]
    tails: PathBuf,
    /// Writes the region's register, its lists and a configuration for its collectors into DIR, and sends nothing
    #[arg(long, value_name = "DIR")]
    write_region: Option<PathBuf>,
}

pub(crate) fn run(args: Args) -> Result<()> {
    if let Some(dir) = &args.write_region {
        return write_region(dir, &args.tails);
    }
    let command = Command {
        endpoints: args.endpoints,
        seed: args.seed,
        volume: args.volume,
        speed: args.speed,
        past_hours: args.past_hours,
        attack_every_secs: args.attack_every_secs,
        truth: args.truth,
        tls_ca: args.tls_ca,
        tails: args.tails,
    };
    stages::block_on(async move {
        let signals = stages::Signals::listen()?;
        let (stop, stopped) = watch::channel(false);
        let simulation = tokio::spawn(command::run(command, stopped));
        let ended = signals.or(std::future::pending()).await;
        stop.send_replace(true);
        let stats = simulation.await??;
        println!("{}", serde_json::to_string_pretty(&stats)?);
        ended
    })
}

fn write_region(dir: &std::path::Path, tails: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let region = Region::demo();
    let layout = Layout {
        data: ".".into(),
        register: "register.toml".into(),
        tails: tails.into(),
        customary_ports: true,
    };
    data_dir::write_new(&dir.join("register.toml"), &region.register_toml()?)?;
    data_dir::write_new(&dir.join(PLACEHOLDERS), &region.placeholders_yaml())?;
    data_dir::write_new(&dir.join("ward.toml"), &region.config_toml(&layout)?)
}
