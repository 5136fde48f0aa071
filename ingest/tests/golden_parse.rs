//! Events against golden results: our own pairs in `testdata/`, and public data where it is there.

mod golden;
mod parse {
    pub(crate) mod counts;
    pub(crate) mod hostile;
    pub(crate) mod pairs;
    pub(crate) mod speed;
    pub(crate) mod telegraf;
}
