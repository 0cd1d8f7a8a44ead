//! `JUnit` files, as pytest, nextest and many others write them.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Case, Outcome, Unreadable};

/// Deeper than that no such file is.
const DEEPEST: usize = 64;

/// Reads it.
pub fn junit(text: &str) -> Result<Outcome, Unreadable> {
    let mut reader = Reader::from_str(text);
    let mut outcome = Outcome::default();
    let (mut depth, mut suites) = (0_usize, false);
    let mut test: Option<(String, Case, usize)> = None;
    loop {
        let event = reader.read_event().map_err(|e| unreadable(&reader, &e.to_string()))?;
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth > DEEPEST {
                    return Err(unreadable(&reader, "it is nested too deeply"));
                }
                suites |= is_suite(&tag);
                open(&tag, depth, &mut test);
            }
            Event::Empty(tag) => {
                suites |= is_suite(&tag);
                open(&tag, depth + 1, &mut test);
                close(depth + 1, &mut test, &mut outcome);
            }
            Event::End(_) => {
                close(depth, &mut test, &mut outcome);
                depth = depth.saturating_sub(1);
            }
            Event::Eof if depth > 0 => return Err(unreadable(&reader, "it ends in the middle")),
            Event::Eof if !suites => return Err(unreadable(&reader, "it has no test suite")),
            Event::Eof => return Ok(outcome),
            _ => {}
        }
    }
}

fn unreadable(reader: &Reader<&[u8]>, reason: &str) -> Unreadable {
    Unreadable(format!("its JUnit file cannot be read, byte {}: {reason}", reader.buffer_position()))
}

fn is_suite(tag: &BytesStart<'_>) -> bool {
    matches!(tag.name().as_ref(), "testsuite" | "testsuites")
}

fn open(tag: &BytesStart<'_>, depth: usize, test: &mut Option<(String, Case, usize)>) {
    match (tag.name().as_ref(), test) {
        ("testcase", test @ None) => {
            let class = attribute(tag, "classname");
            let name = attribute(tag, "name");
            let whole = if class.is_empty() { name } else { format!("{class}::{name}") };
            *test = Some((whole, Case::Passed, depth));
        }
        (tag, Some((_, case, _))) => {
            let said = match tag {
                "failure" => Case::Failed,
                "error" => Case::Error,
                "skipped" => Case::Skipped,
                "flakyFailure" | "flakyError" => Case::Flaky,
                _ => return,
            };
            // A test that failed and failed again has both; what it came to is the failure.
            let worse = matches!(said, Case::Failed | Case::Error) || *case == Case::Passed;
            if worse {
                *case = said;
            }
        }
        _ => {}
    }
}

fn close(depth: usize, test: &mut Option<(String, Case, usize)>, outcome: &mut Outcome) {
    if test.as_ref().is_some_and(|(.., opened)| *opened == depth)
        && let Some((name, case, _)) = test.take()
    {
        outcome.take(name, case);
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> String {
    let found = tag.try_get_attribute(name).ok().flatten();
    found.map(|it| it.value.into_owned()).unwrap_or_default()
}
