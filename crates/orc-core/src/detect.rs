//! Screen rules: what a rendered screen says of an agent, with the line that says so.
//!
//! Rules are anchored to regions because an agent in an incident talks of errors, limits and dialogs all day.
//! The screen is the weakest source that is still evidence; no matching rule is no evidence.

use regex::Regex;

use crate::dialog::{Form, Shown};
use crate::envelope::make_safe;
use crate::profile::{Composer, Profile, ProfileError, Region, Rule, Terminal};
use crate::screen::Screen;

mod answer;
mod says;

pub use answer::Overheard;
pub use says::Says;

/// A rule that matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// What it says.
    pub says: Says,
    /// The rule's name.
    pub rule: String,
    /// Where it looked.
    pub region: Region,
    /// The row that matched, trimmed.
    pub matched: String,
    /// Seconds until the agent tries again: the group `retry_seconds` of the pattern that matched.
    pub retry_seconds: Option<u64>,
}

/// The compiled rules of one profile.
#[derive(Debug, Clone, Default)]
pub struct Detector {
    rules: Vec<CompiledRule>,
    dialogs: Vec<Form>,
    composer: Option<CompiledComposer>,
    placeholders: Vec<Regex>,
    pending: Vec<Regex>,
    queued: Vec<Regex>,
    lossy: Vec<Regex>,
}

#[derive(Debug, Clone)]
struct CompiledRule {
    name: String,
    says: Says,
    region: Region,
    terminal: Terminal,
    /// The beginning of a block, for a region that is one.
    block: Option<Regex>,
    all: Vec<Regex>,
    any: Vec<Regex>,
    none: Vec<Regex>,
}

#[derive(Debug, Clone)]
struct CompiledComposer {
    start: Regex,
    above: Option<Regex>,
    end: Option<Regex>,
    footer: Option<Regex>,
    tall: Option<Regex>,
    terminal: Terminal,
    ghosts: Vec<Regex>,
}

/// Rows `[first, end)` of the composer and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposerView {
    /// First row.
    pub first: usize,
    /// Row after the last.
    pub end: usize,
    /// What is typed, without the prompt sign, ghost text and trailing space. Text that is not dim and reads like a
    /// ghost is one only while the person has typed nothing: anybody can type the same words.
    pub text: String,
}

fn compile_all(place: &str, patterns: &[String]) -> Result<Vec<Regex>, ProfileError> {
    patterns.iter().map(|pattern| compile(place, pattern)).collect()
}

fn compile(place: &str, pattern: &str) -> Result<Regex, ProfileError> {
    Regex::new(pattern).map_err(|e| ProfileError::Pattern {
        place: place.to_owned(),
        pattern: pattern.to_owned(),
        reason: e.to_string(),
    })
}

impl CompiledRule {
    fn compile(rule: &Rule) -> Result<Self, ProfileError> {
        let place = format!("rule `{}`", rule.name);
        let says = Says::from_word(&rule.says)
            .ok_or_else(|| ProfileError::UnknownState { rule: rule.name.clone(), says: rule.says.clone() })?;
        Ok(Self {
            name: rule.name.clone(),
            says,
            region: rule.region.clone(),
            terminal: rule.terminal,
            block: match &rule.region {
                Region::LastBlock(begin) => Some(compile(&place, begin)?),
                Region::All
                | Region::Title
                | Region::Bottom(_)
                | Region::Composer
                | Region::AboveComposer(_)
                | Region::BelowComposer => None,
            },
            all: compile_all(&place, &rule.all)?,
            any: compile_all(&place, &rule.any)?,
            none: compile_all(&place, &rule.none)?,
        })
    }

    /// The rows that the rule looks at; nothing when its region is not on the screen.
    fn rows(&self, screen: &Screen, composer: Option<&ComposerView>) -> Option<Vec<String>> {
        if !self.terminal.is(screen.bracketed_paste) {
            return None;
        }
        let filled = |rows: &[String]| -> Vec<String> {
            rows.iter().filter(|row| !row.trim().is_empty()).cloned().collect()
        };
        match &self.region {
            Region::All => Some(screen.rows.clone()),
            Region::Title => Some(vec![screen.title.clone()]),
            Region::Bottom(count) => {
                let rows = filled(&screen.rows);
                Some(rows[rows.len().saturating_sub(*count)..].to_vec())
            }
            Region::Composer => composer.map(|view| view.text.split('\n').map(str::to_owned).collect()),
            Region::AboveComposer(count) => composer.map(|view| {
                let rows = filled(&screen.rows[..view.first]);
                rows[rows.len().saturating_sub(*count)..].to_vec()
            }),
            Region::LastBlock(_) => composer.map(|view| {
                let rows = filled(&screen.rows[..view.first]);
                let begins = |row: &String| self.block.as_ref().is_some_and(|block| block.is_match(row));
                rows.iter().rposition(begins).map_or(Vec::new(), |begin| rows[begin..].to_vec())
            }),
            Region::BelowComposer => composer.map(|view| screen.rows[view.end..].to_vec()),
        }
    }

    /// What a positive pattern matched, when the whole rule holds.
    fn matches(&self, rows: &[String]) -> Option<Match> {
        if self.none.iter().any(|pattern| find(pattern, rows).is_some()) {
            return None;
        }
        let mut found: Vec<Match> =
            self.all.iter().map(|pattern| find(pattern, rows)).collect::<Option<_>>()?;
        if !self.any.is_empty() {
            found.push(self.any.iter().find_map(|pattern| find(pattern, rows))?);
        }
        let retry_seconds = found.iter().find_map(|found| found.retry_seconds);
        found.into_iter().next().map(|first| Match { retry_seconds, ..first })
    }
}

/// What a pattern matched.
struct Match {
    /// The group `text`, or the row.
    row: String,
    /// The group `retry_seconds`.
    retry_seconds: Option<u64>,
}

/// The first match of a pattern in a row; of one that names a line break, in the rows as one text.
fn find(pattern: &Regex, rows: &[String]) -> Option<Match> {
    let of = |text: &str| {
        // Most rows match nothing, and that is found out faster without the groups.
        let groups = pattern.is_match(text).then(|| pattern.captures(text)).flatten()?;
        let row = groups
            .name("text")
            .map_or_else(|| text.lines().next().unwrap_or_default(), |group| group.as_str());
        let seconds = groups.name("retry_seconds").and_then(|group| group.as_str().parse().ok());
        Some(Match { row: row.trim().to_owned(), retry_seconds: seconds })
    };
    if pattern.as_str().contains(r"\n") { of(&rows.join("\n")) } else { rows.iter().find_map(|row| of(row)) }
}

impl Detector {
    /// Compiles the patterns of a profile.
    pub fn compile(profile: &Profile) -> Result<Self, ProfileError> {
        let mut ordered: Vec<&Rule> = profile.rules.iter().collect();
        ordered.sort_by_key(|rule| std::cmp::Reverse(rule.priority));
        let rules = ordered.into_iter().map(CompiledRule::compile).collect::<Result<_, _>>()?;
        let composer = profile.composer.as_ref().map(compile_composer).transpose()?;
        Ok(Self {
            rules,
            dialogs: profile.dialogs.iter().map(Form::compile).collect::<Result<_, _>>()?,
            composer,
            placeholders: compile_all("paste.placeholders", &profile.paste.placeholders)?,
            pending: compile_all("paste.pending", &profile.paste.pending)?,
            queued: compile_all("paste.queued", &profile.paste.queued)?,
            lossy: compile_all("paste.lossy", &profile.paste.lossy)?,
        })
    }

    /// What the screen says; the rule of highest priority wins.
    pub fn sight(&self, screen: &Screen) -> Option<Sighting> {
        let composer = self.composer(screen);
        self.rules.iter().find_map(|rule| {
            let rows = rule.rows(screen, composer.as_ref())?;
            let matched = rule.matches(&rows)?;
            let Match { row: matched, retry_seconds } = matched;
            Some(Sighting {
                says: rule.says,
                rule: rule.name.clone(),
                region: rule.region.clone(),
                matched,
                retry_seconds,
            })
        })
    }

    /// The dialog that waits for a person, if one is open: by the rules, whoever else says something of the state.
    pub fn dialog(&self, screen: &Screen) -> Option<Shown> {
        let Sighting { says: Says::Needs(kind), rule, matched, .. } = self.sight(screen)? else {
            return None;
        };
        let evidence = format!("rule {rule}: {matched}");
        let read = |(form, dialog): (usize, &Form)| Some((form, dialog.read(screen)?));
        let mut shown = Shown {
            kind,
            text: make_safe(&matched).text,
            options: Vec::new(),
            here: None,
            form: None,
            evidence,
        };
        if let Some((form, read)) = self.dialogs.iter().enumerate().find_map(read) {
            shown =
                Shown { text: read.text, options: read.options, here: read.here, form: Some(form), ..shown };
        }
        Some(shown)
    }

    /// The option of a dialog that trusts the directory, from 0, if it has one.
    pub fn trusting(&self, shown: &Shown) -> Option<usize> {
        self.dialogs.get(shown.form?)?.trusting(&shown.options)
    }

    /// Every rule with the row that it matched, in the order they are tried: for `agent explain`.
    pub fn trace(&self, screen: &Screen) -> Vec<(String, Option<String>)> {
        let composer = self.composer(screen);
        let tried = |rule: &CompiledRule| {
            rule.rows(screen, composer.as_ref()).and_then(|rows| rule.matches(&rows)).map(|found| found.row)
        };
        self.rules.iter().map(|rule| (rule.name.clone(), tried(rule))).collect()
    }

    /// The composer, if one is shown.
    pub fn composer(&self, screen: &Screen) -> Option<ComposerView> {
        let composer = self.composer.as_ref()?;
        if !composer.terminal.is(screen.bracketed_paste) {
            return None;
        }
        let at = screen.rows.iter().rposition(|row| composer.start.is_match(row))?;
        let end = match &composer.end {
            Some(end) => match screen.rows[at + 1..].iter().position(|row| end.is_match(row)) {
                Some(below) => at + 1 + below,
                None if composer.tall.as_ref()?.is_match(&screen.rows[at]) => screen.rows.len(),
                None => return None,
            },
            None => screen.rows.len(),
        };
        if let Some(footer) = &composer.footer
            && !screen.rows[end..].iter().any(|row| footer.is_match(row))
        {
            return None;
        }
        let (first, lines) = if let Some(above) = &composer.above {
            let texts = (0..at)
                .rev()
                .map_while(|row| Some(above.captures(&screen.bright_row(row))?.get(1)?.as_str().to_owned()));
            let mut lines: Vec<String> = texts.collect();
            lines.reverse();
            (at - lines.len(), lines)
        } else {
            let mut lines: Vec<String> = (at..end).map(|row| screen.bright_row(row)).collect();
            let sign = composer.start.find(&screen.rows[at]).map_or(0, |found| found.end());
            let sign_chars = screen.rows[at][..sign].chars().count();
            lines[0] = lines[0].chars().skip(sign_chars).collect();
            (at, lines)
        };
        let text = lines.join("\n").trim().to_owned();
        let ghost = !screen.draft && composer.ghosts.iter().any(|pattern| pattern.is_match(&text));
        Some(ComposerView { first, end, text: if ghost { String::new() } else { text } })
    }

    /// Placeholders of long pastes now in the composer; without a known composer, on the screen.
    pub fn placeholders(&self, screen: &Screen) -> Vec<String> {
        let found = |row: &String| {
            self.placeholders.iter().find_map(|p| p.find(row)).map(|found| found.as_str().to_owned())
        };
        let rows = match self.composer(screen) {
            Some(view) => &screen.rows[view.first..view.end],
            None if self.knows_composer() => &[],
            None => &screen.rows[..],
        };
        rows.iter().filter_map(found).collect()
    }

    /// The row that says a paste is still being taken in.
    pub fn pending(&self, screen: &Screen) -> Option<String> {
        first_match(&self.pending, screen)
    }

    /// The row that shows a prompt waiting in the agent's own queue.
    pub fn queued(&self, screen: &Screen) -> Option<String> {
        first_match(&self.queued, screen)
    }

    /// What the composer would change or drop of a text, if anything.
    pub fn lossy<'a>(&self, text: &'a str) -> Option<&'a str> {
        self.lossy.iter().find_map(|pattern| pattern.find(text)).map(|found| found.as_str())
    }

    /// Whether the profile describes a composer at all.
    pub fn knows_composer(&self) -> bool {
        self.composer.is_some()
    }
}

fn compile_composer(composer: &Composer) -> Result<CompiledComposer, ProfileError> {
    Ok(CompiledComposer {
        start: compile("composer.start", &composer.start)?,
        above: composer.above.as_deref().map(|above| compile("composer.above", above)).transpose()?,
        end: composer.end.as_deref().map(|end| compile("composer.end", end)).transpose()?,
        footer: composer.footer.as_deref().map(|footer| compile("composer.footer", footer)).transpose()?,
        tall: composer.tall.as_deref().map(|tall| compile("composer.tall", tall)).transpose()?,
        terminal: composer.terminal,
        ghosts: compile_all("composer.ghosts", &composer.ghosts)?,
    })
}

fn first_match(patterns: &[Regex], screen: &Screen) -> Option<String> {
    screen.rows.iter().find(|row| patterns.iter().any(|p| p.is_match(row))).map(|row| row.trim().to_owned())
}
