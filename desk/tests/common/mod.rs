//! A desk in a directory of its own, with a clock that the test moves, and people who have enrolled.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(clippy::expect_used, reason = "a test that cannot go on says why")]

pub(crate) mod cases;

use std::collections::BTreeSet;

use totp_rs::{Builder, Secret};
use ward_desk::{
    AccountId, Desk, DeskError, Reach, Refusal, Role, Viewer,
    account::{Enrolment, NewAccount, Rights},
    session::{SignIn, SignInError, Started},
};
use ward_event::{Micros, UnitId, clock::Clock, time::MICROS_PER_SECOND};

pub(crate) const START: Micros = Micros(1_795_000_000_000_000);
pub(crate) const FROM: &str = "10.1.2.3";
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) clock: Clock,
    pub(crate) desk: Desk,
}

/// Somebody with an account, their password and their authenticator.
pub(crate) struct Person {
    pub(crate) id: AccountId,
    pub(crate) name: String,
    pub(crate) password: String,
    secret: String,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let clock = Clock::driven(START);
        let desk = Desk::open(dir.path(), clock.clone()).await.expect("a desk");
        Self { dir, clock, desk }
    }

    pub(crate) async fn reopen(&mut self) {
        self.desk.close().await;
        self.desk = Desk::open(self.dir.path(), self.clock.clone()).await.expect("the desk again");
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(Micros(self.clock.now().0 + seconds * MICROS_PER_SECOND));
    }

    pub(crate) async fn enrol(&self, link: &Enrolment) -> Person {
        let shown = self.desk.accounts().enrolling(&link.secret).await.expect("a good link");
        let person = Person {
            id: shown.account,
            name: shown.name,
            password: PASSWORD.into(),
            secret: shown.totp_secret,
        };
        let code = person.code(self.clock.now());
        self.desk.accounts().enrol(&link.secret, PASSWORD, &code, FROM).await.expect("enrolled");
        // The code that enrolled is used up.
        self.pass(60);
        person
    }

    /// The first security administrator, enrolled.
    pub(crate) async fn security_admin(&self) -> (Person, Viewer) {
        let link = self.desk.enrolment_link().await.expect("asked").expect("a link at first start");
        let person = self.enrol(&link).await;
        let viewer = viewer(&self.desk, person.id).await;
        (person, viewer)
    }

    pub(crate) async fn person(&self, by: &Viewer, name: &str, rights: Rights) -> (Person, Viewer) {
        let link = self.desk.accounts().create(by, FROM, new(name, rights)).await.expect("created");
        let person = self.enrol(&link).await;
        let viewer = viewer(&self.desk, person.id).await;
        (person, viewer)
    }

    pub(crate) async fn sign_in(&self, person: &Person) -> Result<Started, SignInError> {
        self.attempt(&person.name, &person.password, &person.code(self.clock.now()), FROM).await
    }

    pub(crate) async fn attempt(
        &self,
        name: &str,
        password: &str,
        code: &str,
        from: &str,
    ) -> Result<Started, SignInError> {
        let attempt = SignIn {
            name: name.into(),
            password: password.into(),
            code: code.into(),
            from: from.into(),
            agent: "a browser".into(),
        };
        self.desk.sessions().sign_in(attempt).await
    }
}

impl Person {
    pub(crate) fn code(&self, now: Micros) -> String {
        let secret = Secret::try_from_base32(&self.secret).expect("base32");
        let totp = Builder::new().with_secret(secret).build().expect("a secret");
        totp.generate(u64::try_from(now.0 / MICROS_PER_SECOND).expect("after 1970")).to_string()
    }
}

pub(crate) async fn viewer(desk: &Desk, id: AccountId) -> Viewer {
    let account = desk.accounts().get(id).await.expect("asked").expect("an account");
    Viewer {
        account: Some(id),
        name: account.name,
        role: account.role,
        reach: account.reach,
        within: None,
        may_write: true,
    }
}

pub(crate) fn region(role: Role) -> Rights {
    Rights { role, reach: Reach::Region, ends_at: None }
}

pub(crate) fn units(names: &[&str]) -> BTreeSet<UnitId> {
    names.iter().map(|n| UnitId::new(n).expect("an id")).collect()
}

pub(crate) fn new(name: &str, rights: Rights) -> NewAccount {
    NewAccount { name: name.into(), display_name: format!("person {name}"), rights }
}

/// What was refused.
pub(crate) fn refusal<T: std::fmt::Debug>(done: Result<T, DeskError>) -> Refusal {
    match done {
        Err(DeskError::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}
