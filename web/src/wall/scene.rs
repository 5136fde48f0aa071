//! The seven walls by name, and the one that shows them in turn.

/// What a screen shows. A token is bound to one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Wall {
    /// 综合
    Overview,
    /// 威胁
    Threat,
    /// 资产与脆弱性
    Assets,
    /// 通报处置
    Handling,
    /// 数据安全（统方）
    Data,
    /// 互联网监测
    Internet,
    /// 重保
    Guard,
    /// All of them in turn.
    Rotation,
}

/// On every wall.
const COMMON: [&str; 5] = ["parts", "kpi", "units", "counties", "arcs"];

impl Wall {
    pub(crate) const SCENES: [Self; 7] =
        [Self::Overview, Self::Threat, Self::Assets, Self::Handling, Self::Data, Self::Internet, Self::Guard];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Threat => "threat",
            Self::Assets => "assets",
            Self::Handling => "handling",
            Self::Data => "data",
            Self::Internet => "internet",
            Self::Guard => "guard",
            Self::Rotation => "rotation",
        }
    }

    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::SCENES.into_iter().chain([Self::Rotation]).find(|w| w.name() == name)
    }

    /// The panels of its own.
    const fn panels(self) -> &'static [&'static str] {
        match self {
            Self::Overview => &["weak", "tactics", "sources", "feed", "progress", "trend"],
            Self::Threat => &["tactics", "origins", "rules", "feed_severe", "trend"],
            Self::Assets => &["ports", "coverage", "risk", "systems", "sources", "vulnerable", "trend"],
            Self::Handling => &["load", "weak", "silent", "feed_severe", "progress", "notices", "trend"],
            Self::Data => &["data_rules", "data_units", "databases", "feed_data", "trend_data"],
            Self::Internet => &["inbound", "ports", "outbound", "edge_rules", "trend"],
            Self::Guard => &["key_units", "key_systems", "sources", "feed_key", "trend"],
            Self::Rotation => &[],
        }
    }

    /// Every section of a scene.
    #[cfg(test)]
    pub(super) fn sections(self) -> impl Iterator<Item = &'static str> {
        COMMON.into_iter().chain(self.panels().iter().copied())
    }

    /// Whether a screen of this wall is sent a section.
    pub(crate) fn shows(self, section: &str) -> bool {
        match self {
            Self::Rotation => true,
            one => COMMON.contains(&section) || one.panels().contains(&section),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_is_sent_its_own_sections_only() {
        for wall in Wall::SCENES {
            assert_eq!(Wall::from_name(wall.name()), Some(wall));
            assert!(wall.shows("kpi") && Wall::Rotation.shows(wall.panels()[0]));
        }
        assert!(Wall::Data.shows("data_rules") && !Wall::Threat.shows("data_rules"));
        assert!(!Wall::Overview.shows("inbound") && Wall::from_name("..").is_none());
    }
}
