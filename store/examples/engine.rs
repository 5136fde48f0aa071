//! The engine's child process for this crate's tests, which have no `ward` binary.

fn main() -> Result<(), ward_store::engine::EngineError> {
    ward_store::engine::run(ward_store::engine::EngineOptions::from_args(std::env::args().skip(1))?)
}
