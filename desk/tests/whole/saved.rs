//! Saved hunts: whose they are, who sees them, what is refused.

use std::collections::BTreeSet;

use ward_desk::{
    Reach, Refusal, Role, Viewer,
    account::Rights,
    audit::{Action, Search},
};
use ward_event::UnitId;

use crate::common::{self, FROM, Place, refusal, region};

#[tokio::test]
async fn a_hunt_is_kept_shared_replaced_and_removed() {
    let mut place = Place::new().await;
    let (_, admin) = place.security_admin().await;
    let make = async |name: &str, rights: Rights| {
        let id = place
            .desk
            .accounts()
            .create(&admin, FROM, common::new(name, rights))
            .await
            .expect("created")
            .account;
        common::viewer(&place.desk, id).await
    };
    let wang = make("wang", region(Role::Analyst)).await;
    let li = make("li", region(Role::Leader)).await;
    let reach = Reach::Units(BTreeSet::from([UnitId::new("h01").expect("an id")]));
    let officer = make("officer", Rights { reach: reach.clone(), ..region(Role::Officer) }).await;
    let saved = place.desk.saved();
    let names = async |viewer: &Viewer| {
        let list = place.desk.saved().list(viewer).await.expect("a list");
        list.into_iter().map(|s| format!("{} {} {}", s.owner_name, s.name, s.state)).collect::<Vec<_>>()
    };
    let first = saved.save(&wang, FROM, " 暴破 ", "q=a&range=1h", false).await.expect("kept");
    saved.save(&wang, FROM, "外传", "q=b", true).await.expect("kept");
    assert_eq!(names(&wang).await, ["wang 外传 q=b", "wang 暴破 q=a&range=1h"]);
    assert_eq!(names(&li).await, ["wang 外传 q=b"]);
    assert_eq!(names(&officer).await, [""; 0], "what the commission looks for is its own");
    let narrow = Viewer { within: Some(reach), ..li.clone() };
    assert_eq!(names(&narrow).await, [""; 0]);

    let again = saved.save(&wang, FROM, "暴破", "q=c", false).await.expect("replaced");
    assert!(again != first && names(&wang).await.contains(&"wang 暴破 q=c".to_owned()));
    saved.save(&officer, FROM, "暴破", "q=d", false).await.expect("a name is an account's own");
    assert_eq!(refusal(saved.save(&officer, FROM, "x", "q=d", true).await), Refusal::NotAllowed);
    let reader = Viewer { may_write: false, ..wang.clone() };
    assert_eq!(refusal(saved.save(&reader, FROM, "x", "q=d", false).await), Refusal::NotAllowed);
    for (name, state) in [(" ", ""), (&*"x".repeat(81), ""), ("a\nb", ""), ("x", &*"s".repeat(8_001))] {
        assert_eq!(refusal(saved.save(&wang, FROM, name, state, false).await), Refusal::TextUnfit);
    }
    assert_eq!(refusal(saved.remove(&li, FROM, again).await), Refusal::NotThere, "somebody else's");
    assert_eq!(refusal(saved.remove(&wang, FROM, first).await), Refusal::NotThere, "replaced already");
    saved.remove(&wang, FROM, again).await.expect("removed");

    let search = Search {
        action: Some(Action::Change),
        object: Some(("saved_hunt".into(), again.to_string())),
        ..Search::default()
    };
    let kept = place.desk.audit().search(&search).await.expect("the audit");
    assert_eq!(kept.len(), 2, "kept and removed");
    place.reopen().await;
    assert_eq!(place.desk.saved().list(&wang).await.expect("a list").len(), 1);
}
