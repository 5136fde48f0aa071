//! One hub a scope: the region's for ever, others while somebody of that scope looks.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{runtime::Handle, task::JoinHandle};

use super::hub::{Hub, HubSources};
use crate::scope::Scope;

pub(crate) struct Hubs {
    region: Arc<Hub>,
    others: Mutex<BTreeMap<Scope, Arc<Hub>>>,
    sources: HubSources,
    /// Where the tasks run: not on the worker that happened to be asked first.
    runtime: Handle,
}

impl Hubs {
    /// Starts the region's hub; must be called inside a tokio runtime.
    pub(crate) fn start(sources: HubSources) -> (Arc<Self>, JoinHandle<()>) {
        let region = Hub::new(Scope::All, &sources.clock);
        let frames = tokio::spawn(region.clone().run(sources.clone()));
        let hubs = Self { region, others: Mutex::default(), sources, runtime: Handle::current() };
        (Arc::new(hubs), frames)
    }

    pub(crate) fn region(&self) -> &Arc<Hub> {
        &self.region
    }

    /// The hub whose frames show these rows.
    pub(crate) fn of(&self, scope: &Scope) -> Arc<Hub> {
        if *scope == Scope::All {
            return self.region.clone();
        }
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        others.retain(|_, hub| !hub.is_retired());
        let start = || {
            let hub = Hub::new(scope.clone(), &self.sources.clock);
            self.runtime.spawn(hub.clone().run(self.sources.clone()));
            hub
        };
        others.entry(scope.clone()).or_insert_with(start).clone()
    }

    pub(crate) fn stop(&self) {
        self.region.stop();
        self.others.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(|hub| hub.stop());
    }
}
