//! The driven clock's socket, `DIR/clock.sock`: a test or a simulator's runner says what time it is,
//! one line a step, `advance <microseconds>`, answered `ok <microseconds>` when the step's clock
//! record is on the log; `release` hands time over to the system's clock. Opened only with `[clock] source = "driven"`.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
};
use ward_event::{Micros, clock::Clock};
use ward_store::log::ticker::Ticker;

/// Serves the socket until the task is dropped.
pub(crate) fn serve(dir: &Path, clock: Clock, ticker: Arc<Ticker>) -> Result<tokio::task::JoinHandle<()>> {
    let path = dir.join("clock.sock");
    // One left behind by a killed process.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).with_context(|| format!("opening {}", path.display()))?;
    Ok(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (clock, ticker) = (clock.clone(), ticker.clone());
            tokio::spawn(async move {
                if let Err(error) = drive(stream, &clock, &ticker).await {
                    tracing::warn!(%error, "clock socket");
                }
            });
        }
    }))
}

async fn drive(stream: UnixStream, clock: &Clock, ticker: &Ticker) -> Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split_once(' ') {
            Some(("advance", to)) => match to.trim().parse() {
                Ok(to) => {
                    clock.advance(Micros(to));
                    ticker.tick_now().await?;
                    format!("ok {}\n", clock.now().0)
                }
                Err(_) => format!("error: {to:?} is no time in microseconds\n"),
            },
            None if line == "release" => {
                clock.release();
                "ok\n".to_owned()
            }
            _ => "error: advance <microseconds> or release\n".to_owned(),
        };
        write.write_all(answer.as_bytes()).await?;
    }
    Ok(())
}
