//! Whether somebody is logged in, by the signs that a program leaves. Only the place of a sign is ever told.

use std::path::Path;

use orc_core::profile::{Login, Sign};

/// A larger file holds no settings (bytes).
const LARGEST: u64 = 4 << 20;

/// Where a login shows.
pub(super) fn seen(login: &Login) -> Option<String> {
    let named = login.env.iter().find(|name| variable(name).is_some());
    named.cloned().or_else(|| place(&login.files))
}

/// The first file that says what it is looked at for.
pub(super) fn place(signs: &[Sign]) -> Option<String> {
    signs.iter().find_map(|sign| {
        let path = sign.place(variable)?;
        let small = std::fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= LARGEST);
        let text = if small { std::fs::read_to_string(&path).ok()? } else { return None };
        sign.is_in(&text).then(|| short(&path))
    })
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A path as people say it.
fn short(path: &str) -> String {
    let home = variable("HOME");
    let below = home.and_then(|home| Path::new(path).strip_prefix(home).ok().map(Path::to_owned));
    below.map_or_else(|| path.to_owned(), |below| format!("~/{}", below.display()))
}
