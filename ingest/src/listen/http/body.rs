//! Request bodies: read, unpacked, and bounded, each and all together.

use std::{
    io::Read,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, http::StatusCode, http::header::CONTENT_ENCODING, web};
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use futures_util::StreamExt;
use ward_event::limits::HTTP_BODY_BYTES_MAX;

use super::Answer;

/// Bodies of all requests under way, packed and unpacked; further ones are told to come later.
const BODIES_BYTES_MAX: usize = HTTP_BODY_BYTES_MAX + (16 << 20);
/// Logs shrink by 10 to 50; a body above [`BOMB_FROM`] that shrank by more than this is a bomb.
const RATIO_MAX: usize = 256;
const BOMB_FROM: usize = 4 << 20;
/// A body that stands still for so long is given up.
const CHUNK_WAIT: Duration = Duration::from_secs(30);
/// Unpacked at a time.
const UNPACK_BYTES: usize = 64 << 10;

/// Memory of all bodies under way.
#[derive(Debug, Default)]
pub(super) struct Bodies(AtomicUsize);

impl Bodies {
    pub(super) fn shared() -> Arc<Self> {
        Arc::default()
    }
}

/// What one body takes of it.
struct Share {
    bodies: Arc<Bodies>,
    bytes: usize,
}

impl Share {
    fn grow(&mut self, bytes: usize) -> Result<(), BodyError> {
        self.bytes += bytes;
        if self.bodies.0.fetch_add(bytes, Ordering::Relaxed) + bytes > BODIES_BYTES_MAX {
            return Err(BodyError::Busy);
        }
        Ok(())
    }

    fn shrink(&mut self, bytes: usize) {
        self.bytes -= bytes;
        self.bodies.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.bodies.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// A body, unpacked.
pub(super) struct Body {
    bytes: Vec<u8>,
    _share: Share,
}

impl Body {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Why there is no body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum BodyError {
    #[error("body above {HTTP_BODY_BYTES_MAX} bytes")]
    TooLarge,
    #[error("body that shrank by more than {RATIO_MAX}")]
    Bomb,
    #[error("too many bodies at once")]
    Busy,
    #[error("body does not unpack: {0}")]
    Packed(String),
    #[error("content encoding {0:?} is not known; gzip and deflate are")]
    Encoding(String),
    #[error("body stood still")]
    Slow,
    #[error("body broke off: {0}")]
    Broken(String),
}

impl From<BodyError> for Answer {
    fn from(error: BodyError) -> Self {
        let (status, kind) = match error {
            BodyError::TooLarge | BodyError::Bomb => {
                (StatusCode::PAYLOAD_TOO_LARGE, "content_too_long_exception")
            }
            BodyError::Busy => (StatusCode::TOO_MANY_REQUESTS, "es_rejected_execution_exception"),
            BodyError::Packed(_) | BodyError::Broken(_) => (StatusCode::BAD_REQUEST, "parse_exception"),
            BodyError::Encoding(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media_type_header_exception"),
            BodyError::Slow => (StatusCode::REQUEST_TIMEOUT, "timeout_exception"),
        };
        Self::error(status, kind, &error.to_string())
    }
}

/// Reads a request's body.
pub(super) async fn read(
    request: &HttpRequest,
    mut payload: web::Payload,
    bodies: &Arc<Bodies>,
) -> Result<Body, BodyError> {
    let mut share = Share { bodies: bodies.clone(), bytes: 0 };
    let mut bytes = Vec::new();
    while let Some(chunk) =
        tokio::time::timeout(CHUNK_WAIT, payload.next()).await.map_err(|_| BodyError::Slow)?
    {
        let chunk = chunk.map_err(|e| BodyError::Broken(e.to_string()))?;
        if bytes.len() + chunk.len() > HTTP_BODY_BYTES_MAX {
            return Err(BodyError::TooLarge);
        }
        share.grow(chunk.len())?;
        bytes.extend_from_slice(&chunk);
    }
    let encoding = request.headers().get(CONTENT_ENCODING).map_or("", |v| v.to_str().unwrap_or("?"));
    let unpacked = match encoding.trim().to_ascii_lowercase().as_str() {
        "" | "identity" => return Ok(Body { bytes, _share: share }),
        "gzip" | "x-gzip" => unpack(MultiGzDecoder::new(&bytes[..]), bytes.len(), &mut share)?,
        "deflate" => unpack(ZlibDecoder::new(&bytes[..]), bytes.len(), &mut share)?,
        other => return Err(BodyError::Encoding(other.chars().take(40).collect())),
    };
    share.shrink(bytes.len());
    Ok(Body { bytes: unpacked, _share: share })
}

fn unpack(mut packed: impl Read, packed_bytes: usize, share: &mut Share) -> Result<Vec<u8>, BodyError> {
    let mut out = Vec::new();
    let mut step = vec![0; UNPACK_BYTES];
    loop {
        let n = packed.read(&mut step).map_err(|e| BodyError::Packed(e.to_string()))?;
        if n == 0 {
            return Ok(out);
        }
        if out.len() + n > HTTP_BODY_BYTES_MAX {
            return Err(BodyError::TooLarge);
        }
        if out.len() > BOMB_FROM && out.len() / packed_bytes.max(1) > RATIO_MAX {
            return Err(BodyError::Bomb);
        }
        share.grow(n)?;
        out.extend_from_slice(&step[..n]);
    }
}
