//! What the scripted agents can do, and what each of them does with which message: programs and scripts, as data.

use std::path::Path;

const SKILLS: [(&str, &str); 5] = [
    ("find_leak.py", include_str!("../../../drill/skills/find_leak.py")),
    ("finish_fix.sh", include_str!("../../../drill/skills/finish_fix.sh")),
    ("mend_leak.py", include_str!("../../../drill/skills/mend_leak.py")),
    ("read_log.py", include_str!("../../../drill/skills/read_log.py")),
    ("try_logins.py", include_str!("../../../drill/skills/try_logins.py")),
];

/// Writes the programs into a folder.
pub(super) fn write(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    SKILLS.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text))
}

/// The scripts, by the name of the agent that plays them.
const SCRIPTS: [(&str, &str); 3] = [
    ("backend.toml", include_str!("../../../drill/scripts/backend.toml")),
    ("devops.toml", include_str!("../../../drill/scripts/devops.toml")),
    ("pm.toml", include_str!("../../../drill/scripts/pm.toml")),
];

/// Writes the scripts into a folder.
pub(super) fn write_scripts(folder: &Path) -> std::io::Result<()> {
    SCRIPTS.iter().try_for_each(|(name, text)| std::fs::write(folder.join(name), text))
}
