//! The page in a real browser: it asks for nothing, complains of nothing, and can be read on a phone, on a desk and on paper.
//! `make test-page` runs these; they need Chromium.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]
#![expect(clippy::disallowed_methods, reason = "the pages of a test are files")]

use std::fs;
use std::path::{Path, PathBuf};

use browser::{Browser, Page};
use orc_core::delivery::Sender;
use orc_core::incident::Milestone;
use orc_core::incident::entry::Entry;
use orc_core::report::Kind;
use orc_report::{Format, Templates, render};
use sample::{MINUTE, SECOND, Story, pm};
use serde_json::Value;

mod browser;
#[path = "../../../orc-core/tests/sample/mod.rs"]
mod sample;

/// Writes the page of a story into a file that stays for who wants to look at it.
fn page_of(name: &str, story: &Story, kind: Kind) -> PathBuf {
    let page = render(&story.report(kind), Format::Html, &Templates::default()).unwrap();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.html"));
    fs::write(&path, page).unwrap();
    path
}

/// A story of five lines in its timeline.
fn short() -> Story {
    let mut story = Story::new();
    story.create();
    story.declare(None);
    story.pass(3 * MINUTE);
    story.mark(&pm(), Milestone::RootCause, "a leak", &["E1"]);
    story.pass(20 * MINUTE);
    story.mark(&Sender::Operator, Milestone::Mitigated, "rolled back", &[]);
    story
}

/// A story of sixty lines and more, many of them within minutes, after a long time in which nothing was known.
fn long() -> Story {
    let mut story = Story::whole();
    for number in 0..40 {
        story.pass(20 * SECOND);
        let text = format!("observation {number}: the rate of errors is {number} in a thousand");
        story.say(&pm(), Entry::Note { text });
        if number % 4 == 0 {
            story.say(&Sender::Operator, Entry::Reopen { why: format!("it is back ({number})") });
            story.mark(&pm(), Milestone::Mitigated, "again", &[]);
            story.mark(&Sender::Operator, Milestone::Resolved, "again", &[]);
        }
    }
    story
}

/// A record with words of any length and no place to break them.
fn wide() -> Story {
    let mut story = Story::whole();
    let word = "averyveryverylongwordwithoutanyplacetobreakit".repeat(8);
    let address = format!("https://example.com/{word}");
    story.say(&pm(), Entry::Note { text: word.clone() });
    story.mark(&pm(), Milestone::Detected, &word, &[&address]);
    let section = orc_core::incident::Section::Summary;
    let text = format!("{word}\n\n| a | b |\n|---|---|\n| {word} | {word} |\n\n    {word}\n");
    story.say(&pm(), Entry::Narrate { section, text });
    story.say(&pm(), Entry::Evidence { text: word.clone(), source: word.clone(), content: word });
    story
}

fn stories() -> Vec<(&'static str, PathBuf)> {
    vec![
        ("whole", page_of("whole", &Story::whole(), Kind::Incident)),
        ("short", page_of("short", &short(), Kind::Incident)),
        ("long", page_of("long", &long(), Kind::Incident)),
        ("wide", page_of("wide", &wide(), Kind::Incident)),
        ("daily", page_of("daily", &Story::whole(), Kind::Daily)),
        ("status", page_of("status", &Story::whole(), Kind::Status)),
    ]
}

/// What sticks out of the page, in words; empty when nothing does.
const STICKS_OUT: &str = "(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width)
        return [...document.querySelectorAll('body *')]
            .filter(it => it.getBoundingClientRect().right > width + 1 && !it.closest('svg'))
            .slice(0, 5).map(it => it.tagName + '.' + it.className + ': ' + it.textContent.slice(0, 60));
    return [];
})()";

/// Words of the drawing that lie over others or outside of it, and words too small to read.
const UNREADABLE: &str = "(() => {
    const svg = [...document.querySelectorAll('svg')].find(it => it.getBoundingClientRect().height > 0);
    if (!svg) return ['no drawing'];
    const frame = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].map(it => ({ words: it.textContent, at: it.getBoundingClientRect() }));
    const wrong = texts.filter(it => it.at.height < 9).map(it => 'small: ' + it.words);
    for (const it of texts)
        if (it.at.left < frame.left - 1 || it.at.right > frame.right + 1 || it.at.top < frame.top - 2 || it.at.bottom > frame.bottom + 2)
            wrong.push('outside: ' + it.words);
    texts.forEach((one, index) => {
        for (const two of texts.slice(index + 1))
            if (Math.min(one.at.right, two.at.right) - Math.max(one.at.left, two.at.left) > 1
                && Math.min(one.at.bottom, two.at.bottom) - Math.max(one.at.top, two.at.top) > 3)
                wrong.push(one.words + ' over ' + two.words);
    });
    return wrong;
})()";

/// Text that is smaller than it may be, outside of drawings.
const TOO_SMALL: &str = "[...document.querySelectorAll('body *')]
    .filter(it => !it.closest('svg') && [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
    .filter(it => parseFloat(getComputedStyle(it).fontSize) < 11.5)
    .map(it => it.tagName + ': ' + it.textContent.slice(0, 40))";

fn nothing(found: &Value, what: &str) {
    assert_eq!(found, &Value::Array(vec![]), "{what}");
}

fn open<'a>(browser: &'a mut Browser, path: &Path, width: u32, scheme: &str) -> Page<'a> {
    let mut page = browser.page();
    page.looks(width, 900, scheme);
    page.go(path);
    page
}

#[test]
#[ignore = "needs Chromium: make test-page"]
fn a_page_can_be_read_at_every_width() {
    let mut browser = Browser::start();
    for (name, path) in stories() {
        for width in [400, 820, 1280] {
            let mut page = open(&mut browser, &path, width, "light");
            let at = format!("{name} at {width} px");
            nothing(&page.evaluate(STICKS_OUT), &format!("nothing sticks out of {at}"));
            nothing(&page.evaluate(TOO_SMALL), &format!("every text of {at} can be read"));
            if name != "status" {
                nothing(&page.evaluate(UNREADABLE), &format!("the drawing of {at} can be read"));
            }
            page.close();
        }
    }
}

#[test]
#[ignore = "needs Chromium: make test-page"]
fn a_page_asks_for_nothing_and_complains_of_nothing() {
    let mut browser = Browser::start();
    for (name, path) in stories() {
        for scheme in ["light", "dark"] {
            let mut page = open(&mut browser, &path, 1280, scheme);
            let requests = page.requests();
            assert_eq!(requests, [format!("file://{}", path.display())], "{name} is all that it needs");
            assert_eq!(page.complaints(), Vec::<String>::new(), "{name} in {scheme}");
            page.close();
        }
    }
}

#[test]
#[ignore = "needs Chromium: make test-page"]
fn a_page_that_asks_for_something_is_found_out() {
    let mut browser = Browser::start();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("asking.html");
    fs::write(&path, "<img src='http://127.0.0.1:9/pixel.png'><p style='width:3000px'>wide</p>").unwrap();
    let mut page = open(&mut browser, &path, 400, "light");
    assert_eq!(page.requests().len(), 2, "the page and its image: {:?}", page.requests());
    assert!(!page.complaints().is_empty(), "an image that is not there is complained of");
    assert_ne!(page.evaluate(STICKS_OUT), Value::Array(vec![]), "it is wider than the screen");
    page.close();
}

#[test]
#[ignore = "needs Chromium: make test-page"]
fn light_and_dark_can_be_told_from_each_other_and_read() {
    // Contrast of text against what lies behind it, by the formula of WCAG; 4.5 is enough for small text.
    const CONTRAST: &str = "(() => {
        const parse = c => c.match(/[\\d.]+/g).map(Number);
        const light = c => { const [r, g, b] = parse(c).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b };
        const behind = it => { for (; it; it = it.parentElement) { const c = getComputedStyle(it).backgroundColor;
            if (parse(c)[3] !== 0) return c } return 'rgb(255, 255, 255)' };
        return [...document.querySelectorAll('body *')]
            .filter(it => !it.closest('svg') && [...it.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
            .filter(it => { const [a, b] = [light(getComputedStyle(it).color), light(behind(it))].sort((x, y) => y - x);
                return (a + 0.05) / (b + 0.05) < 4.5 })
            .map(it => it.tagName + '.' + it.className + ': ' + it.textContent.slice(0, 40));
    })()";
    let mut browser = Browser::start();
    let path = page_of("contrast", &long(), Kind::Incident);
    let mut backgrounds = Vec::new();
    for scheme in ["light", "dark"] {
        let mut page = open(&mut browser, &path, 1280, scheme);
        nothing(&page.evaluate(CONTRAST), &format!("every text in {scheme} stands out"));
        backgrounds.push(page.evaluate("getComputedStyle(document.body).backgroundColor"));
        page.close();
    }
    assert_ne!(backgrounds[0], backgrounds[1]);
}

#[test]
#[ignore = "needs Chromium: make test-page"]
fn a_page_goes_onto_paper() {
    let mut browser = Browser::start();
    for (name, path) in stories() {
        let mut page = open(&mut browser, &path, 1280, "dark");
        let pdf = page.pdf();
        fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pdf.base64")), &pdf).unwrap();
        assert!(pdf.starts_with("JVBERi0"), "{name}: a PDF in base64: {}", &pdf[..20]);
        page.prints(718);
        nothing(&page.evaluate(STICKS_OUT), &format!("nothing of {name} sticks out of the paper"));
        if name != "status" {
            let drawing =
                page.evaluate("document.querySelector('svg.wide').getBoundingClientRect().height > 0");
            assert_eq!(drawing, Value::Bool(true), "the drawing of {name} is on paper");
        }
        let ink = page.evaluate("getComputedStyle(document.body).backgroundColor");
        assert_eq!(ink, "rgb(255, 255, 255)", "nobody prints a dark page");
        page.close();
    }
}
