//! What tests of several crates need: a disk that fails by seed, and a real Kafka broker.

mod disk;
mod kafka;
mod rng;

pub use self::{disk::SimDisk, kafka::KafkaBroker, rng::Rng};
