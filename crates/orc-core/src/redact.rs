//! Secrets in what people paste and agents say: found by rules made for logs, replaced before anything is kept or sent on.
//!
//! A word that has to stand near a secret is looked for first, in one pass over the text; only its line is then read by the
//! rule. The placeholder holds a keyed hash, so that equal values stay recognisable and cannot be guessed from it.

mod inputs;
mod rules;

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use sha2::{Digest, Sha256};

use rules::{RULES, Reach, Rule};

/// How a placeholder begins: what stands there already is not replaced again.
const MARK: &str = "[REDACTED:";
/// Rows of one length of so many base64 characters, so many of them, are a key whose header is not in sight.
const KEY_ROW: Range<usize> = 60..77;
const KEY_ROWS: usize = 3;

/// A text without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redacted {
    /// The text with placeholders.
    pub text: String,
    /// How many secrets each rule found. Never the values.
    pub found: BTreeMap<&'static str, usize>,
}

impl Redacted {
    /// What was done, for people: rules and counts.
    pub fn note(&self) -> String {
        note(&self.found).unwrap_or_default()
    }
}

/// What was replaced, for people: rules and counts; nothing when nothing was.
pub fn note(found: &BTreeMap<&'static str, usize>) -> Option<String> {
    let total: usize = found.values().sum();
    let rules: Vec<String> = found.iter().map(|(rule, count)| format!("{count} × {rule}")).collect();
    let (noun, verb) = if total == 1 { ("secret", "was") } else { ("secrets", "were") };
    let rules = rules.join(", ");
    (total > 0)
        .then(|| format!("{total} {noun} {verb} replaced ({rules}): change what somebody may have seen"))
}

/// Something that looks like a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// Where it stands in the text.
    pub span: Range<usize>,
    /// The rule that found it.
    pub rule: &'static str,
    /// A keyed hash of the value, as in its placeholder.
    pub mark: String,
}

/// The rules whose placeholders stand in a text, one for each placeholder.
pub fn placeholders(text: &str) -> impl Iterator<Item = &str> {
    let named = |(at, _): (usize, &str)| {
        let (rule, rest) = text[at + MARK.len()..].split_once('#')?;
        let hash = rest.split_once(']').is_some_and(|(hash, _)| hash.len() == 6);
        hash.then_some(rule)
    };
    text.match_indices(MARK).filter_map(named)
}

/// The compiled rules.
#[derive(Debug, Clone)]
pub struct Redactor {
    key: [u8; 32],
    words: AhoCorasick,
    /// Which rule each word belongs to.
    rule_of: Vec<usize>,
    rules: Vec<Compiled>,
}

#[derive(Debug, Clone)]
struct Compiled {
    id: &'static str,
    reach: Reach,
    pattern: regex::bytes::Regex,
}

struct Found {
    span: Range<usize>,
    rule: &'static str,
}

impl Redactor {
    /// With a key of this installation.
    pub fn new(key: [u8; 32]) -> Self {
        let (mut words, mut rule_of) = (Vec::new(), Vec::new());
        let mut rules = Vec::new();
        for (index, Rule { id, near, reach, pattern }) in RULES.iter().enumerate() {
            words.extend(near.iter().copied());
            rule_of.extend(near.iter().map(|_| index));
            let pattern = regex::bytes::RegexBuilder::new(pattern).unicode(false).build();
            let pattern = pattern.expect("the rules are compiled by a test");
            rules.push(Compiled { id, reach: *reach, pattern });
        }
        let words =
            AhoCorasick::builder().ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(words);
        Self { key, words: words.expect("the words are few and short"), rule_of, rules }
    }

    /// The text without its secrets; nothing when it holds none.
    pub fn redact(&self, text: &str) -> Option<Redacted> {
        let found = self.find(text);
        (!found.is_empty()).then(|| self.replace(text, found, |_| String::new()))
    }

    /// Replaces the secrets in the rows of a screen, also one that goes over several rows. There are as many rows as before.
    pub fn rows(&self, rows: &mut Vec<String>) {
        let text = rows.join("\n");
        let found = self.find(&text);
        if !found.is_empty() {
            let breaks = |value: &str| "\n".repeat(value.matches('\n').count());
            *rows = self.replace(&text, found, breaks).text.split('\n').map(str::to_owned).collect();
        }
    }

    /// Puts a placeholder in the place of each find, and after it what `kept` makes of the value.
    fn replace(&self, text: &str, found: Vec<Found>, kept: impl Fn(&str) -> String) -> Redacted {
        let mut redacted = Redacted { text: String::with_capacity(text.len()), found: BTreeMap::new() };
        let mut at = 0;
        for Found { span, rule } in merged(found) {
            let value = &text[span.clone()];
            redacted.text += &text[at..span.start];
            redacted.text += &self.placeholder(rule, value);
            redacted.text += &kept(value);
            *redacted.found.entry(rule).or_default() += 1;
            at = span.end;
        }
        redacted.text += &text[at..];
        redacted
    }

    /// Replaces the text in place and counts what was found.
    pub fn clean(&self, text: &mut String, found: &mut BTreeMap<&'static str, usize>) {
        if let Some(redacted) = self.redact(text) {
            *text = redacted.text;
            for (rule, count) in redacted.found {
                *found.entry(rule).or_default() += count;
            }
        }
    }

    /// What looks like a secret in the text, for who decides about it and does not replace it.
    pub fn finds(&self, text: &str) -> Vec<Find> {
        let find = |Found { span, rule }: Found| {
            let mark = self.mark(&text[span.clone()]);
            Find { span, rule, mark }
        };
        merged(self.find(text)).into_iter().map(find).collect()
    }

    fn placeholder(&self, rule: &str, value: &str) -> String {
        format!("{MARK}{rule}#{}]", self.mark(value))
    }

    fn mark(&self, value: &str) -> String {
        let digest = Sha256::new_with_prefix(self.key).chain_update(value).finalize();
        format!("{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2])
    }

    fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        // Where each rule has read up to: a line with many words is read once.
        let mut read = vec![0; self.rules.len()];
        for word in self.words.find_overlapping_iter(text) {
            let index = self.rule_of[word.pattern().as_usize()];
            if word.start() < read[index] {
                continue;
            }
            let rule = &self.rules[index];
            let window = window(text, word.start(), rule.reach);
            read[index] = window.end;
            for captures in rule.pattern.captures_iter(&text.as_bytes()[window.clone()]) {
                let value = captures.iter().skip(1).flatten().next().or(captures.get(0));
                let Some(value) = value else { continue };
                let span = whole(text, window.start + value.start()..window.start + value.end());
                let span = if rule.reach == Reach::Value { to_the_end(text, span) } else { span };
                if is_secret(text, &span) {
                    let parts = around_placeholders(text, span);
                    found.extend(parts.into_iter().map(|span| Found { span, rule: rule.id }));
                }
            }
        }
        found.extend(headless_keys(text).into_iter().map(|span| Found { span, rule: "private-key" }));
        found
    }
}

/// What a rule reads when one of its words stands at `at`.
fn window(text: &str, at: usize, reach: Reach) -> Range<usize> {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    match reach {
        Reach::Line | Reach::Value => start..text[at..].find('\n').map_or(text.len(), |newline| at + newline),
        Reach::Rest => start..text.len(),
    }
}

/// The span, widened to whole characters.
fn whole(text: &str, span: Range<usize>) -> Range<usize> {
    let start = (0..=span.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = (span.end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    start..end
}

/// A value that goes on behind a sign that could have ended it: `p@ss,w0rd`, but not `x&page=2`.
fn to_the_end(text: &str, mut span: Range<usize>) -> Range<usize> {
    const ENDS: [char; 7] = ['&', ',', ';', ')', '}', ']', '|'];
    while let Some(rest) = text[span.end..].strip_prefix(ENDS) {
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'') || ENDS.contains(&c);
        let run = &rest[..rest.find(ends).unwrap_or(rest.len())];
        if run.is_empty() || run.contains(['=', ':', '[', '{', '(']) {
            break;
        }
        span.end += 1 + run.len();
    }
    span
}

/// What is left of a value between placeholders: they are replaced no second time, and hide nothing beside them.
fn around_placeholders(text: &str, span: Range<usize>) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut at = span.start;
    let keep = |part: Range<usize>, parts: &mut Vec<Range<usize>>| {
        if text[part.clone()].contains(|c: char| c.is_alphanumeric()) {
            parts.push(part);
        }
    };
    while let Some(mark) = text[at..span.end].find(MARK).map(|mark| at + mark) {
        keep(at..mark, &mut parts);
        at = text[mark..].find(']').map_or(span.end, |end| (mark + end + 1).min(span.end));
    }
    keep(at..span.end, &mut parts);
    parts
}

/// In order, those that overlap as one.
fn merged(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|it| (it.span.start, std::cmp::Reverse(it.span.end)));
    let mut merged: Vec<Found> = Vec::new();
    for next in found {
        match merged.last_mut() {
            Some(last) if next.span.start < last.span.end => last.span.end = last.span.end.max(next.span.end),
            _ => merged.push(next),
        }
    }
    merged
}

/// Whether the span is a value and not a word that says that there is none, or a placeholder.
fn is_secret(text: &str, span: &Range<usize>) -> bool {
    const NONE: [&str; 30] = [
        "null",
        "none",
        "nil",
        "true",
        "false",
        "undefined",
        "invalid",
        "expired",
        "missing",
        "required",
        "empty",
        "incorrect",
        "wrong",
        "unset",
        "redacted",
        "hidden",
        "masked",
        "removed",
        "changed",
        "reset",
        "rejected",
        "accepted",
        "string",
        "str",
        "bytes",
        "optional",
        "value",
        "secret",
        "password",
        "token",
    ];
    let value = text[span.clone()].trim_matches(|c: char| c == '"' || c == '\'');
    let bare = value.trim_end_matches(['.', ',', ';', ':', '!', ')']).to_ascii_lowercase();
    let variable = value.strip_prefix('$').is_some_and(|name| {
        name.starts_with(['{', '(']) || name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    let braces =
        value.starts_with('{') && value.ends_with('}') || value.starts_with('<') && value.ends_with('>');
    let format =
        value.starts_with("%(") || value.starts_with("%{") || matches!(value, "%s" | "%d" | "%v" | "%q");
    let stands_for = variable || braces || format || text[..span.start].ends_with(MARK);
    let stars = !value.is_empty() && value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '•' | '-'));
    !value.is_empty() && !stands_for && !stars && !NONE.contains(&bare.as_str())
}

/// Rows of a key whose header was cut off, as in the tail of a log.
fn headless_keys(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Where the rows began, how many they are, and how long each is.
    let (mut at, mut run) = (0, None::<(usize, usize, usize)>);
    // The empty row at the end closes a key that reaches it.
    for line in text.split_inclusive('\n').chain([""]) {
        let bare = line.trim().trim_start_matches(['>', '|', ' ', '\t']);
        let base64 = |c: u8| c.is_ascii_alphanumeric() || c == b'+' || c == b'/' || c == b'=';
        let mixed =
            bare.bytes().any(|c| c.is_ascii_uppercase()) && bare.bytes().any(|c| c.is_ascii_lowercase());
        let is_row = KEY_ROW.contains(&bare.len()) && mixed && bare.bytes().all(base64);
        let whole = is_row && run.is_none_or(|(_, _, length)| length == bare.len());
        // The last row of a key is shorter.
        let tail = !bare.is_empty() && bare.len() < KEY_ROW.end && bare.bytes().all(base64);
        match run {
            None if whole => run = Some((at, 1, bare.len())),
            Some((start, rows, length)) if whole => run = Some((start, rows + 1, length)),
            Some((start, rows, _)) => {
                if rows >= KEY_ROWS {
                    let end = if tail { at + line.trim_end().len() } else { at };
                    found.push(start..start + text[start..end].trim_end().len());
                }
                run = None;
            }
            None => {}
        }
        at += line.len();
    }
    found
}
