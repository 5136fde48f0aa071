//! Accounts: the first start, enrolment, rights, the three administrators.

use ward_desk::{
    DeskError, Reach, Refusal, Role,
    account::{PasswordFlaw, Rights},
    audit::Search,
    session::SignInError,
};
use ward_event::{Micros, time::MICROS_PER_DAY};

use crate::common::{FROM, PASSWORD, Place, new, refusal, region, units, viewer};

fn refused<T: std::fmt::Debug>(done: Result<T, SignInError>) -> Refusal {
    match done {
        Err(SignInError::Desk(DeskError::Refused(refusal))) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn the_first_start_gives_a_link_until_somebody_has_enrolled() {
    let mut place = Place::new().await;
    let first = place.desk.enrolment_link().await.expect("asked").expect("a link");
    assert_eq!(first.path(), format!("/enrol?link={}", first.secret));
    place.reopen().await;
    let second = place.desk.enrolment_link().await.expect("asked").expect("nobody has enrolled yet");
    assert_eq!((second.account, second.name.as_str()), (first.account, "secadmin"));
    let accounts = place.desk.accounts();
    assert_eq!(refusal(accounts.enrolling(&first.secret).await), Refusal::LinkInvalid, "withdrawn");
    // Nothing of it stands in the database in clear.
    let stored = std::fs::read(place.dir.path().join("desk.sqlite-wal")).expect("the log of writes");
    let holds = |text: &str| stored.windows(text.len()).any(|w| w == text.as_bytes());
    let shown = accounts.enrolling(&second.secret).await.expect("a good link");
    assert!(!holds(&second.secret) && !holds(&shown.totp_secret) && holds("secadmin"));
    place.enrol(&second).await;
    assert_eq!(place.desk.enrolment_link().await.expect("asked"), None);
    assert_eq!(refusal(place.desk.accounts().enrolling(&second.secret).await), Refusal::LinkInvalid, "used");
}

#[tokio::test]
async fn a_link_takes_a_good_password_and_a_right_code_once_and_not_for_ever() {
    let place = Place::new().await;
    let link = place.desk.enrolment_link().await.expect("asked").expect("a link");
    let accounts = place.desk.accounts();
    let short = accounts.enrol(&link.secret, "short", "000000", FROM).await;
    assert_eq!(refused(short), Refusal::Password(PasswordFlaw::Short));
    let wrong = accounts.enrol(&link.secret, PASSWORD, "12345", FROM).await;
    assert_eq!(refused(wrong), Refusal::CodeWrong);
    assert_eq!(refused(accounts.enrol("0", PASSWORD, "123456", FROM).await), Refusal::LinkInvalid);
    // It is still good after that, but not the day after.
    assert!(accounts.enrolling(&link.secret).await.is_ok());
    place.pass(24 * 3_600);
    assert_eq!(refusal(accounts.enrolling(&link.secret).await), Refusal::LinkInvalid);
}

#[tokio::test]
async fn only_the_security_administrator_changes_accounts_and_never_their_own() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let accounts = place.desk.accounts();
    let link = accounts.create(&admin, FROM, new("li.lei", region(Role::Analyst))).await.expect("created");
    let analyst = viewer(&place.desk, link.account).await;
    for role in Role::ALL.into_iter().filter(|r| *r != Role::SecurityAdmin) {
        let mut other = analyst.clone();
        other.role = role;
        let created = accounts.create(&other, FROM, new("x", region(Role::Analyst))).await;
        assert_eq!(refusal(created), Refusal::NotAllowed, "{role}");
        assert_eq!(
            refusal(accounts.disable(&other, FROM, admin.account.expect("an id")).await),
            Refusal::NotAllowed
        );
    }
    let own = admin.account.expect("an id");
    let rights = region(Role::Analyst);
    assert_eq!(refusal(accounts.set_rights(&admin, FROM, own, rights).await), Refusal::OwnAccount);
    assert_eq!(refusal(accounts.disable(&admin, FROM, own).await), Refusal::OwnAccount);
    assert_eq!(refusal(accounts.relink(&admin, FROM, own).await), Refusal::OwnAccount);
    let mut reading = admin.clone();
    reading.may_write = false;
    let created = accounts.create(&reading, FROM, new("x", region(Role::Analyst))).await;
    assert_eq!(refusal(created), Refusal::NotAllowed, "a token that only reads");
    let gone = accounts.disable(&admin, FROM, ward_desk::AccountId(99)).await;
    assert_eq!(refusal(gone), Refusal::NotThere);
}

#[tokio::test]
async fn rights_fit_their_role() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let accounts = place.desk.accounts();
    let now = place.clock.now();
    let east = || Reach::Locality("东县".into());
    let two = || Reach::Units(units(&["h01", "h02"]));
    let unfit = [
        (Role::County, Reach::Region),
        (Role::County, two()),
        (Role::County, Reach::Locality(" ".into())),
        (Role::Officer, Reach::Region),
        (Role::Officer, Reach::Units(units(&[]))),
        (Role::Officer, east()),
        (Role::Analyst, two()),
        (Role::SystemAdmin, east()),
        (Role::Wall, Reach::Region),
    ];
    for (role, reach) in unfit {
        let rights = Rights { role, reach, ends_at: None };
        assert_eq!(
            refusal(accounts.create(&admin, FROM, new("x", rights)).await),
            Refusal::ReachUnfit,
            "{role}"
        );
    }
    for ends_at in [None, Some(now), Some(Micros(now.0 - 1))] {
        let rights = Rights { role: Role::Inspector, reach: Reach::Region, ends_at };
        assert_eq!(refusal(accounts.create(&admin, FROM, new("x", rights)).await), Refusal::EndMissing);
    }
    for name in ["", " ", "a b", "a/b", "<b>", &"n".repeat(65)] {
        let created = accounts.create(&admin, FROM, new(name, region(Role::Analyst))).await;
        assert_eq!(refusal(created), Refusal::NameUnfit, "{name}");
    }
    let county = Rights { role: Role::County, reach: east(), ends_at: None };
    let officer = Rights { role: Role::Officer, reach: two(), ends_at: None };
    for (name, rights) in [("Dong.Xian", county.clone()), ("信息科王工", officer.clone())] {
        let id = accounts.create(&admin, FROM, new(name, rights.clone())).await.expect("created").account;
        let account = accounts.get(id).await.expect("asked").expect("there");
        assert_eq!(account.rights(), rights);
    }
    let again = accounts.create(&admin, FROM, new(" dong.xian ", county)).await;
    assert_eq!(refusal(again), Refusal::NameTaken);
    let found = accounts.find("DONG.XIAN").await.expect("asked").expect("there");
    accounts.set_rights(&admin, FROM, found.id, officer.clone()).await.expect("changed");
    let account = accounts.get(found.id).await.expect("asked").expect("there");
    assert_eq!(account.rights(), officer, "the locality is gone with the role");
    assert_eq!(accounts.list().await.expect("listed").len(), 3);
}

#[tokio::test]
async fn no_account_and_no_person_is_two_of_the_three_administrators() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let accounts = place.desk.accounts();
    let three = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    for first in three {
        let name = format!("a.{first}");
        let id = accounts.create(&admin, FROM, new(&name, region(first))).await.expect("created").account;
        for second in three.into_iter().filter(|r| *r != first) {
            let changed = accounts.set_rights(&admin, FROM, id, region(second)).await;
            assert_eq!(refusal(changed), Refusal::ThreeAdministrators, "{first} → {second}");
            // By way of an ordinary role neither.
            accounts.set_rights(&admin, FROM, id, region(Role::Analyst)).await.expect("an ordinary role");
            let changed = accounts.set_rights(&admin, FROM, id, region(second)).await;
            assert_eq!(refusal(changed), Refusal::ThreeAdministrators, "{first} → analyst → {second}");
            accounts.set_rights(&admin, FROM, id, region(first)).await.expect("back to its own");
            // Nor by a second account of the same person.
            let mut twin = new(&format!("b.{first}.{second}"), region(second));
            twin.display_name = format!("person {name}");
            assert_eq!(refusal(accounts.create(&admin, FROM, twin).await), Refusal::ThreeAdministrators);
        }
    }
}

#[tokio::test]
async fn what_is_done_to_accounts_stands_in_the_audit() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let (person, _) = place.person(&admin, "li.lei", region(Role::Analyst)).await;
    let accounts = place.desk.accounts();
    accounts.disable(&admin, FROM, person.id).await.expect("disabled");
    accounts.enable(&admin, FROM, person.id).await.expect("enabled");
    let link = accounts.relink(&admin, FROM, person.id).await.expect("a link");
    assert!(matches!(place.sign_in(&person).await, Err(SignInError::Refused)), "the old factors are gone");
    let again = place.enrol(&link).await;
    assert!(place.sign_in(&again).await.is_ok());
    let found = place.desk.audit().search(&Search::default()).await.expect("found");
    let told: Vec<_> = found
        .iter()
        .rev()
        .map(|r| format!("{} {} {}:{} {}", r.account, r.action, r.object_kind, r.object_id, r.outcome))
        .collect();
    assert_eq!(
        told,
        [
            "ward grant account:1 done",
            "secadmin enrol account:1 done",
            "secadmin grant account:2 done",
            "li.lei enrol account:2 done",
            "secadmin revoke account:2 done",
            "secadmin grant account:2 done",
            "secadmin grant account:2 done",
            " sign_in_failed : refused",
            "li.lei enrol account:2 done",
            "li.lei sign_in : done",
        ]
    );
    // What was refused to the security administrator changed nothing and left no half of it.
    let before = found.len();
    let taken = accounts.create(&admin, FROM, new("li.lei", region(Role::Analyst))).await;
    assert_eq!(refusal(taken), Refusal::NameTaken);
    assert_eq!(place.desk.audit().search(&Search::default()).await.expect("found").len(), before);
}

#[tokio::test]
async fn the_machines_owner_can_let_somebody_in_again_and_it_shows() {
    let place = Place::new().await;
    let (admin, _) = place.security_admin().await;
    let started = place.sign_in(&admin).await.expect("signed in");
    let accounts = place.desk.accounts();
    assert_eq!(refusal(accounts.emergency_link("nobody").await), Refusal::NotThere);
    let link = accounts.emergency_link("SecAdmin").await.expect("a link");
    assert_eq!(place.desk.sessions().find(&started.secret).await.expect("asked"), None);
    assert!(matches!(place.sign_in(&admin).await, Err(SignInError::Refused)));
    let again = place.enrol(&link).await;
    assert!(place.sign_in(&again).await.is_ok());
    let search = Search { account: Some("ward".into()), ..Search::default() };
    let found = place.desk.audit().search(&search).await.expect("found");
    assert!(found[0].detail.contains("emergency") && found[0].address == "console", "{found:?}");
}

#[tokio::test]
async fn the_demos_analyst_cannot_sign_in_and_is_always_the_same() {
    let place = Place::new().await;
    let demo = place.desk.accounts().demo().await.expect("a viewer");
    assert_eq!((demo.role, demo.reach.clone()), (Role::Analyst, Reach::Region));
    assert_eq!(place.desk.accounts().demo().await.expect("a viewer"), demo);
    assert!(matches!(place.attempt("demo", PASSWORD, "000000", FROM).await, Err(SignInError::Refused)));
}

#[tokio::test]
async fn an_inspectors_account_ends_on_its_day() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let ends_at = Some(Micros(place.clock.now().0 + MICROS_PER_DAY));
    let rights = Rights { role: Role::Inspector, reach: Reach::Region, ends_at };
    let (person, _) = place.person(&admin, "inspector", rights).await;
    let started = place.sign_in(&person).await.expect("signed in");
    place.pass(60);
    assert!(place.desk.sessions().find(&started.secret).await.expect("asked").is_some());
    place.pass(24 * 3_600);
    assert_eq!(place.desk.sessions().find(&started.secret).await.expect("asked"), None);
    assert!(matches!(place.sign_in(&person).await, Err(SignInError::Refused)));
}
