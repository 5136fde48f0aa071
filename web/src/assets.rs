//! Files that go with the pages, in the binary. An address that carries the file's hash may be kept
//! for ever.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, http::header, web};
use ward_event::alert::content_hash;

use crate::{context::Ctx, pages};

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
}

macro_rules! own {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/", $name))
    };
}
macro_rules! vendored {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";
const FONT: &str = "font/woff2";

static FILES: &[Asset] = &[
    Asset { name: "tokens.css", kind: CSS, bytes: own!("tokens.css") },
    Asset { name: "ward.css", kind: CSS, bytes: own!("ward.css") },
    Asset { name: "pages.css", kind: CSS, bytes: own!("pages.css") },
    Asset { name: "queue.css", kind: CSS, bytes: own!("queue.css") },
    Asset { name: "queue.js", kind: JS, bytes: own!("queue.js") },
    Asset { name: "board.css", kind: CSS, bytes: own!("board.css") },
    Asset { name: "duty.css", kind: CSS, bytes: own!("duty.css") },
    Asset { name: "story.css", kind: CSS, bytes: own!("story.css") },
    Asset { name: "exposure.css", kind: CSS, bytes: own!("exposure.css") },
    Asset { name: "compliance.css", kind: CSS, bytes: own!("compliance.css") },
    Asset { name: "live.js", kind: JS, bytes: own!("live.js") },
    Asset { name: "overview.js", kind: JS, bytes: own!("overview.js") },
    Asset { name: "charts.js", kind: JS, bytes: own!("charts.js") },
    Asset { name: "cases.css", kind: CSS, bytes: own!("cases.css") },
    Asset { name: "replies.js", kind: JS, bytes: own!("replies.js") },
    Asset { name: "hunt.css", kind: CSS, bytes: own!("hunt.css") },
    Asset { name: "hunt.js", kind: JS, bytes: own!("hunt.js") },
    Asset { name: "wall.css", kind: CSS, bytes: own!("wall.css") },
    Asset { name: "wall.js", kind: JS, bytes: own!("wall.js") },
    Asset { name: "wall-panels.js", kind: JS, bytes: own!("wall-panels.js") },
    Asset { name: "wall-map.js", kind: JS, bytes: own!("wall-map.js") },
    Asset { name: "weekly.css", kind: CSS, bytes: ward_report::weekly::STYLE.as_bytes() },
    Asset { name: "favicon.svg", kind: SVG, bytes: own!("favicon.svg") },
    Asset { name: "echarts.js", kind: JS, bytes: vendored!("echarts.js") },
    Asset { name: "htmx.js", kind: JS, bytes: vendored!("htmx.js") },
    Asset { name: "inter.woff2", kind: FONT, bytes: vendored!("inter.woff2") },
    Asset { name: "inter-semibold.woff2", kind: FONT, bytes: vendored!("inter-semibold.woff2") },
    Asset { name: "licences.txt", kind: "text/plain; charset=utf-8", bytes: vendored!("licences.txt") },
];

/// Name → address with the hash of the content.
pub(crate) struct Assets {
    addresses: BTreeMap<&'static str, String>,
}

impl Assets {
    pub(crate) fn new() -> Self {
        let address = |f: &Asset| (f.name, format!("/assets/{}?v={}", f.name, content_hash(f.bytes)));
        Self { addresses: FILES.iter().map(address).collect() }
    }

    /// Empty for a name that is not there; a test asks for every name in the templates.
    pub(crate) fn address(&self, name: &str) -> &str {
        self.addresses.get(name).map_or("", String::as_str)
    }
}

pub(crate) async fn file(ctx: Ctx, name: web::Path<String>) -> HttpResponse {
    let Some(file) = FILES.iter().find(|f| f.name == name.as_str()) else {
        return pages::errors::not_found(ctx).await;
    };
    let address = ctx.app.assets.address(file.name);
    let version = address.rsplit('=').next().unwrap_or("");
    // Fonts are named by the style sheet, without a version.
    let keep =
        if ctx.param("v") == Some(version) { "public, max-age=31536000, immutable" } else { "max-age=3600" };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, file.kind))
        .insert_header((header::CACHE_CONTROL, keep))
        .body(file.bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_a_template_names_is_there() {
        let assets = Assets::new();
        let mut seen = 0;
        for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/templates")).expect("templates")
        {
            let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a template");
            for part in text.split("asset(\"").skip(1) {
                let name = part.split('"').next().expect("a name");
                assert!(!assets.address(name).is_empty(), "{name}");
                seen += 1;
            }
        }
        assert!(seen >= 5);
        let css = String::from_utf8_lossy(own!("tokens.css"));
        assert!(css.contains("/assets/inter.woff2") && !css.contains("http"));
    }
}
