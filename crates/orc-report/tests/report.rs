//! Reports on paper: as they were looked at once and found good, harmless whatever texts are in them, and with a person's
//! own templates.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

use orc_core::delivery::{MessageKind, Sender};
use orc_core::incident::Section;
use orc_core::incident::entry::Entry;
use orc_core::report::Kind;
use orc_report::{Format, Template, Templates, render};
use sample::{MINUTE, Story, pm};

#[path = "../../orc-core/tests/sample/mod.rs"]
mod sample;

fn markdown(story: &Story, kind: Kind) -> String {
    render(&story.report(kind), Format::Md, &Templates::default()).unwrap()
}

fn html(story: &Story, kind: Kind) -> String {
    render(&story.report(kind), Format::Html, &Templates::default()).unwrap()
}

#[test]
fn an_incident_in_markdown() {
    insta::assert_snapshot!(markdown(&Story::whole(), Kind::Incident));
}

#[test]
fn a_record_without_an_incident_in_markdown() {
    let mut story = Story::new();
    story.create();
    story.deploy();
    insta::assert_snapshot!(markdown(&story, Kind::Incident));
}

#[test]
fn a_day_and_a_status_in_markdown() {
    let mut story = Story::whole();
    insta::assert_snapshot!("status", markdown(&story, Kind::Status));
    story.pass(20 * 60 * MINUTE);
    story.say(&pm(), Entry::Note { text: "the next day".into() });
    insta::assert_snapshot!("daily", markdown(&story, Kind::Daily));
}

#[test]
fn every_section_is_in_every_page() {
    let story = Story::whole();
    let page = html(&story, Kind::Incident);
    for heading in [
        "Summary",
        "Impact",
        "How long it took",
        "Timeline",
        "Causes and contributing factors",
        "Trigger",
        "Detection",
        "Hypotheses",
        "Decisions and actions",
        "Change and tests",
        "Tests that ran",
        "Tests that did not run",
        "Agents",
        "Tasks",
        "Communications sent",
        "What went well",
        "What went poorly",
        "Where we got lucky",
        "Follow-ups",
        "Evidence",
        "Appendix",
    ] {
        assert!(page.contains(&format!(">{heading}</h")), "{heading} is missing");
    }
    assert!(page.contains("draft, not reviewed"));
    assert!(page.contains("<svg class=\"wide\"") && page.contains("<svg class=\"narrow\""));
    for kind in [Kind::Daily, Kind::Status] {
        assert!(html(&story, kind).contains("</html>"));
    }
}

/// What somebody might write to be more than read.
const HOSTILE: [&str; 8] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![pixel](https://example.com/pixel.png)",
    "\" onmouseover=\"alert(1)",
    "</style></title><svg onload=alert(1)>",
    "| a | table |\n|---|---|\n# A heading\n- a list",
    "{{ report.header }} {% include 'page.html' %} \u{1b}[2J\u{202e}",
];

fn hostile() -> Story {
    let mut story = Story::whole();
    for text in HOSTILE {
        let text = || text.to_owned();
        for section in Section::ALL {
            story.say(&pm(), Entry::Narrate { section, text: text() });
        }
        story.say(&pm(), Entry::Note { text: text() });
        story.say(&pm(), Entry::Suspect { text: text() });
        story.say(&pm(), Entry::Decide { text: text(), why: text() });
        story.say(&pm(), Entry::Evidence { text: text(), source: text(), content: text() });
        story.say(&pm(), Entry::Impact { what: text(), value: text(), source: text() });
        story.say(&pm(), Entry::FollowUp { text: text(), kind: "prevent".into(), owner: Some(text()) });
        story.say(&pm(), Entry::AddTask { text: text(), assignee: None });
        story.say(
            &pm(),
            Entry::Update { audience: text(), conditions: text(), actions: text(), needs: text() },
        );
        story.message(&Sender::Operator, MessageKind::Broadcast, &[1], &text());
    }
    story
}

#[test]
fn hostile_texts_are_words_in_a_page() {
    let page = html(&hostile(), Kind::Incident);
    for wrong in ["<script", "<img", "\"javascript:", " onmouseover=\"", "<svg onload", "\u{1b}", "\u{202e}"]
    {
        assert!(!page.contains(wrong), "{wrong} is in the page");
    }
    assert_eq!(page.matches("<style>").count(), 1);
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(page.matches("<title>").count(), page.matches("</title>").count());
    assert!(page.contains("&lt;script&gt;alert(1)&lt;"), "it is shown");
}

#[test]
fn hostile_texts_are_words_in_markdown_whoever_renders_it() {
    let text = markdown(&hostile(), Kind::Incident);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'));
    let headings: Vec<_> = text.lines().filter(|line| line.starts_with('#')).collect();
    let expected = markdown(&Story::whole(), Kind::Incident);
    let expected: Vec<_> = expected.lines().filter(|line| line.starts_with('#')).collect();
    assert_eq!(headings, expected, "nobody adds a section");
    let options = pulldown_cmark::Options::ENABLE_TABLES | pulldown_cmark::Options::ENABLE_STRIKETHROUGH;
    let mut rendered = String::new();
    pulldown_cmark::html::push_html(&mut rendered, pulldown_cmark::Parser::new_ext(&text, options));
    for wrong in ["<script", "<img", "\"javascript:", "<svg"] {
        assert!(!rendered.contains(wrong), "{wrong} is in what becomes of it");
    }
}

fn own(name: &str, text: &str) -> Templates {
    let origin = format!("reports/{name}");
    Templates::new(vec![Template { name: name.into(), text: text.into(), origin }])
}

#[test]
fn a_template_of_the_persons_takes_the_place_of_the_built_in_one() {
    let report = Story::whole().report(Kind::Incident);
    let text = "{{ report.header.title }}: {{ report.metrics[3].took|duration }}\n";
    let done = render(&report, Format::Md, &own("incident.md", text)).unwrap();
    assert_eq!(done, "Auth service returns 500 on login: 10:00\n");
    let page = render(&report, Format::Html, &own("style.css", "body { color: teal }")).unwrap();
    assert!(page.contains("<style>\nbody { color: teal }"), "a part of the built-in page");
}

#[test]
fn a_broken_template_is_named_with_its_line() {
    let report = Story::whole().report(Kind::Incident);
    let broken = |text: &str| render(&report, Format::Md, &own("incident.md", text)).unwrap_err();
    let error = broken("one\ntwo\n{% if %}\n");
    assert_eq!((error.origin.as_str(), error.line), ("reports/incident.md", 3), "{error}");
    let error = broken("one\n{{ report.no_such_thing }}\n");
    assert_eq!((error.origin.as_str(), error.line), ("reports/incident.md", 2), "{error}");
    let error = broken("{{ report.header.title|no_such_filter }}");
    assert!(error.to_string().starts_with("reports/incident.md:1: "), "{error}");
    let parts = own("parts.md", "{% macro top(report) %}\n{{ report.nothing }}\n{% endmacro %}");
    let error = render(&report, Format::Md, &parts).unwrap_err();
    assert_eq!(error.origin, "reports/parts.md", "{error}");
}

/// `docs/sample-report.md` is what this program writes of the story that its reports are tested on:
/// `UPDATE=1 cargo test -p orc-report --test report sample` writes it anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "the document is a file, and UPDATE asks for it")]
fn the_sample_in_the_documents_is_what_is_written() {
    const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/sample-report.md");
    let written = markdown(&Story::whole(), Kind::Incident);
    if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
        std::fs::write(PATH, &written).unwrap();
    }
    let kept = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        written == kept,
        "docs/sample-report.md is out of date: UPDATE=1 cargo test -p orc-report --test report sample"
    );
}
