//! What Elastic's clients ask beside the bulk request: who is there, licence, health, templates,
//! life-cycle policies. Nothing of it changes anything here; each is answered so that Beats,
//! Fluent Bit, rsyslog and Elastic's own libraries go on to send.

use actix_web::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::Answer;

/// The version Ward speaks like: clients of 7.x and 8.x accept it.
const VERSION: &str = "8.17.0";

/// Answers any request that brings no events.
pub(super) fn answer(method: &Method, path: &str) -> Answer {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let asks = method == Method::GET || method == Method::HEAD;
    let answer = match (asks, &parts[..]) {
        (true, []) => found(&who()),
        (true, ["_license"]) => found(&licence()),
        (true, ["_xpack"]) => found(&features()),
        (true, ["_cluster", "health", ..]) => found(&health()),
        (true, ["_cat", "health"]) => {
            Answer::new(StatusCode::OK, "0 00:00:00 ward green 1 1 0 0 0 0 0 0 - 100.0%\n")
        }
        (true, ["_nodes", ..]) => found(&json!({"cluster_name": "ward", "nodes": {}})),
        // A template, policy or pipeline that is not there is put there by the client …
        (true, ["_ilm", ..] | ["_index_template" | "_component_template" | "_template", ..]) => missing(path),
        (true, ["_ingest", ..] | ["_data_stream" | "_alias" | "_lifecycle", ..]) => missing(path),
        (true, [index]) if !index.starts_with('_') => {
            found(&json!({*index: {"aliases": {}, "mappings": {}}}))
        }
        (true, _) => missing(path),
        // … and is thanked for.
        (false, [index]) if !index.starts_with('_') => {
            found(&json!({"acknowledged": true, "shards_acknowledged": true, "index": index}))
        }
        (false, [.., "_search" | "_update_by_query" | "_delete_by_query"]) => missing(path),
        (false, _) => found(&json!({"acknowledged": true})),
    };
    if method == Method::HEAD { Answer { json: Vec::new(), ..answer } } else { answer }
}

fn found(value: &Value) -> Answer {
    Answer::new(StatusCode::OK, value.to_string())
}

fn missing(path: &str) -> Answer {
    Answer::error(StatusCode::NOT_FOUND, "resource_not_found_exception", &format!("{path} is not here"))
}

fn who() -> Value {
    json!({
        "name": "ward", "cluster_name": "ward", "cluster_uuid": "d2FyZC1jb2xsZWN0b3IwMA",
        "version": {
            "number": VERSION, "build_flavor": "default", "build_type": "tar",
            "build_hash": "0000000000000000000000000000000000000000", "build_date": "2024-12-11T12:08:05Z",
            "build_snapshot": false, "lucene_version": "9.12.0",
            "minimum_wire_compatibility_version": "7.17.0",
            "minimum_index_compatibility_version": "7.0.0",
        },
        "tagline": "You Know, for Search",
    })
}

fn licence() -> Value {
    json!({"license": {
        "status": "active", "uid": "00000000-0000-0000-0000-000000000000", "type": "basic", "mode": "basic",
        "issue_date_in_millis": 0, "max_nodes": 1000, "issued_to": "ward", "issuer": "ward",
        "start_date_in_millis": -1,
    }})
}

fn features() -> Value {
    json!({
        "build": {"hash": "0", "date": "2024-12-11T12:08:05Z"},
        "license": {"uid": "0", "type": "basic", "mode": "basic", "status": "active"},
        "features": {
            "ilm": {"available": true, "enabled": true},
            "security": {"available": true, "enabled": false},
        },
        "tagline": "You know, for X",
    })
}

fn health() -> Value {
    json!({
        "cluster_name": "ward", "status": "green", "timed_out": false, "number_of_nodes": 1,
        "number_of_data_nodes": 1, "active_primary_shards": 0, "active_shards": 0,
        "relocating_shards": 0, "initializing_shards": 0, "unassigned_shards": 0,
        "delayed_unassigned_shards": 0, "number_of_pending_tasks": 0, "number_of_in_flight_fetch": 0,
        "task_max_waiting_in_queue_millis": 0, "active_shards_percent_as_number": 100.0,
    })
}
