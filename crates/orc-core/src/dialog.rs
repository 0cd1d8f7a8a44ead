//! A dialog as the screen shows it: what it asks, its options, and which of them is chosen now.
//!
//! The reading is strict: every row from the first option to the foot must be one that the profile speaks of. What an
//! agent quotes, or a menu that nobody described, is then no dialog with options, and no key is pressed in it.

use regex::{Captures, Regex};

use crate::envelope::make_safe;
use crate::profile::ProfileError;
use crate::profile::dialog::Dialog;
use crate::screen::Screen;
use crate::team::Need;

/// Longest text that is kept (bytes): no screen shows more, but a screen can be made very large.
const LONGEST: usize = 16 << 10;

/// A dialog on the screen. Its words are untrusted; they are made safe here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the person is needed for.
    pub kind: Need,
    /// What it asks.
    pub text: String,
    /// Its options in order; empty when they could not be read.
    pub options: Vec<String>,
    /// The option that is chosen now, from 0.
    pub here: Option<usize>,
    /// Which of the profile's dialogs it is; nothing when it is none of them.
    pub form: Option<usize>,
    /// The rule that says that a dialog is open, and the row that it matched.
    pub evidence: String,
}

/// Whether two readings are of the same dialog: the same words, however the terminal broke them into rows.
pub fn same(one: (&str, &[String]), other: (&str, &[String])) -> bool {
    let squeeze = |text: &str| -> String { text.split_whitespace().collect() };
    squeeze(one.0) == squeeze(other.0)
        && one.1.len() == other.1.len()
        && one.1.iter().zip(other.1).all(|(one, other)| squeeze(one) == squeeze(other))
}

/// The compiled patterns of one dialog.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    row: Option<Regex>,
    begin: Option<Regex>,
    option: Option<Regex>,
    inline: Option<Regex>,
    foot: Option<Regex>,
    trust: Option<Regex>,
}

/// What a form reads.
pub(crate) struct Reading {
    pub(crate) text: String,
    pub(crate) options: Vec<String>,
    pub(crate) here: Option<usize>,
}

struct Found {
    row: usize,
    number: Option<usize>,
    label: String,
    here: bool,
}

impl Form {
    pub(crate) fn compile(dialog: &Dialog) -> Result<Self, ProfileError> {
        let pattern = |name: &str, pattern: &Option<String>| {
            let compile = |pattern: &String| {
                Regex::new(pattern).map_err(|e| ProfileError::Pattern {
                    place: format!("dialog `{}`, {name}", dialog.name),
                    pattern: pattern.clone(),
                    reason: e.to_string(),
                })
            };
            pattern.as_ref().map(compile).transpose()
        };
        Ok(Self {
            row: pattern("row", &dialog.row)?,
            begin: pattern("begin", &dialog.begin)?,
            option: pattern("option", &dialog.option)?,
            inline: pattern("inline", &dialog.inline)?,
            foot: pattern("foot", &dialog.foot)?,
            trust: pattern("trust", &dialog.trust)?,
        })
    }

    /// The dialog, if the screen shows one of this form.
    pub(crate) fn read(&self, screen: &Screen) -> Option<Reading> {
        let rows = self.rows(screen);
        let (first, options, here) = match (&self.inline, &self.option) {
            (Some(inline), _) => self.in_one_row(inline, &rows, screen)?,
            (None, Some(option)) => self.row_by_row(option, &rows)?,
            (None, None) => return None,
        };
        let above = &rows[..first];
        let begin = match &self.begin {
            Some(begin) => above.iter().rposition(|(_, row)| begin.is_match(row))? + 1,
            None => 0,
        };
        let text = paragraph(above[begin..].iter().map(|(_, row)| row.as_str()));
        let safe = |text: &str| make_safe(text).text;
        Some(Reading { text: clip(safe(&text)), options: options.iter().map(|o| safe(o)).collect(), here })
    }

    /// The one option that trusts the directory, from 0.
    pub(crate) fn trusting(&self, options: &[String]) -> Option<usize> {
        let trust = self.trust.as_ref()?;
        let mut fitting = options.iter().enumerate().filter(|(_, label)| trust.is_match(label));
        let (index, _) = fitting.next()?;
        fitting.next().is_none().then_some(index)
    }

    /// The rows of the dialog with their places on the screen.
    fn rows(&self, screen: &Screen) -> Vec<(usize, String)> {
        let Some(pattern) = &self.row else {
            return screen.rows.iter().cloned().enumerate().collect();
        };
        let part = |(at, row): (usize, &String)| {
            let part = pattern.captures(row)?.get(1)?.as_str().trim_end().to_owned();
            Some((at, part))
        };
        let parts = screen.rows.iter().enumerate().map(part).rev();
        let mut rows: Vec<_> = parts.skip_while(Option::is_none).map_while(|part| part).collect();
        rows.reverse();
        rows
    }

    fn in_one_row(
        &self,
        inline: &Regex,
        rows: &[(usize, String)],
        screen: &Screen,
    ) -> Option<(usize, Vec<String>, Option<usize>)> {
        let first = rows.iter().rposition(|(at, _)| inline.is_match(&screen.rows[*at]))?;
        let foot = |row: &str| row.trim().is_empty() || self.foot.as_ref().is_some_and(|f| f.is_match(row));
        if !rows[first + 1..].iter().all(|(_, row)| foot(row)) {
            return None;
        }
        let at = rows[first].0;
        let row = &screen.rows[at];
        let groups = inline.captures(row)?;
        let marked = screen.marked.get(at).map_or(&[][..], Vec::as_slice);
        let options: Vec<_> = groups.iter().skip(1).flatten().collect();
        let chosen = |start: usize| {
            let start = row[..start].chars().count();
            marked.iter().any(|(from, to)| (*from..*to).contains(&start))
        };
        let mut here = options.iter().enumerate().filter(|(_, o)| chosen(o.start())).map(|(index, _)| index);
        let here = here.next().filter(|_| here.next().is_none());
        Some((first, options.iter().map(|o| o.as_str().trim().to_owned()).collect(), here))
    }

    fn row_by_row(
        &self,
        option: &Regex,
        rows: &[(usize, String)],
    ) -> Option<(usize, Vec<String>, Option<usize>)> {
        let mut found: Vec<Found> = Vec::new();
        let mut below: Vec<&str> = Vec::new();
        for (place, (_, row)) in rows.iter().enumerate().rev() {
            let groups = option.captures(row);
            let fits = |groups: &Captures<'_>| {
                let number = number(groups);
                found.last().is_none_or(|last| last.number == number.map(|number| number + 1))
            };
            if let Some(groups) = groups.filter(fits) {
                let one = self.option(place, &groups, row, &below, found.is_empty())?;
                below.clear();
                let first = one.number == Some(1);
                found.push(one);
                if first {
                    break;
                }
            } else if found.last().is_some_and(|last| last.number.is_none()) {
                break;
            } else {
                below.push(row);
            }
        }
        found.reverse();
        let first = found.first().filter(|first| first.number.is_none_or(|number| number == 1))?;
        let signed = option.capture_names().flatten().any(|name| name == "here");
        let mut here = found.iter().enumerate().filter(|(_, one)| one.here).map(|(index, _)| index);
        let here = here.next().filter(|_| here.next().is_none());
        if signed && here.is_none() {
            return None;
        }
        Some((first.row, found.iter().map(|one| one.label.clone()).collect(), here))
    }

    /// An option with what goes on with it. `below`: the rows down to the next option, from below.
    fn option(
        &self,
        place: usize,
        groups: &Captures<'_>,
        row: &str,
        below: &[&str],
        is_last: bool,
    ) -> Option<Found> {
        let label = groups.name("label")?;
        let column = row[..label.start()].chars().count();
        let mut words = label.as_str().to_owned();
        for below in below.iter().rev().filter(|row| !row.trim().is_empty()) {
            let matches = |pattern: &Option<Regex>| pattern.as_ref().is_some_and(|p| p.is_match(below));
            let indent = below.chars().take_while(|c| *c == ' ').count();
            if matches(&self.begin) || is_last && matches(&self.foot) {
                continue;
            }
            if indent < column {
                return None;
            }
            words.push(' ');
            words.push_str(below.trim());
        }
        let label = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let here = groups.name("here").is_some_and(|here| !here.as_str().trim().is_empty());
        Some(Found { row: place, number: number(groups), label, here })
    }
}

fn number(groups: &Captures<'_>) -> Option<usize> {
    groups.name("number")?.as_str().parse().ok()
}

/// The rows as a text: without frames, without the indent that all of them have, without empty rows around it.
fn paragraph<'a>(rows: impl Iterator<Item = &'a str>) -> String {
    let frame = |row: &str| {
        let row = row.trim();
        !row.is_empty() && row.chars().all(|c| ('\u{2500}'..='\u{259f}').contains(&c))
    };
    let rows: Vec<&str> = rows.map(str::trim_end).filter(|row| !frame(row)).collect();
    let indent = |row: &&&str| row.chars().take_while(|c| *c == ' ').count();
    let indent = rows.iter().filter(|row| !row.is_empty()).map(|row| indent(&row)).min().unwrap_or(0);
    let mut lines: Vec<String> = Vec::new();
    for row in rows {
        let line: String = row.chars().skip(indent).collect();
        if !(line.is_empty() && lines.last().is_none_or(String::is_empty)) {
            lines.push(line);
        }
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.join("\n")
}

fn clip(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests;
