//! Duty: the roster and the hand-over.

use ward_desk::{
    AccountId, Refusal, Role, Viewer,
    audit::{Action, Search},
    duty::{Crew, NewShift},
};
use ward_event::{Micros, time::MICROS_PER_HOUR};

use crate::common::{self, FROM, Place, refusal, region};

struct Commission {
    place: Place,
    admin: Viewer,
    leader: Viewer,
    analysts: [Viewer; 4],
}

async fn commission() -> Commission {
    let place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let make = async |name: &str, role: Role| {
        let new = common::new(name, region(role));
        let id = place.desk.accounts().create(&admin, FROM, new).await.expect("created").account;
        common::viewer(&place.desk, id).await
    };
    let leader = make("leader", Role::Leader).await;
    let analysts = [
        make("a", Role::Analyst).await,
        make("b", Role::Analyst).await,
        make("c", Role::Analyst).await,
        make("d", Role::Analyst).await,
    ];
    Commission { place, admin, leader, analysts }
}

fn id(viewer: &Viewer) -> AccountId {
    viewer.account.expect("an account")
}

impl Commission {
    fn crew(&self, main: usize, deputy: usize) -> Crew {
        Crew { leader: id(&self.leader), main: id(&self.analysts[main]), deputy: id(&self.analysts[deputy]) }
    }

    /// Hours from now.
    fn shift(&self, from: i64, to: i64, crew: Crew) -> NewShift {
        let at = |hours: i64| Micros(self.place.clock.now().0 + hours * MICROS_PER_HOUR);
        NewShift { starts_at: at(from), ends_at: at(to), crew }
    }

    async fn plan(&self, from: i64, to: i64, crew: Crew) -> Result<i64, ward_desk::DeskError> {
        self.place.desk.duty().plan(&self.analysts[0], FROM, self.shift(from, to, crew)).await
    }
}

#[tokio::test]
async fn a_shift_has_its_time_for_itself_and_the_right_people() {
    let all = commission().await;
    let crew = all.crew(0, 1);
    let first = all.plan(1, 13, crew).await.expect("planned");
    for (from, to) in [(0, 2), (12, 20), (2, 3), (0, 20)] {
        assert_eq!(refusal(all.plan(from, to, crew).await), Refusal::ShiftOverlaps, "{from} to {to}");
    }
    all.plan(13, 25, crew).await.expect("it begins when the other ends");
    for (from, to) in [(40, 40), (41, 40), (40, 89), (-9, -1), (-1, 0)] {
        assert_eq!(refusal(all.plan(from, to, crew).await), Refusal::ShiftUnfit, "{from} to {to}");
    }
    let analyst = id(&all.analysts[2]);
    for unfit in [
        all.crew(1, 1),
        Crew { leader: analyst, ..crew },
        Crew { main: id(&all.leader), ..crew },
        Crew { deputy: id(&all.admin), ..crew },
        Crew { deputy: AccountId(99), ..crew },
    ] {
        assert_eq!(refusal(all.plan(40, 44, unfit).await), Refusal::CrewUnfit, "{unfit:?}");
    }
    let duty = all.place.desk.duty();
    for role in Role::ALL.into_iter().filter(|r| !matches!(r, Role::Analyst | Role::Leader)) {
        let other = Viewer { role, ..all.analysts[0].clone() };
        let new = all.shift(40, 44, crew);
        assert_eq!(refusal(duty.plan(&other, FROM, new).await), Refusal::NotAllowed, "{role}");
        assert_eq!(refusal(duty.withdraw(&other, FROM, first).await), Refusal::NotAllowed, "{role}");
    }
    // Who is no longer there is not on duty.
    all.place.desk.accounts().disable(&all.admin, FROM, analyst).await.expect("disabled");
    assert_eq!(refusal(all.plan(40, 44, all.crew(2, 3)).await), Refusal::CrewUnfit);
}

#[tokio::test]
async fn the_roster_tells_who_is_on_and_can_be_changed_until_it_is_past() {
    let all = commission().await;
    let duty = all.place.desk.duty();
    assert_eq!(duty.on_duty().await.expect("asked"), None);
    let first = all.plan(1, 9, all.crew(0, 1)).await.expect("planned");
    let second = all.plan(9, 17, all.crew(2, 3)).await.expect("planned");
    let third = all.plan(17, 25, all.crew(0, 3)).await.expect("planned");
    all.place.pass(2 * 3_600);
    let on = duty.on_duty().await.expect("asked").expect("somebody");
    assert_eq!((on.id, on.crew), (first, all.crew(0, 1)));
    assert_eq!(
        (on.leader.as_str(), on.main.as_str(), on.deputy.as_str()),
        ("person leader", "person a", "person b")
    );
    duty.reassign(&all.leader, FROM, first, all.crew(2, 1)).await.expect("somebody fell ill");
    assert_eq!(duty.on_duty().await.expect("asked").expect("somebody").crew, all.crew(2, 1));
    assert_eq!(refusal(duty.withdraw(&all.leader, FROM, first).await), Refusal::ShiftUnfit);
    duty.withdraw(&all.leader, FROM, third).await.expect("withdrawn");
    assert_eq!(refusal(duty.withdraw(&all.leader, FROM, third).await), Refusal::NotThere);
    let now = all.place.clock.now();
    let listed = duty.roster(now, Micros(now.0 + 100 * MICROS_PER_HOUR)).await.expect("listed");
    assert_eq!(listed.iter().map(|s| s.id).collect::<Vec<_>>(), [first, second]);
    all.plan(16, 20, all.crew(0, 3)).await.expect("the time is free again");
    all.place.pass(8 * 3_600);
    assert_eq!(refusal(duty.reassign(&all.leader, FROM, first, all.crew(0, 1)).await), Refusal::ShiftUnfit);
}

#[tokio::test]
async fn one_shift_writes_and_the_next_accepts() {
    let all = commission().await;
    let duty = all.place.desk.duty();
    let [a, b, c, d] = &all.analysts;
    let first = all.plan(1, 9, all.crew(0, 1)).await.expect("planned");
    assert_eq!(refusal(duty.write(a, FROM, first, "x").await), Refusal::ShiftUnfit, "it has not begun");
    all.place.pass(2 * 3_600);
    for other in [c, &all.leader] {
        assert_eq!(refusal(duty.write(other, FROM, first, "x").await), Refusal::NotOnDuty);
    }
    for text in ["", " \n", &"长".repeat(20_001)] {
        assert_eq!(refusal(duty.write(a, FROM, first, text).await), Refusal::TextUnfit);
    }
    assert_eq!(duty.write(a, FROM, first, "两起事件待复核").await.expect("written"), 1);
    assert_eq!(
        refusal(duty.accept(c, FROM, first, 1, "").await),
        Refusal::NotOnDuty,
        "there is no next shift"
    );
    // The deputy of the first is on the next, too.
    let second = all.plan(7, 15, all.crew(2, 1)).await.expect("planned");
    assert_eq!(duty.write(b, FROM, first, "三起事件待复核").await.expect("written"), 2);
    for other in [a, d, &all.leader] {
        assert_eq!(refusal(duty.accept(other, FROM, first, 2, "").await), Refusal::NotOnDuty);
    }
    assert_eq!(refusal(duty.accept(c, FROM, first, 1, "").await), Refusal::Changed);
    assert_eq!(refusal(duty.accept(b, FROM, first, 2, "").await), Refusal::OwnHandOver);
    assert_eq!(refusal(duty.accept(c, FROM, second, 1, "").await), Refusal::NotOnDuty);
    assert_eq!(duty.hand_overs(true, 10).await.expect("listed").len(), 1);
    duty.accept(c, FROM, first, 2, "已知悉").await.expect("accepted");
    assert_eq!(refusal(duty.accept(c, FROM, first, 2, "").await), Refusal::Accepted);
    assert_eq!(refusal(duty.write(a, FROM, first, "x").await), Refusal::Accepted);
    assert_eq!(duty.hand_overs(true, 10).await.expect("listed"), []);
    let left = duty.hand_over(first).await.expect("asked").expect("written");
    assert_eq!((left.version, left.writer.as_str(), left.text.as_str()), (2, "person b", "三起事件待复核"));
    let accepted = left.accepted.clone().expect("accepted");
    assert_eq!((accepted.name.as_str(), accepted.remarks.as_str()), ("person c", "已知悉"));
    assert_eq!(duty.hand_overs(false, 10).await.expect("listed"), [left]);
    let told = Search { action: Some(Action::HandOver), ..Search::default() };
    let told = all.place.desk.audit().search(&told).await.expect("found");
    let told: Vec<_> = told.iter().rev().map(|r| (r.account.as_str(), r.detail.as_str())).collect();
    assert_eq!(told, [("a", r#"{"written":1}"#), ("b", r#"{"written":2}"#), ("c", r#"{"accepted":2}"#)]);
}
