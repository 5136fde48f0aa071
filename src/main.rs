//! `ward`: the one command. Each subcommand is a file of its own; this one only names them.

#![allow(clippy::print_stdout, reason = "results go to stdout, messages to stderr")]

mod admin;
mod analyze;
mod bench;
mod collect;
mod control;
mod data_dir;
mod delivery;
mod demo;
mod desk;
mod detect;
mod driven;
mod endpoints;
mod engine;
mod incidents;
mod ops;
mod parse;
mod press;
mod region;
mod report;
mod rules;
mod serve;
mod simulate;
mod sql;
mod stages;
mod triage;
mod up;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// Events are made on one thread and end on another: the system's allocator takes a tenth of the time
/// of the way there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ward 卫哨 — security situation awareness for a region's hospitals.
#[derive(Parser)]
#[command(name = "ward", version, about, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything in one place, on a data directory
    Up(up::Args),
    /// `up` with a simulated region that sends real protocol traffic
    Demo(demo::Args),
    /// One stage: listeners, parsers, mask, spool, publisher
    Collect(stages::Args),
    /// One stage: from the log to alerts and the store
    Analyze(stages::Args),
    /// One stage: the command view
    Serve(stages::Args),
    /// The embedded ClickHouse engine; `up` starts it as its child
    Engine(engine::Args),
    /// Bytes to events, one JSON a line
    Parse(parse::Args),
    /// Events to alerts, offline and deterministic
    Detect(detect::Args),
    /// Check, test and replay rules
    Rules(rules::Args),
    /// A read-only query, beside a running `ward up` too; every query is audited
    Sql(sql::Args),
    /// Reports as files: the weekly one
    Report(report::Args),
    /// A simulated region against any collectors' sockets
    Simulate(simulate::Args),
    /// Benchmarks as a table
    Bench(bench::Args),
    /// Upkeep
    Admin(admin::Args),
    /// Prints the completion script of a shell
    Completion { shell: clap_complete::Shell },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("WARD_LOG")
                .unwrap_or_else(|_| "info,actix_server=warn,rdkafka=warn,librdkafka=warn".into()),
        )
        .init();
    let done = match cli.command {
        Command::Up(args) => up::run(args),
        Command::Demo(args) => demo::run(args),
        Command::Collect(args) => collect::run(args),
        Command::Analyze(args) => analyze::run(args),
        Command::Serve(args) => serve::run(args),
        Command::Engine(args) => engine::run(args),
        Command::Parse(args) => parse::run(args),
        Command::Detect(args) => detect::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Sql(args) => sql::run(args),
        Command::Report(args) => report::run(args),
        Command::Simulate(args) => simulate::run(args),
        Command::Bench(args) => bench::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Completion { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "ward", &mut std::io::stdout());
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ward: {error:#}");
            ExitCode::FAILURE
        }
    }
}
