//! What a request of the API asks for. Unlike pages, which do with what they understand, a program is
//! told what it wrote wrongly.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use ward_event::{Micros, UnitId};

use super::problem::Problem;

/// The query of a request, read as `T`; what `T` does not know is refused.
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Asked<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let query = web::Query::<T>::from_query(request.query_string());
        ready(query.map(|q| Self(q.into_inner())).map_err(|error| Problem::unfit(error.to_string())))
    }
}

/// No parameters.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// The place of a page in a list that is counted: the lines before it, and one more than it has, which tells
/// whether there is a next.
pub(crate) fn place(cursor: Option<u32>, asked: Option<u32>) -> Result<(i64, i64), Problem> {
    Ok((i64::from(cursor.unwrap_or(0)), i64::try_from(limit(asked)?).unwrap_or(i64::MAX) + 1))
}

/// One page of a longer list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Page<T> {
    pub items: Vec<T>,
    /// Given as `cursor` it leads to the next page; absent at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Of what was asked by [`place`].
    pub(crate) fn at((from, limit): (i64, i64), mut items: Vec<T>) -> Self {
        let shown = usize::try_from(limit - 1).unwrap_or(0);
        let next = (items.len() > shown).then(|| (from + limit - 1).to_string());
        items.truncate(shown);
        Self { items, next }
    }
}

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 500;

/// Items of a page: 1 to 500.
pub(crate) fn limit(asked: Option<u32>) -> Result<usize, Problem> {
    let limit = asked.unwrap_or(LIMIT_DEFAULT);
    if (1..=LIMIT_MAX).contains(&limit) {
        Ok(limit as usize)
    } else {
        Err(Problem::unfit(format!("limit: 1 to {LIMIT_MAX}")))
    }
}

/// An instant with its zone (RFC 3339).
pub(crate) fn instant(name: &str, text: Option<&str>) -> Result<Option<Micros>, Problem> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    let stamp: jiff::Timestamp = text
        .parse()
        .map_err(|_| Problem::unfit(format!("{name}: an RFC 3339 date and time with its zone")))?;
    Ok(Some(Micros(stamp.as_microsecond())))
}

pub(crate) fn unit(text: Option<&str>) -> Result<Option<UnitId>, Problem> {
    let text = text.filter(|t| !t.is_empty());
    text.map(UnitId::new).transpose().map_err(|_| Problem::unfit("hospital: not an identifier"))
}

/// `2026-08-23T06:05:09.123456Z`
pub(crate) fn written(t: Micros) -> String {
    jiff::Timestamp::from_microsecond(t.0).map_or_else(|_| t.0.to_string(), |stamp| format!("{stamp:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_leads_to_the_next_until_the_end() {
        let all = [1, 2, 3, 4, 5];
        let (mut cursor, mut seen): (_, Vec<&i32>) = (None, Vec::new());
        loop {
            let Ok(place) = place(cursor, Some(2)) else { panic!("two fit") };
            let asked = all.iter().skip(place.0 as usize).take(place.1 as usize);
            let page = Page::at(place, asked.collect());
            seen.extend(page.items);
            let Some(next) = page.next else { break };
            cursor = next.parse().ok();
        }
        assert_eq!(seen, all.iter().collect::<Vec<_>>());
        assert!(place(None, Some(0)).is_err() && place(None, Some(501)).is_err());
    }

    #[test]
    fn an_instant_needs_its_zone_and_comes_back() {
        let t = instant("from", Some("2026-01-01T08:00:00.5+08:00")).expect("an instant").expect("some");
        assert_eq!(written(t), "2026-01-01T00:00:00.500000Z");
        assert_eq!(instant("from", Some(&written(t))).expect("an instant"), Some(t));
        assert!(instant("from", Some("2026-01-01T08:00:00")).is_err());
        assert!(limit(Some(0)).is_err() && limit(Some(501)).is_err());
        assert_eq!(limit(None).expect("a limit"), 50);
        assert!(unit(Some("a b")).is_err() && unit(Some("")).expect("none").is_none());
    }
}
