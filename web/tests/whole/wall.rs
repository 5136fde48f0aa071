//! Walls by their tokens: bound to one wall and one reach, swapped for a cookie, over when revoked. On the
//! real engine.

use ward_desk::{
    Reach, Role,
    token::{Issued, NewToken, TokenUse},
};
use ward_event::{Micros, UnitId, clock::Clock, time::MICROS_PER_DAY};

use crate::common::{
    self, Served,
    http::{ask, stream},
    people::Person,
    seed,
};

async fn token(served: &Served, analyst: &Person, wall: &str, reach: Reach) -> Issued {
    let expires_at = Micros(served.desk_clock.now().0 + MICROS_PER_DAY);
    let new = NewToken {
        name: "值班大厅".into(),
        purpose: TokenUse::Wall { wall: wall.into(), reach },
        expires_at,
    };
    served.desk.tokens().issue(&analyst.viewer, "127.0.0.1", new).await.expect("issued")
}

/// Opens a link, and gives the cookie it was swapped for.
async fn open(served: &Served, wall: &str, secret: &str) -> String {
    let path = format!("/wall/{wall}/open?token={secret}");
    let answer = ask(served.address(), "GET", &path, &[]).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    assert_eq!(answer.header("location"), format!("/wall/{wall}"), "without the token");
    let cookies = answer.headers.iter().filter(|(n, _)| n == "set-cookie").map(|(_, v)| v.as_str());
    let cookie = cookies.into_iter().find(|v| v.starts_with("ward-wall=")).expect("a cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && cookie.contains("Max-Age="));
    assert!(!cookie.contains(secret), "the link's secret stays nowhere");
    cookie.split(';').next().expect("a pair").to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_screen_sees_its_own_wall_and_reach_until_it_is_revoked() {
    let data = tempfile::tempdir().expect("a folder");
    let Some(store) = common::store(data.path()).await else { return };
    let clock = Clock::system();
    seed::day(&store, clock.now(), 60).await;
    seed::wall(&store, clock.now()).await;
    let served = common::serve_closed(seed::register(), clock, store.reader().clone()).await;
    let analyst = served.as_role(Role::Analyst).await;
    let address = served.address();
    let reach = Reach::Units([UnitId::new("h01").expect("an id")].into());
    let issued = token(&served, &analyst, "threat", reach).await;

    for wrong in ["/wall/data/open?token=", "/wall/threat/open?token=x", "/wall/threat/open?t="] {
        assert_eq!(
            ask(address, "GET", &format!("{wrong}{}", issued.secret), &[]).await.status,
            404,
            "{wrong}"
        );
    }
    let cookie = open(&served, "threat", &issued.secret).await;
    let as_screen = [("Cookie", cookie.as_str())];
    let status = async |path: &str| ask(address, "GET", path, &as_screen).await.status;
    assert_eq!(status("/wall/threat").await, 200);
    assert_eq!(status("/wall/threat/map").await, 200);
    for other in ["/wall/data", "/wall/data/live", "/wall/rotation", "/wall/threat+visitors"] {
        assert_eq!(status(other).await, 404, "{other}");
    }
    for console in ["/", "/alerts", "/hospitals/h01", "/live", "/walls", "/tokens"] {
        assert_eq!(status(console).await, 303, "{console} asks for sign-in");
    }

    // Its reach: the first hospital alone, in every section that comes within seconds.
    let events = stream(address, "/wall/threat/live", &as_screen, 4).await;
    let told: String = events.iter().map(|(_, _, data)| data.as_str()).collect();
    let full: serde_json::Value = serde_json::from_str(&events[0].2).expect("JSON");
    assert_eq!(full["counties"].as_array().map(Vec::len), Some(1), "{full}");
    assert!(
        told.contains("云州市第一人民医院") && full["feed_severe"].as_array().is_some_and(|f| !f.is_empty())
    );
    assert!(full.get("data_rules").is_none() && full.get("inbound").is_none(), "not this wall's");
    for foreign in ["云州市第二人民医院", "青溪县", "\"h03\"", "h05"] {
        assert!(!told.contains(foreign), "{foreign} is not in its reach");
    }

    // Bound to visitors: names stay hidden, whatever the address asks for.
    let hidden = token(&served, &analyst, "overview+visitors", Reach::Region).await;
    let hidden = open(&served, "overview", &hidden.secret).await;
    let as_visitors = [("Cookie", hidden.as_str())];
    let events = stream(address, "/wall/overview/live?visitors=", &as_visitors, 2).await;
    assert!(events.iter().all(|(_, _, data)| !data.contains("云州市") && !data.contains("HIS-DB-01")));
    assert!(ask(address, "GET", "/wall/overview", &as_visitors).await.body.contains("参观模式"));

    let page = ask(address, "GET", "/walls", &[("Cookie", &analyst.cookie)]).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("值班大厅") && page.body.contains("威胁态势") && page.body.contains("参观"));
    assert!(!page.body.contains(&issued.secret), "shown once only");

    served.desk.tokens().revoke(&analyst.viewer, "127.0.0.1", issued.id).await.expect("revoked");
    assert_eq!(status("/wall/threat").await, 303);
    assert_eq!(status("/wall/threat/live").await, 303);
    let again = ask(address, "GET", &format!("/wall/threat/open?token={}", issued.secret), &[]).await;
    assert_eq!(again.status, 404);
    store.close().await;
    served.stop().await;
}
