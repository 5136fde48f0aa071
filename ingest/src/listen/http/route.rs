//! Which request means what.

use actix_web::http::Method;
use ward_event::Format;

/// One document by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Document<'p> {
    pub(super) index: &'p str,
    pub(super) id: Option<&'p str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route<'p> {
    /// With the index of actions that name none.
    Bulk {
        index: Option<&'p str>,
    },
    Document(Document<'p>),
    Ingest(Format),
    /// What Elastic's clients ask beside it.
    Elastic,
    NotFound,
}

impl<'p> Route<'p> {
    pub(super) fn of(method: &Method, path: &'p str) -> Self {
        let writes = method == Method::POST || method == Method::PUT;
        let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
        if let ["ingest", format] = parts[..] {
            let format = Format::from_name(format).filter(|_| writes);
            return format.map_or(Self::NotFound, Self::Ingest);
        }
        if !writes {
            return Self::Elastic;
        }
        match parts[..] {
            ["_bulk"] => Self::Bulk { index: None },
            // Before Elastic 7 a type stood between them.
            [index, "_bulk"] | [index, _, "_bulk"] => Self::Bulk { index: Some(index) },
            [index, "_doc"] => Self::Document(Document { index, id: None }),
            [index, "_doc" | "_create", id] => Self::Document(Document { index, id: Some(id) }),
            [index, kind] if !index.starts_with('_') && !kind.starts_with('_') => {
                Self::Document(Document { index, id: None })
            }
            _ => Self::Elastic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_clients_mean_what_they_mean_to_elastic() {
        let of = |path| Route::of(&Method::POST, path);
        assert_eq!(of("/_bulk"), Route::Bulk { index: None });
        assert_eq!(of("/winlogbeat-8/_bulk"), Route::Bulk { index: Some("winlogbeat-8") });
        assert_eq!(of("/system/events/_bulk"), Route::Bulk { index: Some("system") });
        assert_eq!(of("/i/_doc"), Route::Document(Document { index: "i", id: None }));
        assert_eq!(of("/i/_create/7"), Route::Document(Document { index: "i", id: Some("7") }));
        assert_eq!(of("/system/events"), Route::Document(Document { index: "system", id: None }));
        assert_eq!(of("/ingest/eve"), Route::Ingest(Format::Eve));
        assert_eq!(of("/ingest/other"), Route::NotFound);
        assert_eq!(of("/_ilm/policy/x"), Route::Elastic);
        assert_eq!(Route::of(&Method::GET, "/ingest/eve"), Route::NotFound);
        assert_eq!(Route::of(&Method::GET, "/"), Route::Elastic);
    }
}
