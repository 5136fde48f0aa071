//! The channels there are and the register with its contacts, as whoever intends to send needs them.

use std::sync::Arc;

use tokio::sync::watch;
use ward_event::{delivery::DeliveryConfig, register::Register};

use super::Deliveries;

pub(crate) struct Outlets {
    pub(crate) config: DeliveryConfig,
    register: watch::Receiver<Arc<Register>>,
}

impl Outlets {
    /// The register in force.
    pub(crate) fn register(&self) -> Arc<Register> {
        self.register.borrow().clone()
    }
}

impl Deliveries<'_> {
    /// Says by which channels people are told, and where their addresses stand. Before, nothing is put into the
    /// outbox. Once a desk; the first counts.
    pub fn connect(&self, config: DeliveryConfig, register: watch::Receiver<Arc<Register>>) {
        let _ = self.0.0.outlets.set(Arc::new(Outlets { config, register }));
    }
}
