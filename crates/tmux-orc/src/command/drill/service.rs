//! The generated repository: a small auth service with one fault, which a number chooses.
//!
//! The service is whole and right as it is kept here, but for marks: `# leak: REASON` behind a line that gives a
//! connection back, and `# --- block` in front of each function. Generating it leaves one of the marked lines out, and
//! puts the functions into another order, so that the fault stands at another line of another file. Nothing that looks
//! for it later is told where.

use std::path::Path;

/// The files, by path.
const FILES: [(&str, &str); 18] = [
    (".gitignore", include_str!("../../../drill/service/gitignore")),
    (".tmux-orc/checks.toml", include_str!("../../../drill/service/checks.toml")),
    ("README.md", include_str!("../../../drill/service/README.md")),
    ("auth/__init__.py", include_str!("../../../drill/service/auth/__init__.py")),
    ("auth/api_keys.py", include_str!("../../../drill/service/auth/api_keys.py")),
    ("auth/auth_handler.py", include_str!("../../../drill/service/auth/auth_handler.py")),
    ("auth/errors.py", include_str!("../../../drill/service/auth/errors.py")),
    ("auth/one_time_codes.py", include_str!("../../../drill/service/auth/one_time_codes.py")),
    ("auth/passwords.py", include_str!("../../../drill/service/auth/passwords.py")),
    ("auth/pool.py", include_str!("../../../drill/service/auth/pool.py")),
    ("auth/server.py", include_str!("../../../drill/service/auth/server.py")),
    ("auth/store.py", include_str!("../../../drill/service/auth/store.py")),
    ("tests/__init__.py", include_str!("../../../drill/service/tests/__init__.py")),
    ("tests/__main__.py", include_str!("../../../drill/service/tests/__main__.py")),
    ("tests/test_api_keys.py", include_str!("../../../drill/service/tests/test_api_keys.py")),
    ("tests/test_auth_handler.py", include_str!("../../../drill/service/tests/test_auth_handler.py")),
    ("tests/test_one_time_codes.py", include_str!("../../../drill/service/tests/test_one_time_codes.py")),
    ("tests/tier.py", include_str!("../../../drill/service/tests/tier.py")),
];
/// Tests that no fault is in.
const MORE_TESTS: [(&str, &str); 2] = [
    ("tests/test_pool.py", include_str!("../../../drill/service/tests/test_pool.py")),
    ("tests/test_server.py", include_str!("../../../drill/service/tests/test_server.py")),
];

const MARK: &str = "  # leak: ";
const BLOCK: &str = "# --- block\n";

/// Which of its ways out keeps its connection, and where that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The file.
    pub(super) file: &'static str,
    /// The line of the `raise` that leaves with the connection, from 1.
    pub(super) line: usize,
    /// The reason that it gives, as the service logs it.
    pub(super) reason: &'static str,
    /// The request that meets it.
    pub(super) path: &'static str,
}

/// A generated service.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) fault: Fault,
    /// Path and content.
    pub(super) files: Vec<(&'static str, String)>,
}

/// Numbers that follow from a number (`SplitMix64`).
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// One of `0..sides`.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let z = z ^ (z >> 31);
        usize::try_from(z % sides as u64).expect("less than a usize")
    }
}

/// The ways out that can be faulty: the reason and the file.
fn ways_out() -> Vec<(&'static str, &'static str)> {
    let marked = |(path, text): (&'static str, &'static str)| {
        text.lines().filter_map(move |line| Some((line.split_once(MARK)?.1, path)))
    };
    FILES.into_iter().flat_map(marked).collect()
}

impl Service {
    /// The service of this number; 0 is the incident of the example: line 234 of `auth_handler.py`.
    pub(super) fn generate(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let ways = ways_out();
        let example = ways.iter().position(|(reason, _)| *reason == "wrong_password");
        let chosen = example.filter(|_| seed == 0).unwrap_or_else(|| dice.roll(ways.len()));
        let (reason, file) = ways[chosen];
        let mut files = Vec::new();
        for (path, text) in FILES.into_iter().chain(MORE_TESTS) {
            let text = if seed == 0 { in_order(text) } else { shuffled(text, &mut dice) };
            files.push((path, without(&text, reason)));
        }
        let faulty = files.iter().find(|(path, _)| *path == file).expect("one of the files");
        let raise = format!("raise Unauthorized(\"{reason}\")");
        let line =
            faulty.1.lines().position(|line| line.trim() == raise).expect("each mark stands before it") + 1;
        let path = match file {
            "auth/api_keys.py" => "/login/key",
            "auth/one_time_codes.py" => "/login/code",
            _ => "/login",
        };
        Self { fault: Fault { file, line, reason, path }, files }
    }

    /// Writes it down.
    pub(super) fn write(&self, folder: &Path) -> std::io::Result<()> {
        for (path, text) in &self.files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(folder))?;
            std::fs::write(path, text)?;
        }
        Ok(())
    }
}

fn in_order(text: &str) -> String {
    text.replace(BLOCK, "")
}

/// The functions of a file in another order; what comes before the first stays there.
fn shuffled(text: &str, dice: &mut Dice) -> String {
    let mut blocks = text.split(BLOCK);
    let head = blocks.next().unwrap_or_default().to_owned();
    let mut blocks: Vec<&str> = blocks.map(|block| block.trim_end_matches('\n')).collect();
    for last in (1..blocks.len()).rev() {
        blocks.swap(last, dice.roll(last + 1));
    }
    if blocks.is_empty() { head } else { format!("{head}{}\n", blocks.join("\n\n\n")) }
}

/// Without the line that is marked with this reason, and without the marks of the others.
fn without(text: &str, reason: &str) -> String {
    let kept = text.lines().filter_map(|line| match line.split_once(MARK) {
        Some((_, marked)) if marked == reason => None,
        Some((line, _)) => Some(format!("{line}\n")),
        None => Some(format!("{line}\n")),
    });
    kept.collect()
}

#[cfg(test)]
mod tests;
