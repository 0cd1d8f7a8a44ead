//! Patterns of paths: `*` and `?` within one part of a path, `**` over any number of them.

/// Whether a path matches a pattern.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let parts = |text: &str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    whole(&parts(pattern), &parts(path))
}

fn whole(pattern: &[String], path: &[String]) -> bool {
    match pattern.split_first() {
        None => path.is_empty(),
        Some((first, rest)) if first == "**" => (0..=path.len()).any(|skipped| whole(rest, &path[skipped..])),
        Some((first, rest)) => path.split_first().is_some_and(|(part, left)| {
            let (first, part): (Vec<char>, Vec<char>) = (first.chars().collect(), part.chars().collect());
            one(&first, &part) && whole(rest, left)
        }),
    }
}

fn one(pattern: &[char], part: &[char]) -> bool {
    match pattern.split_first() {
        None => part.is_empty(),
        Some(('*', rest)) => (0..=part.len()).any(|skipped| one(rest, &part[skipped..])),
        Some((first, rest)) => {
            part.split_first().is_some_and(|(c, left)| (first == c || *first == '?') && one(rest, left))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn parts_and_whole_folders_match() {
        for (pattern, path) in [
            ("migrations/**", "migrations/2026/01.sql"),
            ("**/*.yaml", "deploy/prod/app.yaml"),
            ("**/*.yaml", "app.yaml"),
            ("auth/*.p?", "auth/login.py"),
            ("a/**/z", "a/z"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [("*.yaml", "deploy/app.yaml"), ("auth/**", "auth2/x"), ("a/*", "a/b/c")] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
