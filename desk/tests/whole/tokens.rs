//! Tokens: for programs, walls, leaders' telephones.

use ward_desk::{
    Reach, Refusal, Role, Viewer,
    account::Rights,
    token::{Issued, NewToken, TokenUse},
};
use ward_event::{Micros, time::MICROS_PER_DAY};

use crate::common::{FROM, Place, refusal, region, units};

const DAY: i64 = 24 * 3_600;

async fn issue(place: &Place, by: &Viewer, purpose: TokenUse) -> Issued {
    place.desk.tokens().issue(by, FROM, new(place, purpose)).await.expect("issued")
}

fn new(place: &Place, purpose: TokenUse) -> NewToken {
    let expires_at = Micros(place.clock.now().0 + 30 * MICROS_PER_DAY);
    NewToken { name: "a token".into(), purpose, expires_at }
}

fn wall() -> TokenUse {
    TokenUse::Wall { wall: "threats".into(), reach: Reach::Locality("东县".into()) }
}

const READING: TokenUse = TokenUse::Api { within: None, may_write: false };

#[tokio::test]
async fn a_programs_token_has_its_owners_role_and_no_more() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let rights = Rights { role: Role::Officer, reach: Reach::Units(units(&["h01", "h02"])), ends_at: None };
    let (person, officer) = place.person(&admin, "wang", rights).await;
    let tokens = place.desk.tokens();
    let within = Some(Reach::Units(units(&["h02", "h09"])));
    let issued = issue(&place, &officer, TokenUse::Api { within: within.clone(), may_write: false }).await;
    let bearer = tokens.api(&issued.secret).await.expect("asked").expect("good");
    assert_eq!(bearer.viewer, Viewer { within, may_write: false, ..officer.clone() });
    assert_eq!(tokens.device(&issued.secret).await.expect("asked"), None, "it is no device's");
    assert_eq!(tokens.swap(&issued.secret, FROM, "").await.expect("asked"), None, "and no link");
    assert_eq!(tokens.api("").await.expect("asked"), None);
    // It goes with its owner.
    place.desk.accounts().disable(&admin, FROM, person.id).await.expect("disabled");
    place.desk.accounts().enable(&admin, FROM, person.id).await.expect("enabled");
    assert_eq!(tokens.api(&issued.secret).await.expect("asked"), None);
}

#[tokio::test]
async fn a_token_ends_by_the_clock_and_by_hand() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let (_, analyst) = place.person(&admin, "li.lei", region(Role::Analyst)).await;
    let (_, other) = place.person(&admin, "han.mei", region(Role::Analyst)).await;
    let tokens = place.desk.tokens();
    let [one, two] = [issue(&place, &analyst, READING).await, issue(&place, &analyst, READING).await];
    assert_eq!(refusal(tokens.revoke(&other, FROM, one.id).await), Refusal::NotThere);
    tokens.revoke(&analyst, FROM, one.id).await.expect("revoked");
    assert_eq!(refusal(tokens.revoke(&analyst, FROM, one.id).await), Refusal::NotThere);
    assert_eq!(tokens.api(&one.secret).await.expect("asked"), None);
    let used = tokens.api(&two.secret).await.expect("asked");
    assert!(used.is_some());
    assert_eq!(tokens.list(&other).await.expect("listed"), []);
    let listed = tokens.list(&admin).await.expect("listed");
    assert_eq!(listed.iter().map(|t| t.id).collect::<Vec<_>>(), [two.id, one.id]);
    assert_eq!((listed[0].used_at, listed[1].used_at), (Some(place.clock.now()), None));
    assert_eq!((listed[0].revoked_at, listed[1].revoked_at), (None, Some(place.clock.now())));
    place.pass(30 * DAY);
    assert_eq!(tokens.api(&two.secret).await.expect("asked"), None);
    for (days, refused) in [(0, true), (-1, true), (367, true), (366, false)] {
        let mut asked = new(&place, READING);
        asked.expires_at = Micros(place.clock.now().0 + days * MICROS_PER_DAY);
        let issued = tokens.issue(&analyst, FROM, asked).await;
        assert_eq!(issued.is_err(), refused, "{days}: {issued:?}");
    }
}

#[tokio::test]
async fn who_may_give_which_token() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let tokens = place.desk.tokens();
    let writing = TokenUse::Api { within: None, may_write: true };
    for role in Role::ALL.into_iter().filter(|r| *r != Role::Wall) {
        let viewer = Viewer { role, ..admin.clone() };
        let may = async |purpose: TokenUse| tokens.issue(&viewer, FROM, new(&place, purpose)).await.is_ok();
        assert!(may(READING).await, "{role}");
        assert_eq!(may(writing.clone()).await, !role.is_administrator(), "{role}");
        assert_eq!(may(wall()).await, matches!(role, Role::Analyst | Role::Leader), "{role}");
        assert_eq!(may(TokenUse::Brief).await, role == Role::Leader, "{role}");
    }
    let token = Viewer { may_write: false, ..admin.clone() };
    assert_eq!(refusal(tokens.issue(&token, FROM, new(&place, READING)).await), Refusal::NotAllowed);
    let nobody = Viewer { account: None, ..admin };
    assert_eq!(refusal(tokens.issue(&nobody, FROM, new(&place, READING)).await), Refusal::NotAllowed);
}

#[tokio::test]
async fn a_walls_link_becomes_a_cookie_of_that_wall_alone() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let (_, analyst) = place.person(&admin, "li.lei", region(Role::Analyst)).await;
    let tokens = place.desk.tokens();
    let link = issue(&place, &analyst, wall()).await;
    let (screen, bearer) = tokens.swap(&link.secret, FROM, "a screen").await.expect("asked").expect("good");
    assert_eq!(bearer.purpose, wall());
    assert_eq!((bearer.viewer.role, bearer.viewer.account), (Role::Wall, None));
    assert_eq!(bearer.viewer.reach, Reach::Locality("东县".into()));
    assert!(!bearer.viewer.may_write);
    assert_ne!(screen, link.secret);
    assert_eq!(tokens.device(&screen).await.expect("asked"), Some(bearer));
    assert_eq!(tokens.device(&link.secret).await.expect("asked"), None, "the link itself shows nothing");
    assert_eq!(tokens.api(&link.secret).await.expect("asked"), None);
    let (second, _) = tokens.swap(&link.secret, FROM, "its spare").await.expect("asked").expect("good");
    tokens.revoke(&admin, FROM, link.id).await.expect("revoked");
    for gone in [screen, second] {
        assert_eq!(tokens.device(&gone).await.expect("asked"), None);
    }
    assert_eq!(tokens.swap(&link.secret, FROM, "").await.expect("asked"), None);
}

#[tokio::test]
async fn a_brief_belongs_to_the_first_telephone_that_opens_it() {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let (person, leader) = place.person(&admin, "boss", region(Role::Leader)).await;
    let tokens = place.desk.tokens();
    let link = issue(&place, &leader, TokenUse::Brief).await;
    let (phone, bearer) = tokens.swap(&link.secret, FROM, "a telephone").await.expect("asked").expect("good");
    assert_eq!(bearer.viewer, Viewer { may_write: false, ..leader });
    assert_eq!(tokens.swap(&link.secret, FROM, "a thief").await.expect("asked"), None);
    place.pass(29 * DAY);
    assert!(tokens.device(&phone).await.expect("asked").is_some(), "no code every quarter of an hour");
    // Who is no leader any more has no brief.
    place.desk.accounts().set_rights(&admin, FROM, person.id, region(Role::Analyst)).await.expect("changed");
    assert_eq!(tokens.device(&phone).await.expect("asked"), None);
}
