//! The example workflow, literally: every `tmux-orc` command of the document is run as it stands there, by a shell, in the
//! order of the document, against a team that works in a real repository. What each one did is read on the other side.
//!
//! Three rules, because a document is no machine:
//! - the one path of it that no machine has (the error log of a service) is a file of the test in its place;
//! - a command that follows until it is ended is ended once it has shown what it should;
//! - a command that stands there a second time tells of another day: it is run in a world of its own.

mod checks;
mod crisis;
mod document;
mod hotfix;
mod set;

use std::collections::BTreeSet;

use document::{Typed, commands};
use set::Set;

const DOCUMENT: &str = include_str!("../seed-hotfix-workflow.md");

/// Runs a command and asserts what it did.
type Effect = fn(&mut Set, &str);

/// What each command of the document must bring about.
const EFFECTS: [(&str, Effect); 26] = [
    ("tmux-orc quick-deploy backend 3 --project-name auth-hotfix", hotfix::deploy),
    (
        "tmux-orc team broadcast auth-hotfix \"CRITICAL: Auth service returning 500 errors.\n\
         Users cannot log in. Started 10 minutes ago.\n\
         Logs show 'connection pool exhausted' errors.\n\
         Priority: Fix immediately.\"",
        hotfix::brief,
    ),
    (
        "tmux-orc agent send auth-hotfix:0 \"$(tail -n 100 /var/log/auth-service/error.log)\"",
        hotfix::share_the_log,
    ),
    ("tmux-orc monitor dashboard --session auth-hotfix --refresh 5", hotfix::watch),
    ("tmux-orc agent messages auth-hotfix --follow", hotfix::follow),
    ("tmux-orc agent send auth-hotfix:0 \"git checkout -b hotfix/auth-connection-leak\"", hotfix::branch),
    ("tmux-orc pm quality-check auth-hotfix --fast", checks::fast),
    (
        "tmux-orc pm create-pr auth-hotfix \\\n  --branch hotfix/auth-connection-leak \\\n  --base main \\\n  --emergency",
        checks::publish,
    ),
    ("tmux-orc recovery start --emergency --session auth-hotfix", hotfix::recover),
    ("tmux-orc agent restart auth-hotfix:0 --restore-context", hotfix::restart),
    ("tmux-orc pm report auth-hotfix --type incident", hotfix::report),
    ("tmux-orc agent messages auth-hotfix --export > incident-log.txt", hotfix::archive),
    ("tmux-orc team broadcast auth-hotfix \"Post-mortem scheduled for tomorrow 2pm\"", hotfix::schedule),
    ("tmux-orc quick-deploy backend 3 --project-name emergency", crisis::deploy),
    ("tmux-orc team add emergency \"Security Expert\" --role security", crisis::add_security),
    ("tmux-orc team broadcast emergency \"UPDATE: ...\"", crisis::update),
    ("tmux-orc agent send-all emergency \"New information: ...\"", crisis::inform),
    ("tmux-orc pm quality-check emergency --fast --critical-only", checks::critical_only),
    ("tmux-orc execute test emergency --smoke-only", checks::smoke_only),
    ("tmux-orc pm create-pr emergency --emergency --skip-full-tests", checks::publish_untested),
    ("tmux-orc quick-deploy backend 2 --project-name db-recovery", crisis::deploy),
    ("tmux-orc team add db-recovery \"Database Expert\" --role dba", crisis::add_database),
    ("tmux-orc quick-deploy backend 4 --project-name security-incident", crisis::deploy),
    (
        "tmux-orc agent send security-incident:0 \"PRIORITY: Disable user registration immediately\"",
        crisis::order,
    ),
    ("tmux-orc quick-deploy backend 3 --project-name perf-crisis", crisis::deploy),
    ("tmux-orc monitor performance --session perf-crisis --analyze", crisis::analyze),
];

fn effect_of(command: &str) -> Option<Effect> {
    EFFECTS.iter().find(|(text, _)| *text == command).map(|(_, effect)| *effect)
}

/// The commands of a document that nobody checks.
fn unchecked(document: &str) -> Vec<Typed> {
    commands(document).into_iter().filter(|typed| effect_of(&typed.text).is_none()).collect()
}

#[test]
fn every_command_of_the_example_has_an_effect_that_is_checked() {
    assert_eq!(unchecked(DOCUMENT), []);
    let written: BTreeSet<String> = commands(DOCUMENT).into_iter().map(|typed| typed.text).collect();
    let stale: Vec<&str> =
        EFFECTS.iter().map(|(text, _)| *text).filter(|text| !written.contains(*text)).collect();
    assert!(stale.is_empty(), "the document does not have these any more: {stale:?}");
}

#[test]
fn a_command_that_is_added_or_changed_is_noticed() {
    let added = format!("{DOCUMENT}\n```bash\n# And then\ntmux-orc team celebrate auth-hotfix\n```\n");
    let texts: Vec<String> = unchecked(&added).into_iter().map(|typed| typed.text).collect();
    assert_eq!(texts, ["tmux-orc team celebrate auth-hotfix"]);
    let changed = DOCUMENT.replace("--smoke-only", "--smoke-only --quiet");
    assert_eq!(unchecked(&changed).len(), 1);
    let continued = DOCUMENT.replace("--base main \\\n", "--base main \\\n  --draft \\\n");
    assert_eq!(unchecked(&continued).len(), 1);
}

#[test]
fn the_example_works_as_it_is_written() {
    let mut set = Set::new();
    let mut done = BTreeSet::new();
    for Typed { line, text } in commands(DOCUMENT) {
        println!("line {line}: {text}");
        let effect = effect_of(&text).expect("each has one");
        if done.insert(text.clone()) {
            effect(&mut set, &text);
        } else {
            effect(&mut Set::new(), &text);
        }
    }
}
