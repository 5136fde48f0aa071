//! `/api/v1/openapi.json`: the description of the API, made from the route table and the types.

use std::sync::LazyLock;

use actix_web::{HttpResponse, http::Method, http::header};
use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::routes::{ROUTES, RouteEntry, Who};

static DESCRIPTION: LazyLock<String> = LazyLock::new(|| describe().to_string());

/// Says nothing of any data, and is the same for all.
pub(crate) async fn description() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((header::CACHE_CONTROL, "max-age=3600"))
        .body(DESCRIPTION.as_str())
}

fn describe() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut schemas = settings.into_generator();
    let problem = schemas.subschema_for::<Problem>();
    let mut paths: Map<String, Value> = Map::new();
    for entry in ROUTES.iter().filter(|entry| entry.is_api()) {
        let (path, places) = readable(entry.path);
        let operation = operation(entry, places, &mut schemas);
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = methods {
            methods.insert(entry.method.as_str().to_ascii_lowercase(), operation);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Ward",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Read with a bearer token. Rows are those of the token's scope; what lies outside it does not exist. Times are RFC 3339. Errors are problem+json (RFC 9457).",
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "responses": { "Problem": {
                "description": "What went wrong",
                "content": { "application/problem+json": { "schema": problem } },
            } },
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

/// `/x/{key:.*}` as `/x/{key}`, and the names of its places.
fn readable(path: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let part = |part: &str| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
        Some(place) => {
            let name = place.split(':').next().unwrap_or(place).to_owned();
            names.push(name.clone());
            format!("{{{name}}}")
        }
        None => part.to_owned(),
    };
    let parts: Vec<String> = path.split('/').map(part).collect();
    (parts.join("/"), names)
}

fn operation(entry: &RouteEntry, places: Vec<String>, schemas: &mut SchemaGenerator) -> Value {
    let mut parameters: Vec<Value> = places
        .into_iter()
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let mut made = json!({
        "operationId": entry.name,
        "summary": entry.summary,
        "responses": { "default": { "$ref": "#/components/responses/Problem" } },
    });
    if let Some(types) = entry.types {
        let answer = (types.answer)(schemas);
        made["responses"]["200"] =
            json!({ "description": "OK", "content": { "application/json": { "schema": answer } } });
        let request = (types.request)(schemas).to_value();
        if entry.method == Method::GET {
            parameters.extend(of_query(&request));
        } else {
            made["requestBody"] =
                json!({ "required": true, "content": { "application/json": { "schema": request } } });
        }
    }
    made["parameters"] = Value::Array(parameters);
    made["security"] = if entry.who == Who::Anyone { json!([]) } else { json!([{ "token": [] }]) };
    made["x-roles"] = entry.who.roles().iter().map(|role| Value::from(role.as_str())).collect();
    made
}

/// The properties of a query's type, each a parameter.
fn of_query(schema: &Value) -> Vec<Value> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|r| r.iter().any(|n| n == name));
    let parameter = |(name, of): (&String, &Value)| {
        let mut of = of.clone();
        let description = of.as_object_mut().and_then(|o| o.remove("description")).unwrap_or(json!(""));
        json!({ "name": name, "in": "query", "required": required(name), "description": description, "schema": of })
    };
    schema["properties"].as_object().into_iter().flatten().map(parameter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` leads somewhere.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|v| references(v, found));
            }
            Value::Array(items) => items.iter().for_each(|v| references(v, found)),
            _ => {}
        }
    }

    #[test]
    fn every_route_of_the_api_is_described_and_every_reference_leads_somewhere() {
        let described = describe();
        for entry in ROUTES.iter().filter(|e| e.is_api()) {
            let (path, places) = readable(entry.path);
            let operation = &described["paths"][path.as_str()][entry.method.as_str().to_ascii_lowercase()];
            assert_eq!(operation["operationId"], entry.name, "{path}");
            let in_path = operation["parameters"].as_array().expect("parameters");
            assert_eq!(in_path.iter().filter(|p| p["in"] == "path").count(), places.len(), "{path}");
        }
        let mut found = Vec::new();
        references(&described, &mut found);
        assert!(found.len() > 10);
        for reference in found {
            let pointer = reference.strip_prefix('#').expect("a local one");
            assert!(described.pointer(pointer).is_some(), "{reference}");
        }
        let alerts = &described["paths"]["/api/v1/alerts"]["get"]["parameters"];
        assert!(alerts.as_array().is_some_and(|p| p.iter().any(|p| p["name"] == "cursor")), "{alerts}");
    }
}
