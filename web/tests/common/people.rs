//! Somebody of every role, signed in by the same steps as a person: a link, a password, a code.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use ring::hmac;
use ward_desk::{
    Desk, Reach, Role, Viewer,
    account::{Enrolment, NewAccount, Rights},
    session::{SignIn, Started},
};
use ward_event::{Micros, UnitId, clock::Clock, time::MICROS_PER_DAY};
use ward_web::WebServer;

use super::http::{Answer, ask_with};

pub(crate) const PASSWORD: &str = "correct horse battery";
const FROM: &str = "127.0.0.1";

/// A running server with its desk.
pub(crate) struct Served {
    pub server: WebServer,
    pub desk: Desk,
    /// The desk's own time; stands still until the test moves it.
    pub desk_clock: Clock,
    dir: tempfile::TempDir,
    made: AtomicUsize,
    /// Who makes the accounts: the first security administrator.
    security: Viewer,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(crate) struct Person {
    pub address: SocketAddr,
    /// `name=value`, as a header has it.
    pub cookie: String,
    pub csrf: String,
    pub viewer: Viewer,
    pub name: String,
    pub totp_secret: String,
}

/// Where a role's people reach, unless a test says otherwise: a county bureau its district, an officer the
/// first hospital.
pub(crate) fn usual(role: Role) -> Reach {
    match role {
        Role::County => Reach::Locality("澄江区".into()),
        Role::Officer => Reach::Units([UnitId::new("h01").expect("an id")].into()),
        _ => Reach::Region,
    }
}

impl Served {
    pub(super) async fn new(
        server: WebServer,
        (dir, desk_clock, desk): (tempfile::TempDir, Clock, Desk),
    ) -> Self {
        let first = desk.enrolment_link().await.expect("asked").expect("nobody has enrolled yet");
        let security = Viewer {
            account: Some(first.account),
            name: first.name,
            role: Role::SecurityAdmin,
            reach: Reach::Region,
            within: None,
            may_write: true,
        };
        Self { server, desk, desk_clock, dir, made: AtomicUsize::new(0), security }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Somebody of this role with its usual reach, signed in.
    pub(crate) async fn as_role(&self, role: Role) -> Person {
        self.as_one(role, usual(role)).await
    }

    /// Somebody of this role who reaches these units, signed in.
    pub(crate) async fn as_one(&self, role: Role, reach: Reach) -> Person {
        let link = self.link(role, reach).await;
        let shown = self.desk.accounts().enrolling(&link.secret).await.expect("a good link");
        let now = self.desk_clock.now();
        let code = code(&shown.totp_secret, now);
        self.desk.accounts().enrol(&link.secret, PASSWORD, &code, FROM).await.expect("enrolled");
        let (name, secret) = (shown.name, shown.totp_secret);
        let started = self.sign_in(&name, &secret).await;
        Person {
            address: self.address(),
            cookie: format!("ward={}", started.secret),
            csrf: started.csrf,
            viewer: started.viewer,
            name,
            totp_secret: secret,
        }
    }

    /// A one-time link of a new account.
    pub(crate) async fn link(&self, role: Role, reach: Reach) -> Enrolment {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        let end = Micros(self.desk_clock.now().0 + 30 * MICROS_PER_DAY);
        let ends_at = (role == Role::Inspector).then_some(end);
        let new = NewAccount {
            name: format!("{}-{n}", role.as_str().replace('_', "-")),
            display_name: format!("Tester {n}"),
            rights: Rights { role, reach, ends_at },
        };
        self.desk.accounts().create(&self.security, FROM, new).await.expect("created")
    }

    /// Begins another session. The code is the next step's: the one now may have been used to enrol.
    pub(crate) async fn sign_in(&self, name: &str, totp_secret: &str) -> Started {
        let now = self.desk_clock.now();
        let attempt = SignIn {
            name: name.into(),
            password: PASSWORD.into(),
            code: code(totp_secret, Micros(now.0 + 30_000_000)),
            from: FROM.into(),
            agent: "test".into(),
        };
        self.desk.sessions().sign_in(attempt).await.expect("signed in")
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
        self.desk.close().await;
        drop(self.dir);
    }
}

impl Person {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        ask_with(self.address, "GET", path, &[("Cookie", &self.cookie)], "").await
    }

    /// Sends a form, with its token.
    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let body = format!("csrf={}&{form}", self.csrf);
        ask_with(self.address, "POST", path, &[("Cookie", &self.cookie), kind], &body).await
    }
}

/// Brings a report out: put forward, checked by another, signed by a leader, published. `place` is its page.
pub(crate) async fn publish(served: &Served, place: &str) {
    let analyst = served.as_role(Role::Analyst).await;
    let second = served.as_role(Role::Analyst).await;
    let leader = served.as_role(Role::Leader).await;
    for (person, act) in [(&analyst, "submit"), (&second, "check"), (&leader, "sign"), (&analyst, "publish")]
    {
        let form = format!("revision={}&act={act}&opinion=ok", revision(served, place).await);
        let done = person.post(&format!("{place}/step"), &form).await;
        assert_eq!(done.status, 303, "{act}: {}", done.body);
    }
}

/// What an edit or a step of a report names.
pub(crate) async fn revision(served: &Served, place: &str) -> i64 {
    let id = place.rsplit('/').next().expect("a number").parse().expect("a number");
    let report = served.desk.reports().one(&ward_desk::report::Readable::All, id).await;
    report.expect("asked").expect("a report").row.paper.revision
}

/// The code of RFC 6238 that an authenticator shows at `t`.
pub(crate) fn code(base32: &str, t: Micros) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut bits = 0_u64;
    let (mut held, mut secret) = (0, Vec::new());
    for letter in base32.bytes().filter(|b| *b != b'=' && *b != b' ') {
        let value = LETTERS.iter().position(|l| *l == letter).expect("base 32");
        bits = (bits << 5) | value as u64;
        held += 5;
        if held >= 8 {
            held -= 8;
            secret.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    let step = (t.secs() / 30) as u64;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let digest = hmac::sign(&key, &step.to_be_bytes());
    let digest = digest.as_ref();
    let at = usize::from(digest[19] & 15);
    let part = u32::from_be_bytes(digest[at..at + 4].try_into().expect("four bytes")) & 0x7fff_ffff;
    format!("{:06}", part % 1_000_000)
}
