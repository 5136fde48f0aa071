//! Sign-in and what ends a session.

use ward_desk::{
    Refusal, Role,
    audit::{Action, Search},
    session::SignInError,
};

use crate::common::{FROM, PASSWORD, Place, refusal, region, viewer};

const MINUTE: i64 = 60;

#[tokio::test]
async fn both_factors_let_in_and_a_code_only_once() {
    let place = Place::new().await;
    let (person, viewer) = place.security_admin().await;
    let started = place.sign_in(&person).await.expect("signed in");
    assert_eq!(started.viewer, viewer);
    assert_eq!((started.secret.len(), started.csrf.len()), (64, 64));
    let session = place.desk.sessions().find(&started.secret).await.expect("asked").expect("live");
    assert_eq!((session.viewer, session.csrf), (viewer, started.csrf.clone()));
    assert!(!session.id.contains(&started.secret) && session.id != started.csrf);
    // The same code again, and the one of the step before: both lie behind the last step used.
    assert!(matches!(place.sign_in(&person).await, Err(SignInError::Refused)));
    let earlier = person.code(ward_event::Micros(place.clock.now().0 - 30_000_000));
    let replayed = place.attempt(&person.name, PASSWORD, &earlier, FROM).await;
    assert!(matches!(replayed, Err(SignInError::Refused)));
    place.pass(30);
    let next = place.sign_in(&person).await.expect("the next step's code");
    assert_ne!(next.secret, started.secret);
    assert_ne!(next.csrf, started.csrf);
    let reasons = Search { action: Some(Action::SignInFailed), ..Search::default() };
    for record in place.desk.audit().search(&reasons).await.expect("found") {
        assert!(record.detail.contains("code used before"), "{}", record.detail);
    }
}

#[tokio::test]
async fn five_failures_lock_for_a_quarter_of_an_hour_and_no_error_tells_why() {
    let place = Place::new().await;
    let (person, _) = place.security_admin().await;
    let code = || person.code(place.clock.now());
    let mut errors = Vec::new();
    for (name, password, code) in [
        ("secadmin", "wrong horse battery", code()),
        ("secadmin", PASSWORD, "000000".into()),
        ("secadmin", "wrong horse battery", "000000".into()),
        ("nobody", PASSWORD, code()),
        ("secadmin", "wrong horse battery", code()),
        ("secadmin", "", String::new()),
        // Locked by now: the right ones are not looked at.
        ("secadmin", PASSWORD, code()),
    ] {
        errors.push(place.attempt(name, password, &code, FROM).await.expect_err("refused").to_string());
    }
    assert!(errors.iter().all(|e| *e == errors[0]), "{errors:?}");
    place.pass(15 * MINUTE - 1);
    assert!(matches!(place.sign_in(&person).await, Err(SignInError::Refused)), "a second too early");
    place.pass(30);
    assert!(place.sign_in(&person).await.is_ok());
    let all = place.desk.audit().search(&Search::default()).await.expect("found");
    let of = |action: &str| all.iter().filter(|r| r.action == action).count();
    assert_eq!((of("lock"), of("sign_in_failed"), of("sign_in")), (1, 8, 1));
    assert!(
        !all.iter().any(|r| r.account == "nobody" || r.detail.contains("nobody")),
        "no unknown name is kept"
    );
}

#[tokio::test]
async fn success_forgets_failures() {
    let place = Place::new().await;
    let (person, _) = place.security_admin().await;
    for _ in 0..3 {
        for _ in 0..4 {
            let _ = place.attempt("secadmin", "wrong horse battery", "000000", "10.0.0.1").await;
        }
        place.pass(30 * MINUTE);
        assert!(place.sign_in(&person).await.is_ok());
    }
}

#[tokio::test]
async fn an_address_that_keeps_failing_is_slowed() {
    let place = Place::new().await;
    let (person, _) = place.security_admin().await;
    for n in 0..11 {
        let failed = place.attempt(&format!("nobody{n}"), PASSWORD, "000000", "10.9.9.9").await;
        assert!(matches!(failed, Err(SignInError::Refused)), "{n}");
    }
    let code = person.code(place.clock.now());
    let slowed = place.attempt("secadmin", PASSWORD, &code, "10.9.9.9").await;
    assert!(matches!(slowed, Err(SignInError::Slowed { seconds: 2 })), "{slowed:?}");
    place.pass(2);
    let code = person.code(place.clock.now());
    assert!(place.attempt("secadmin", PASSWORD, &code, "10.9.9.9").await.is_ok());
}

#[tokio::test]
async fn a_session_ends_when_idle_and_after_half_a_day_however_busy() {
    let place = Place::new().await;
    let (person, _) = place.security_admin().await;
    let sessions = place.desk.sessions();
    let idle = place.sign_in(&person).await.expect("signed in").secret;
    place.pass(15 * MINUTE - 1);
    assert!(sessions.find(&idle).await.expect("asked").is_some(), "and that counts as busy");
    place.pass(15 * MINUTE - 1);
    assert!(sessions.find(&idle).await.expect("asked").is_some());
    place.pass(15 * MINUTE);
    assert_eq!(sessions.find(&idle).await.expect("asked"), None);

    let busy = place.sign_in(&person).await.expect("signed in").secret;
    for _ in 0..71 {
        place.pass(10 * MINUTE);
        assert!(sessions.find(&busy).await.expect("asked").is_some());
    }
    place.pass(10 * MINUTE);
    assert_eq!(sessions.find(&busy).await.expect("asked"), None, "twelve hours");
    assert_eq!(sessions.find("").await.expect("asked"), None);
}

#[tokio::test]
async fn a_session_ends_with_sign_out_disabling_other_rights_and_a_new_password() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let (person, _) = place.person(&admin, "li.lei", region(Role::Analyst)).await;
    let (sessions, accounts) = (place.desk.sessions(), place.desk.accounts());
    let begin = async || {
        place.pass(MINUTE);
        place.sign_in(&person).await.expect("signed in").secret
    };
    let is_live = async |secret: &str| sessions.find(secret).await.expect("asked").is_some();

    let (one, other) = (begin().await, begin().await);
    sessions.sign_out(&one, FROM).await.expect("out");
    assert!(!is_live(&one).await && is_live(&other).await, "only its own");

    accounts.set_rights(&admin, FROM, person.id, region(Role::Leader)).await.expect("changed");
    assert!(!is_live(&other).await);
    let leader = begin().await;
    assert_eq!(viewer(&place.desk, person.id).await.role, Role::Leader);

    accounts.disable(&admin, FROM, person.id).await.expect("disabled");
    assert!(!is_live(&leader).await);
    place.pass(MINUTE);
    assert!(matches!(place.sign_in(&person).await, Err(SignInError::Refused)));
    accounts.enable(&admin, FROM, person.id).await.expect("enabled");
    assert!(!is_live(&leader).await, "what is over stays over");

    let (one, other) = (begin().await, begin().await);
    let viewer = viewer(&place.desk, person.id).await;
    place.pass(MINUTE);
    let code = person.code(place.clock.now());
    let change = async |old: &str, code: &str| {
        accounts.change_password(&viewer, FROM, old, "another horse battery", code).await
    };
    assert!(matches!(change("wrong horse battery", &code).await, Err(SignInError::Refused)));
    assert!(is_live(&one).await);
    change(PASSWORD, &code).await.expect("changed");
    assert!(!is_live(&one).await && !is_live(&other).await);
    place.pass(MINUTE);
    assert!(matches!(place.sign_in(&person).await, Err(SignInError::Refused)), "the old one");
    let code = person.code(place.clock.now());
    assert!(place.attempt("li.lei", "another horse battery", &code, FROM).await.is_ok());
}

#[tokio::test]
async fn the_security_administrator_sees_who_is_signed_in_and_signs_them_out() {
    let place = Place::new().await;
    let (boss, admin) = place.security_admin().await;
    let (person, analyst) = place.person(&admin, "li.lei", region(Role::Analyst)).await;
    let sessions = place.desk.sessions();
    let _ = place.sign_in(&boss).await.expect("signed in");
    place.pass(MINUTE);
    let secret = place.sign_in(&person).await.expect("signed in").secret;
    assert_eq!(refusal(sessions.list(&analyst).await), Refusal::NotAllowed);
    let listed = sessions.list(&admin).await.expect("listed");
    let told: Vec<_> = listed.iter().map(|s| (s.viewer.name.as_str(), s.address.as_str())).collect();
    assert_eq!(told, [("li.lei", FROM), ("secadmin", FROM)]);
    assert!(listed.iter().all(|s| s.id != secret));
    assert_eq!(refusal(sessions.end(&analyst, FROM, &listed[0].id).await), Refusal::NotAllowed);
    sessions.end(&admin, FROM, &listed[0].id).await.expect("ended");
    assert_eq!(sessions.find(&secret).await.expect("asked"), None);
    assert_eq!(refusal(sessions.end(&admin, FROM, &listed[0].id).await), Refusal::NotThere);
    assert_eq!(sessions.list(&admin).await.expect("listed").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_sign_ins_at_once_with_one_code_one_is_let_in() {
    let place = Place::new().await;
    let (person, _) = place.security_admin().await;
    let code = person.code(place.clock.now());
    let attempts = (0..100).map(|n| {
        let (desk, code) = (place.desk.clone(), code.clone());
        tokio::spawn(async move {
            let attempt = ward_desk::session::SignIn {
                name: "secadmin".into(),
                password: PASSWORD.into(),
                code,
                from: format!("10.0.0.{n}"),
                agent: String::new(),
            };
            desk.sessions().sign_in(attempt).await
        })
    });
    let mut let_in = 0;
    for attempt in attempts.collect::<Vec<_>>() {
        match attempt.await.expect("a task") {
            Ok(_) => let_in += 1,
            Err(SignInError::Refused) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(let_in, 1);
    let ended = Search { limit: Some(1_000), ..Search::default() };
    let told = place.desk.audit().search(&ended).await.expect("found");
    assert_eq!(told.iter().filter(|r| r.action == "sign_in_failed").count(), 99);
}
