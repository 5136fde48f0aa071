//! Word files: the few parts of Office Open XML (ECMA-376) that a document needs, packed in a fixed order with
//! fixed times. All text goes through one function that escapes it.

mod pack;
mod xml;

pub(crate) use self::xml::{Align, Cell, Style, Word};

/// Fonts by their names in Word; a machine without one shows its own next to it.
pub(crate) mod font {
    pub(crate) const TITLE: &str = "方正小标宋简体";
    pub(crate) const BODY: &str = "仿宋_GB2312";
    pub(crate) const HEADING: &str = "黑体";
}
