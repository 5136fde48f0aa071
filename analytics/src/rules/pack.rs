//! The rules that come with Ward, part of the program: a new rule is a file below `rules/` and a
//! line here.

use ward_event::control::RuleFile;

macro_rules! pack {
    ($($path:literal)*) => {
        /// The shipped pack, sorted by path.
        pub fn pack() -> Vec<RuleFile> {
            let files = [$(($path, include_str!(concat!("../../../rules/", $path)))),*];
            files.into_iter().map(|(path, text): (&str, &str)| RuleFile { path: path.into(), text: text.into() }).collect()
        }
    };
}

pack! {
}
