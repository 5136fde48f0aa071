//! Copies the third-party files that the pages need from where `make setup` put them to `OUT_DIR`, so
//! that they go into the binary: nothing is fetched at run time, and their code is never committed.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::exit,
};

/// Name in the binary, and where it comes from below `node_modules`.
const FILES: &[(&str, &str)] = &[
    ("echarts.js", ".ward/echarts.js"),
    ("htmx.js", "htmx.org/dist/htmx.min.js"),
    ("inter.woff2", "@fontsource/inter/files/inter-latin-400-normal.woff2"),
    ("inter-semibold.woff2", "@fontsource/inter/files/inter-latin-600-normal.woff2"),
];

/// Their licences, which travel with them.
const LICENCES: &[(&str, &str)] = &[
    ("Apache ECharts", "echarts/LICENSE"),
    ("Apache ECharts, notice", "echarts/NOTICE"),
    ("ZRender", "zrender/LICENSE"),
    ("htmx", "htmx.org/LICENSE"),
    ("Inter", "@fontsource/inter/LICENSE"),
];

fn main() {
    println!("cargo::rerun-if-env-changed=WARD_NODE_MODULES");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=assets");
    println!("cargo::rerun-if-changed=askama.toml");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let modules = env::var_os("WARD_NODE_MODULES").map_or_else(
        || Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../.setup/node_modules"),
        PathBuf::from,
    );
    for (name, place) in FILES {
        if let Err(error) = fs::copy(find(&modules, place), out.join(name)) {
            fail(&format!("{name}: {error}"));
        }
    }
    let mut licences = String::new();
    for (name, place) in LICENCES {
        let text =
            fs::read_to_string(find(&modules, place)).unwrap_or_else(|e| fail(&format!("{name}: {e}")));
        licences.push_str(&format!("==== {name} ====\n\n{text}\n\n"));
    }
    if let Err(error) = fs::write(out.join("licences.txt"), licences) {
        fail(&error.to_string());
    }
}

fn find(modules: &Path, place: &str) -> PathBuf {
    let path = modules.join(place);
    println!("cargo::rerun-if-changed={}", path.display());
    if !path.is_file() {
        fail(&format!("{place} is not below {}", modules.display()));
    }
    path
}

fn fail(reason: &str) -> ! {
    println!("cargo::error=web assets are missing: {reason}; run `make setup` first");
    exit(1)
}
