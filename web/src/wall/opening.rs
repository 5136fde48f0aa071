//! How a wall is opened: which one, and whether before visitors. A screen's token is bound to both.

use super::scene::Wall;
use crate::context::Ctx;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Opening {
    pub wall: Wall,
    pub visitors: bool,
}

/// Behind the name of a wall in a token that shows it to visitors.
const VISITORS: &str = "+visitors";

impl Opening {
    /// As a token is bound to it.
    pub(crate) fn bound(self) -> String {
        format!("{}{}", self.wall.name(), if self.visitors { VISITORS } else { "" })
    }

    pub(crate) fn from_bound(text: &str) -> Option<Self> {
        let (name, visitors) = text.strip_suffix(VISITORS).map_or((text, false), |name| (name, true));
        Wall::from_name(name).map(|wall| Self { wall, visitors })
    }

    /// What a request asks for. A screen gets what its token is bound to and nothing else.
    pub(crate) fn of(ctx: &Ctx, name: &str) -> Option<Self> {
        let wall = Wall::from_name(name)?;
        match ctx.wall() {
            Some(bound) => Self::from_bound(bound).filter(|own| own.wall == wall),
            None => Some(Self { wall, visitors: ctx.param("visitors").is_some() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_a_wall_and_its_viewers() {
        for visitors in [false, true] {
            for wall in Wall::SCENES.into_iter().chain([Wall::Rotation]) {
                let opening = Opening { wall, visitors };
                assert_eq!(Opening::from_bound(&opening.bound()), Some(opening));
            }
        }
        assert_eq!(Opening::from_bound("elsewhere"), None);
    }
}
