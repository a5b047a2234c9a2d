//! Where a gateway keeps its data when nobody says where.

use std::path::{Path, PathBuf};

use super::environment;

/// The directory that was named, else the user's own; `None` when the system knows of none.
pub(super) fn data_directory(named: Option<&Path>) -> Option<PathBuf> {
    named.map(Path::to_owned).or_else(|| usual(&environment))
}

fn usual(env: &dyn Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        set("LOCALAPPDATA")?
    } else if cfg!(target_os = "macos") {
        set("HOME")?.join("Library/Application Support")
    } else {
        set("XDG_DATA_HOME").or_else(|| set("HOME").map(|home| home.join(".local/share")))?
    };
    Some(base.join("auriko"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_counts_and_a_user_without_a_home_has_none() {
        assert_eq!(data_directory(Some(Path::new("here"))), Some(PathBuf::from("here")));
        assert_eq!(usual(&|_| None), None);
        let usual = usual(&|name| (name == "HOME" || name == "LOCALAPPDATA").then(|| "/home/me".to_owned()));
        assert!(usual.is_some_and(|path| path.starts_with("/home/me") && path.ends_with("auriko")));
    }
}
