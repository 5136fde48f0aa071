//! What bounds sign-ins: how many passwords are hashed at once, how many wait, how soon one address may try
//! again.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::Semaphore;
use ward_event::{Micros, time::MICROS_PER_SECOND};

use crate::{
    DeskError,
    account::{context, new_totp_secret, password},
    keys::{self, DeskKey},
};

/// Passwords hashed at once: each takes 19 MiB and a core.
pub(crate) const HASHES_MAX: usize = 2;

/// Sign-ins that may wait for their turn.
const WAITING_MAX: usize = 200;

/// Failures of one address that are free: a hospital's staff share one.
const FREE_FAILURES: u32 = 10;

/// The longest pause of one address.
const PAUSE_MAX_SECS: i64 = 300;

/// After so long without a failure an address is as good as new.
const FORGET: i64 = 3_600 * MICROS_PER_SECOND;

/// Addresses remembered. An attacker with more has more than failures can tell apart.
const ADDRESSES_MAX: usize = 10_000;

/// Why factors were not looked at.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Busy {
    #[error("too many at once")]
    Full,
    #[error(transparent)]
    Desk(#[from] DeskError),
}

pub(crate) struct Gate {
    hashing: Arc<Semaphore>,
    waiting: AtomicUsize,
    running: Arc<AtomicUsize>,
    /// The most that ever ran at once.
    ran: Arc<AtomicUsize>,
    addresses: Mutex<BTreeMap<String, Failures>>,
    /// The password's hash and the sealed TOTP secret that an unknown name is compared with.
    nobody: (String, String),
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Micros,
}

impl Gate {
    pub(crate) fn new(key: &DeskKey) -> Result<Self, DeskError> {
        let hash = password::hash(&keys::new_secret()?)?;
        let sealed = key.seal(&context(None), &new_totp_secret()?)?;
        Ok(Self {
            hashing: Arc::new(Semaphore::new(HASHES_MAX)),
            waiting: AtomicUsize::new(0),
            running: Arc::default(),
            ran: Arc::default(),
            addresses: Mutex::default(),
            nobody: (hash, sealed),
        })
    }

    pub(crate) fn nobody(&self) -> (&str, &str) {
        (&self.nobody.0, &self.nobody.1)
    }

    pub(crate) async fn is_right(&self, password: &str, kept: &str) -> Result<bool, Busy> {
        let (password, kept) = (password.to_owned(), kept.to_owned());
        self.blocking(move || password::is_right(&password, &kept)).await
    }

    pub(crate) async fn hash(&self, password: &str) -> Result<String, Busy> {
        let password = password.to_owned();
        Ok(self.blocking(move || password::hash(&password)).await??)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let waiting = Waiting::enter(&self.waiting)?;
        let closed = |_| Busy::Desk(DeskError::Closed);
        let permit = self.hashing.clone().acquire_owned().await.map_err(closed)?;
        drop(waiting);
        let (running, ran) = (self.running.clone(), self.ran.clone());
        let done = tokio::task::spawn_blocking(move || {
            ran.fetch_max(running.fetch_add(1, Ordering::AcqRel) + 1, Ordering::AcqRel);
            let done = work();
            running.fetch_sub(1, Ordering::AcqRel);
            // Not before: where the caller goes away the hashing still runs to its end.
            drop(permit);
            done
        })
        .await;
        done.map_err(|_| Busy::Desk(DeskError::Broken("hashing a password panicked".into())))
    }

    /// How many seconds an address has to wait; 0 for none.
    pub(crate) fn pause(&self, address: &str, now: Micros) -> u64 {
        let addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(failures) = addresses.get(address).filter(|f| now.0 - f.last.0 < FORGET) else { return 0 };
        let over = failures.count.saturating_sub(FREE_FAILURES);
        if over == 0 {
            return 0;
        }
        // 2, 4, 8 … seconds.
        let pause = (1_i64 << over.min(20)).min(PAUSE_MAX_SECS) * MICROS_PER_SECOND;
        let left = failures.last.0 + pause - now.0;
        u64::try_from(left).unwrap_or(0).div_ceil(MICROS_PER_SECOND.unsigned_abs())
    }

    pub(crate) fn failed(&self, address: &str, now: Micros) {
        let mut addresses = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if addresses.len() >= ADDRESSES_MAX && !addresses.contains_key(address) {
            addresses.retain(|_, f| now.0 - f.last.0 < FORGET);
            if addresses.len() >= ADDRESSES_MAX
                && let Some(oldest) = addresses.iter().min_by_key(|(_, f)| f.last).map(|(a, _)| a.clone())
            {
                addresses.remove(&oldest);
            }
        }
        let failures = addresses.entry(address.to_owned()).or_insert(Failures { count: 0, last: now });
        let is_old = now.0 - failures.last.0 >= FORGET;
        *failures = Failures { count: if is_old { 1 } else { failures.count.saturating_add(1) }, last: now };
    }
}

/// One that waits, counted as long as it does, also where its caller goes away.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(count: &'a AtomicUsize) -> Result<Self, Busy> {
        let entered = Self(count);
        if count.fetch_add(1, Ordering::AcqRel) < WAITING_MAX { Ok(entered) } else { Err(Busy::Full) }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate::new(&DeskKey::new(&[1; 32]).expect("a key")).expect("a gate")
    }

    fn at(seconds: i64) -> Micros {
        Micros(seconds * MICROS_PER_SECOND)
    }

    #[test]
    fn an_address_that_fails_waits_longer_each_time_and_is_forgiven() {
        let gate = gate();
        for _ in 0..FREE_FAILURES {
            gate.failed("a", at(0));
        }
        assert_eq!(gate.pause("a", at(0)), 0);
        let mut pauses = Vec::new();
        for _ in 0..9 {
            gate.failed("a", at(0));
            pauses.push(gate.pause("a", at(0)));
        }
        assert_eq!(pauses, [2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert_eq!((gate.pause("a", at(299)), gate.pause("a", at(300))), (1, 0));
        assert_eq!(gate.pause("b", at(0)), 0);
        gate.failed("a", at(4_000));
        assert_eq!(gate.pause("a", at(4_000)), 0, "an hour later it begins anew");
    }

    #[test]
    fn addresses_are_bounded_and_the_oldest_is_forgotten() {
        let gate = gate();
        for n in 0..ADDRESSES_MAX + 50 {
            gate.failed(&format!("a{n}"), at(n as i64 / 100));
        }
        let addresses = gate.addresses.lock().expect("a lock");
        assert_eq!(addresses.len(), ADDRESSES_MAX);
        assert!(addresses.contains_key(&format!("a{}", ADDRESSES_MAX + 49)) && !addresses.contains_key("a0"));
    }

    #[tokio::test]
    async fn a_full_house_lets_nobody_else_wait() {
        let gate = gate();
        gate.waiting.store(WAITING_MAX, Ordering::Release);
        assert!(matches!(gate.is_right("x", "y").await, Err(Busy::Full)));
        gate.waiting.store(WAITING_MAX - 1, Ordering::Release);
        assert!(!gate.is_right("x", "y").await.expect("let in"));
        assert_eq!(gate.waiting.load(Ordering::Acquire), WAITING_MAX - 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_hundred_sign_ins_hash_no_more_than_a_few_passwords_at_once() {
        let gate = Arc::new(gate());
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let gate = gate.clone();
                tokio::spawn(async move { gate.is_right("x", &gate.nobody.0.clone()).await })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            if n % 10 == 3 {
                // Whoever goes away leaves no gap for one more.
                task.abort();
            } else {
                assert!(!task.await.expect("a task").expect("hashed"));
            }
        }
        assert_eq!(gate.ran.load(Ordering::Acquire), HASHES_MAX);
        assert_eq!(gate.waiting.load(Ordering::Acquire), 0);
    }
}
