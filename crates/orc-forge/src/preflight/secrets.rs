//! Secrets in what would be published: the added lines and the message of every commit, not only the last state. A secret that a
//! later commit removes is published all the same.

use std::collections::BTreeSet;

use orc_core::redact::Redactor;

use super::Found;
use super::branch::short;
use crate::git::Git;

/// A file's added lines are looked through in portions of about so many bytes.
const PORTION: usize = 256 << 10;
/// So much of a portion is looked through with the next one again: no secret is as long.
const OVERLAP: usize = 16 << 10;
/// What stands so near before a secret tells what it is.
const LEAD: usize = 1 << 10;
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
    /// Of a row whose end has not been read: whether what it goes on with is published.
    goes_on: Option<bool>,
    added: String,
    /// Finds before this place of what was added belong to the portion before.
    from: usize,
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
            goes_on: None,
            added: String::new(),
            from: 0,
            finds: BTreeSet::new(),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.line.extend_from_slice(part);
            let ended = part.ends_with(b"\n");
            // A line without an end is read in portions too.
            if ended || self.line.len() > PORTION {
                let mut line = std::mem::take(&mut self.line);
                let cut = if ended { line.len() } else { whole_characters(&line) };
                self.row(&String::from_utf8_lossy(&line[..cut]), ended);
                line.drain(..cut);
                self.line = line;
            }
        }
    }

    /// A row, or a portion of one: `ended` is false where it goes on.
    fn row(&mut self, row: &str, ended: bool) {
        let line = if ended { row.trim_end_matches(['\n', '\r']) } else { row };
        let published = match self.goes_on.take() {
            _ if self.in_message => self.message(line, ended),
            Some(published) => {
                if published {
                    self.add(line, ended);
                }
                published
            }
            None => self.begin(line, ended),
        };
        self.goes_on = (!ended).then_some(published);
    }

    /// Answers whether the message goes on.
    fn message(&mut self, line: &str, ended: bool) -> bool {
        let Some(last) = line.strip_suffix('\0') else {
            self.add(line, ended);
            return true;
        };
        self.add(last, true);
        self.look();
        self.in_message = false;
        false
    }

    /// The beginning of a row of the log; answers whether it is published.
    fn begin(&mut self, line: &str, ended: bool) -> bool {
        if let Some(commit) = line.strip_prefix('\0') {
            self.look();
            commit.trim_end_matches('\0').clone_into(&mut self.commit);
            self.file.clear();
            self.signs = 0;
            self.in_message = !commit.ends_with('\0');
        } else if line.starts_with("diff --") {
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
            let added = signs.contains('+');
            if added {
                self.add(text, ended);
            }
            return added;
        }
        false
    }

    fn add(&mut self, text: &str, ended: bool) {
        self.added += text;
        if ended {
            self.added.push('\n');
        }
        if self.added.len() > PORTION {
            let about = self.added.len() - OVERLAP;
            let kept =
                (about..=self.added.len()).find(|at| self.added.is_char_boundary(*at)).unwrap_or(about);
            self.look_until(kept + LEAD);
            self.added.drain(..kept);
            self.from = LEAD;
        }
    }

    /// Looks through what is left of a file or a message.
    fn look(&mut self) {
        self.look_until(usize::MAX);
        self.added.clear();
        self.from = 0;
    }

    fn look_until(&mut self, end: usize) {
        for find in self.redactor.finds(&self.added) {
            if !(self.from..end).contains(&find.span.start) {
                continue;
            }
            if find.rule == "named-secret" && !is_literal(&self.added, &find.span, &self.file) {
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
            self.row(&String::from_utf8_lossy(&rest), true);
        }
        self.look();
        self.finds.into_iter().collect()
    }
}

/// Where the last character begins of which not all bytes may have been read.
fn whole_characters(bytes: &[u8]) -> usize {
    let goes_on = bytes.iter().rev().take(3).take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
    bytes.len() - goes_on - 1
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

#[cfg(test)]
mod tests;
