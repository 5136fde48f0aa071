//! What a wall shows at this second.

use actix_web::web::{Json, Path};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    params::{Asked, Nothing},
    problem::Problem,
};
use crate::{context::Ctx, wall::Wall};

/// The wall's aggregates by section; times in milliseconds since the epoch.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(crate) struct WallFrame(Map<String, Value>);

pub(crate) async fn one(ctx: Ctx, name: Path<String>, _: Asked<Nothing>) -> Result<Json<WallFrame>, Problem> {
    let wall = Wall::from_name(&name).ok_or(Problem::NOT_FOUND)?;
    // A screen like any other, for one frame.
    let mut screen = ctx.app.walls.join(wall, &ctx.scope, false, None).ok_or(Problem::FAULT)?;
    let frame = screen.next().await.ok_or(Problem::FAULT)?;
    let text = std::str::from_utf8(&frame).unwrap_or("");
    let data = text.lines().find_map(|line| line.strip_prefix("data: "));
    data.and_then(|data| serde_json::from_str(data).ok()).map(Json).ok_or(Problem::FAULT)
}
