//! Secrets in what would be published: the added lines and the message of every commit, not only the last state. A secret that a
//! later commit removes is published all the same.

use std::collections::BTreeSet;

use orc_core::redact::Redactor;

use super::Found;
use super::branch::short;
use crate::git::Git;

/// A file's added lines are looked through in portions of so many bytes.
const PORTION: usize = 256 << 10;
/// So many finds are named.
const NAMED: usize = 6;

/// Something that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The commit that adds it.
    pub commit: String,
    /// The file; empty for the commit's message.
    pub file: String,
    /// The rule that found it.
    pub rule: String,
    /// A keyed hash of the value: equal values have equal marks.
    pub mark: String,
}

impl Finding {
    /// For people.
    pub fn words(&self) -> String {
        let place = if self.file.is_empty() { "its message" } else { &self.file };
        format!("{} in {place} of {} ({})", self.rule, short(&self.commit), self.mark)
    }
}

/// Looks through every commit of a range. Answers the finds that a person said are none.
pub(super) async fn scan(
    git: &Git,
    range: &str,
    redactor: &Redactor,
    no_secrets: &[String],
    found: &mut Found,
) -> Vec<Finding> {
    let mut reader = Reader::new(redactor);
    let words = [
        "log",
        "--cc",
        "--unified=0",
        "--no-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--format=%x00%H%n%B%x00",
        "--end-of-options",
        range,
    ];
    if let Err(error) = git.stream(&words, |bytes| reader.take(bytes)).await {
        // What could not be looked at is not published.
        let message = format!("the change cannot be looked through for secrets: {error}");
        found.problem("secrets_unread", message, "mend what git says and run it again");
        return Vec::new();
    }
    let (allowed, open): (Vec<Finding>, Vec<Finding>) =
        reader.end().into_iter().partition(|it| no_secrets.contains(&it.mark));
    if !open.is_empty() {
        let mut words: Vec<String> = open.iter().take(NAMED).map(Finding::words).collect();
        if open.len() > NAMED {
            words.push(format!("and {} more", open.len() - NAMED));
        }
        let marks: BTreeSet<&str> = open.iter().map(|it| it.mark.as_str()).collect();
        let flags: Vec<String> = marks.iter().take(NAMED).map(|mark| format!("--no-secret {mark}")).collect();
        found.problem(
            "secrets",
            format!("the commits hold what looks like secrets: {}", words.join("; ")),
            format!(
                "change each secret, it may have been seen; take it out of the commits (`git rebase -i`), then check again. What is none: {}",
                flags.join(" ")
            ),
        );
    }
    allowed
}

/// Reads the log as it comes.
struct Reader<'a> {
    redactor: &'a Redactor,
    line: Vec<u8>,
    commit: String,
    file: String,
    /// Between the two NULs around a commit's id and message.
    in_message: bool,
    /// How many signs stand before a line of the hunk: more than one in the diff of a merge. 0 outside of hunks.
    signs: usize,
    added: String,
    finds: BTreeSet<Finding>,
}

impl<'a> Reader<'a> {
    fn new(redactor: &'a Redactor) -> Self {
        Self {
            redactor,
            line: Vec::new(),
            commit: String::new(),
            file: String::new(),
            in_message: false,
            signs: 0,
            added: String::new(),
            finds: BTreeSet::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            // A line without an end is read in portions too.
            if part.ends_with(b"\n") || self.line.len() > PORTION {
                let line = std::mem::take(&mut self.line);
                self.row(&String::from_utf8_lossy(&line));
                self.line = line;
                self.line.clear();
            }
        }
    }

    fn row(&mut self, row: &str) {
        let line = row.trim_end_matches(['\n', '\r']);
        if self.in_message {
            match line.strip_suffix('\0') {
                Some(last) => {
                    self.add(last);
                    self.look();
                    self.in_message = false;
                }
                None => self.add(line),
            }
            return;
        }
        if let Some(commit) = line.strip_prefix('\0') {
            self.look();
            commit.trim_end_matches('\0').clone_into(&mut self.commit);
            self.file.clear();
            self.signs = 0;
            self.in_message = !commit.ends_with('\0');
            return;
        }
        if line.starts_with("diff --") {
            self.look();
            self.signs = 0;
        } else if self.signs == 0 && line.starts_with("+++ ") {
            let path = line.trim_start_matches("+++ ").trim_end_matches('\t');
            path.strip_prefix("b/").unwrap_or(path).clone_into(&mut self.file);
        } else if line.starts_with("@@") {
            self.signs = line.bytes().take_while(|byte| *byte == b'@').count() - 1;
        } else if self.signs > 0 {
            let at = line.char_indices().nth(self.signs).map_or(line.len(), |(at, _)| at);
            let (signs, text) = line.split_at(at);
            if signs.contains('+') {
                self.add(text);
            }
        }
    }

    fn add(&mut self, text: &str) {
        self.added += text;
        self.added.push('\n');
        if self.added.len() > PORTION {
            self.look();
        }
    }

    fn look(&mut self) {
        let added = std::mem::take(&mut self.added);
        if added.is_empty() {
            return;
        }
        for find in self.redactor.finds(&added) {
            if find.rule == "named-secret" && !is_literal(&added, &find.span, &self.file) {
                continue;
            }
            self.finds.insert(Finding {
                commit: self.commit.clone(),
                file: self.file.clone(),
                rule: find.rule.to_owned(),
                mark: find.mark,
            });
        }
    }

    fn end(mut self) -> Vec<Finding> {
        let rest = std::mem::take(&mut self.line);
        if !rest.is_empty() {
            self.row(&String::from_utf8_lossy(&rest));
        }
        self.look();
        self.finds.into_iter().collect()
    }
}

/// Whether what stands behind `password =` is the password itself. In source code it mostly is an expression: only a quoted
/// word without spaces is a value there.
fn is_literal(text: &str, span: &std::ops::Range<usize>, file: &str) -> bool {
    const CODE: [&str; 29] = [
        "rs", "py", "js", "jsx", "ts", "tsx", "mjs", "cjs", "go", "java", "kt", "kts", "scala", "rb", "php",
        "c", "h", "cc", "cpp", "hpp", "cs", "swift", "m", "ex", "exs", "erl", "lua", "vue", "svelte",
    ];
    const PROSE: [&str; 6] = ["md", "rst", "txt", "adoc", "html", ""];
    let value = &text[span.clone()];
    let quoted = text[..span.start].ends_with(['"', '\'', '`']);
    let extension = file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, end)| end);
    if value.contains(char::is_whitespace) || value.len() < 6 {
        return false;
    }
    if quoted {
        return !value.contains(['{', '<', '$', '%']);
    }
    let sign = |c: char| c.is_ascii_digit();
    // Outside of code a bare word counts; in prose only one that no word of a language looks like.
    !CODE.contains(&extension)
        && (!PROSE.contains(&extension) || file.starts_with(".env") || value.contains(sign))
}
