//! Words that look for somebody to blame, or that know better afterwards. It warns and never refuses: people in the middle of
//! an incident write as they can, and who reviews the report mends it.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Serialize;

use super::timeline::{LineKind, LineStanding};
use super::{Report, clock::Seconds};

/// Something that a reviewer should put into other words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// Where: a section, or an event of the timeline.
    pub place: String,
    /// The words.
    pub words: String,
    /// What to do instead.
    pub hint: String,
}

struct Rule {
    name: &'static str,
    pattern: &'static str,
    hint: &'static str,
    scope: Scope,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// Everything that people and agents wrote.
    All,
    /// Sections of the report only.
    Narrative,
    /// What is said to be the cause.
    Cause,
}

const RULES: [Rule; 7] = [
    Rule {
        name: "blame",
        pattern: r"(?i)\b(?:should(?:n't| not)? have|should've|could(?:n't| not)? have|could've|ought to have|failed to|careless(?:ly|ness)?|negligen(?:t|tly|ce)|(?:human|operator|user|pilot) error|(?:at|his|her|their|whose|my|your|our) fault|faults? of|was the fault|to blame|blame[sd]?|obvious(?:ly)?|stupid(?:ly|ity)?|sloppy|incompeten(?:t|ce)|forgot(?:ten)? to|neglected to)\b",
        hint: "say what happened and what made it likely",
        scope: Scope::All,
    },
    Rule {
        name: "counterfactual",
        pattern: r"(?i)\b(?:would have|would've|wouldn't have|if only|had (?:we|they|he|she|somebody|someone|the team|the operator)\b|might have been (?:avoided|prevented))",
        hint: "this did not happen: tell what did, and make the rest a follow-up",
        scope: Scope::All,
    },
    Rule {
        name: "hindsight",
        pattern: r"(?i)\b(?:in hindsight|with hindsight|in retrospect|looking back)\b",
        hint: "tell it forward in time, with what was known then",
        scope: Scope::All,
    },
    Rule {
        name: "who-and-why",
        pattern: r"(?i)\b(?:why did(?:n't| not)? (?:you|he|she|they|we|the \w+)|who (?:did|broke|caused|deployed|changed|approved|merged|pushed|forgot|is responsible|was responsible))\b",
        hint: "ask what and how",
        scope: Scope::All,
    },
    Rule {
        name: "somebody-did-it",
        pattern: r"(?i)(?:^|[.;:]\s+)(?:someone|somebody|he|she|they|we|an? (?:engineer|developer|operator|admin|administrator|intern|person|colleague|agent)|the (?:engineer|developer|operator|admin|administrator|intern|agent|backend|devops|dba|pm|manager|commander)|backend|devops|operator|commander|pm)\s+(?:\w+ly\s+)?(?:forgot|broke|deployed|missed|pushed|deleted|changed|misconfigured|overlooked|did|didn't|made|introduced|merged|removed|ran|restarted|disabled|ignored|caused)\b",
        hint: "a person's deed is where the search begins: say what let it through",
        scope: Scope::Cause,
    },
    Rule {
        name: "time-by-hand",
        pattern: r"(?i)\b(?:\d{1,2}:\d{2}(?::\d{2})?|\d+(?:\.\d+)?\s?(?:s|sec|secs|seconds?|min|mins|minutes?|h|hrs?|hours?))\b",
        hint: "refer to the event, as [#12]: the report puts the time",
        scope: Scope::Narrative,
    },
    Rule {
        name: "outage",
        pattern: r"(?i)\boutages?\b",
        hint: "say how many were affected, unless the impact is a full loss",
        scope: Scope::All,
    },
];

static COMPILED: LazyLock<Vec<(&'static Rule, Regex)>> = LazyLock::new(|| {
    let compiled = |rule: &'static Rule| Regex::new(rule.pattern).ok().map(|regex| (rule, regex));
    RULES.iter().filter_map(compiled).collect()
});
static REFERENCE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\[(?:#\d+|[EHCATF]\d+)\]|\b(?:commit|run|file):\S").ok());
static FULL_LOSS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)\b100(?:\.0+)? ?%|\b(?:all|every|everybody|total|full|complete(?:ly)?)\b").ok()
});

/// Everything that it finds in a report.
pub(super) fn findings(report: &Report) -> Vec<Finding> {
    let full_loss =
        report.impact.iter().any(|it| FULL_LOSS.as_ref().is_some_and(|full| full.is_match(&it.value)));
    let mut findings = Vec::new();
    for part in &report.narratives {
        let Some(text) = &part.text else { continue };
        let scopes: &[Scope] = match part.section.as_str() {
            "causes" | "trigger" => &[Scope::All, Scope::Narrative, Scope::Cause],
            _ => &[Scope::All, Scope::Narrative],
        };
        look(&part.section, text, scopes, full_loss, &mut findings);
        for paragraph in text.split("\n\n").map(str::trim).filter(|it| it.contains(char::is_alphabetic)) {
            if REFERENCE.as_ref().is_some_and(|reference| !reference.is_match(paragraph)) {
                findings.push(Finding {
                    rule: "no-reference".to_owned(),
                    place: part.section.clone(),
                    words: shortened(paragraph),
                    hint: "refer to what shows it: [E3] for evidence, [#12] for an event".to_owned(),
                });
            }
        }
    }
    for line in &report.timeline {
        let written = match line.kind {
            LineKind::Milestone
            | LineKind::Statement
            | LineKind::Hypothesis
            | LineKind::Correction
            | LineKind::Update
            | LineKind::Task => line.standing != LineStanding::Retracted,
            LineKind::Evidence
            | LineKind::Message
            | LineKind::Agent
            | LineKind::Check
            | LineKind::Change
            | LineKind::System => false,
        };
        if written {
            let cause = line.milestone.as_deref() == Some("root cause");
            let scopes: &[Scope] = if cause { &[Scope::All, Scope::Cause] } else { &[Scope::All] };
            let at = line.offset.map(Seconds::offset).unwrap_or_default();
            look(format!("#{} {at}", line.seq).trim(), &line.text, scopes, full_loss, &mut findings);
        }
    }
    findings
}

fn look(place: &str, text: &str, scopes: &[Scope], full_loss: bool, findings: &mut Vec<Finding>) {
    for (rule, pattern) in COMPILED.iter().filter(|(rule, _)| scopes.contains(&rule.scope)) {
        if rule.name == "outage" && full_loss {
            continue;
        }
        for found in pattern.find_iter(text) {
            findings.push(Finding {
                rule: rule.name.to_owned(),
                place: place.to_owned(),
                words: found.as_str().trim_start_matches(['.', ';', ':', ' ', '\n']).to_owned(),
                hint: rule.hint.to_owned(),
            });
        }
    }
}

fn shortened(text: &str) -> String {
    const SHOWN: usize = 60;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= SHOWN { line } else { line.chars().take(SHOWN - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str, scopes: &[Scope]) -> Vec<String> {
        let mut findings = Vec::new();
        look("x", text, scopes, false, &mut findings);
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn every_rule_compiles() {
        assert_eq!(COMPILED.len(), RULES.len());
        assert!(REFERENCE.is_some() && FULL_LOSS.is_some());
    }

    #[test]
    fn words_that_blame_are_found_and_the_words_of_machines_are_not() {
        let all = [Scope::All];
        for text in [
            "backend should have seen it",
            "They couldn't have cared less, obviously",
            "devops failed to look",
            "a clear case of human error",
            "it was their fault",
        ] {
            assert!(rules(text, &all).contains(&"blame".to_owned()), "{text}");
        }
        for text in [
            "the default pool size is 20",
            "segmentation fault in libpq",
            "a fault-tolerant setup",
            "login failed with 500",
            "connections are not returned on the failed-login path",
        ] {
            assert_eq!(rules(text, &all), Vec::<String>::new(), "{text}");
        }
        assert_eq!(rules("With an alert we would have known", &all), ["counterfactual"]);
        assert_eq!(rules("In hindsight the size was a symptom", &all), ["hindsight"]);
        assert_eq!(rules("Who approved this? Why did they merge it?", &all), ["who-and-why", "who-and-why"]);
        assert_eq!(rules("The outage began", &all), ["outage"]);
    }

    #[test]
    fn a_cause_that_is_somebodys_deed_is_found() {
        let cause = [Scope::Cause];
        assert_eq!(rules("someone pushed a bad config", &cause), ["somebody-did-it"]);
        assert_eq!(rules("The developer accidentally removed the index", &cause), ["somebody-did-it"]);
        assert_eq!(rules("connection not released on the failed-login path", &cause), Vec::<String>::new());
    }

    #[test]
    fn times_belong_to_the_report() {
        let narrative = [Scope::Narrative];
        assert_eq!(rules("at 09:50 logins failed for 35 min", &narrative), ["time-by-hand", "time-by-hand"]);
        assert_eq!(rules("500 errors, port 5432, sev1", &narrative), Vec::<String>::new());
    }
}
