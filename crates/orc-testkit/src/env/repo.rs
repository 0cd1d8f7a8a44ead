//! Git repositories for tests: the same bytes each time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::TestEnv;

/// Makes a repository on branch `main` with one commit: a `README.md` by a fixed author at a fixed time, so that its
/// commit id is the same in every run. The author is set in the repository, for the commits that the test adds.
#[track_caller]
pub(crate) fn init(env: &TestEnv, path: &Path) -> PathBuf {
    fs::create_dir_all(path).expect("a folder");
    fs::write(path.join("README.md"), "# A project\n").expect("a file");
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["config", "user.name", "Test Author"],
        &["config", "user.email", "author@example.invalid"],
        &["config", "commit.gpgsign", "false"],
        &["add", "README.md"],
        &["commit", "--quiet", "--message=start"],
    ] {
        let mut git = env.command("git");
        git.current_dir(path).args(arguments);
        git.env("GIT_AUTHOR_DATE", "2025-01-01T00:00:00Z").env("GIT_COMMITTER_DATE", "2025-01-01T00:00:00Z");
        env.run(git, Duration::from_secs(30)).success();
    }
    path.to_owned()
}
