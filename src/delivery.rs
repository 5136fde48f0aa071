//! Sending: the channels of `[delivery]` empty the desk's outbox as long as the process runs.

use std::{sync::Arc, time::Duration};

use anyhow::Result;
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use ward_desk::Desk;
use ward_event::{books::Books, config::Config, register::Register};
use ward_notify::Sender;

/// Between two looks at the outbox.
const BEAT: Duration = Duration::from_millis(500);

/// What a stop waits for tries that are under way. A longer one is unknown at the next start, as after a crash.
const GRACE: Duration = Duration::from_secs(5);

/// The running sender.
pub(crate) struct Sending {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Tells the desk of the channels and the register, and begins to send; None where no channel is configured.
pub(crate) fn start(
    config: &Config,
    desk: &Desk,
    register: watch::Receiver<Arc<Register>>,
    books: &Books,
) -> Result<Option<Sending>> {
    desk.deliveries().connect(config.delivery.clone(), register);
    if config.delivery.channel.is_empty() {
        return Ok(None);
    }
    let sender = Sender::new(desk.clone(), &config.delivery, config.calendar(), BEAT, books)?;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        // Dropped counts, too: a start that failed later must not leave it behind.
        let stopped = async {
            let _ = stopped.await;
        };
        if let Err(error) = sender.run(stopped).await {
            tracing::error!(%error, "nothing is sent any more");
        }
    });
    Ok(Some(Sending { stop, task }))
}

impl Sending {
    /// Begins nothing new; what is under way ends and is written down.
    pub(crate) async fn stop(mut self) {
        let _ = self.stop.send(());
        if timeout(GRACE, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}
