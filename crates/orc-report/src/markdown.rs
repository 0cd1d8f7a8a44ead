//! Markdown that an agent or a person wrote, made harmless: for HTML, and for a Markdown report.

use std::ops::Range;

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};

use crate::plain::{controlled, words};

fn options() -> Options {
    Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH
}

/// Whether a link may lead there.
fn may_lead_to(address: &str) -> bool {
    let scheme = address.trim().to_ascii_lowercase();
    ["https://", "http://", "mailto:"].iter().any(|it| scheme.starts_with(it)) || scheme.starts_with('#')
}

/// As HTML: no raw HTML of the text's own, no image, no link but to the web, no heading.
pub(crate) fn to_html(text: &str) -> String {
    let text = controlled(text);
    // Of nested links and images, whether each one is kept.
    let mut kept = Vec::new();
    let events = Parser::new_ext(&text, options()).filter_map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Some(Event::Text(raw)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Heading { .. }) => Some(Event::Html(CowStr::from("<p><strong>"))),
        Event::End(TagEnd::Heading(_)) => Some(Event::Html(CowStr::from("</strong></p>\n"))),
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let keep = may_lead_to(dest_url);
            kept.push(keep);
            keep.then_some(event)
        }
        Event::End(TagEnd::Link) => kept.pop().unwrap_or_default().then_some(event),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        other => Some(other),
    });
    let mut done = String::new();
    html::push_html(&mut done, events);
    done
}

/// As Markdown for a report: what would be raw HTML, an image, a heading or a link elsewhere becomes words.
pub(crate) fn to_markdown(text: &str) -> String {
    let text = controlled(text);
    let mut replaced: Vec<(Range<usize>, String)> = Vec::new();
    for (event, range) in Parser::new_ext(&text, options()).into_offset_iter() {
        let inside = replaced.last().is_some_and(|(last, _)| range.start < last.end);
        if inside {
            continue;
        }
        let whole = &text[range.clone()];
        match event {
            Event::Html(_) | Event::InlineHtml(_) => replaced.push((range, kept_lines(whole))),
            Event::Start(Tag::Heading { .. }) => {
                let bare = whole.trim().trim_matches(['#', '=', '-', ' ', '\n']);
                replaced.push((range, format!("**{}**\n", words(bare))));
            }
            Event::Start(Tag::Image { .. }) => replaced.push((range, words(whole))),
            Event::Start(Tag::Link { dest_url, .. }) if !may_lead_to(&dest_url) => {
                replaced.push((range, words(whole)));
            }
            _ => {}
        }
    }
    let mut done = String::with_capacity(text.len());
    let mut at = 0;
    for (range, words) in replaced {
        done += &text[at..range.start];
        done += &words;
        at = range.end;
    }
    done += &text[at..];
    // A definition of a link's address, as in `[x]: javascript:…`, is shown nowhere and may be used anywhere.
    let lines = done.lines().map(|line| {
        let defines = line.trim_start().starts_with('[') && line.contains("]:");
        if defines { words(line) } else { line.to_owned() }
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Words, with their line ends.
fn kept_lines(text: &str) -> String {
    let end = if text.ends_with('\n') { "\n" } else { "" };
    text.lines().map(words).collect::<Vec<_>>().join("\n") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "# A heading\n\n<script>alert(1)</script>\n\ntext <img src=x onerror=alert(1)> and \
        [a link](javascript:alert(1)), [another](https://example.com/a), ![an image](https://example.com/x.png) \
        <javascript:alert(1)> [r]\n\n[r]: javascript:alert(1)\n\n- **bold** `code`\n\u{1b}[2J";

    #[test]
    fn html_of_hostile_markdown_is_harmless() {
        let done = to_html(HOSTILE);
        for wrong in ["<script", "<img", "href=\"javascript", "<h1", "\u{1b}"] {
            assert!(!done.contains(wrong), "{wrong} is in {done}");
        }
        assert!(done.contains("&lt;script&gt;") && done.contains("<strong>bold</strong>"), "{done}");
        assert!(done.contains("href=\"https://example.com/a\""), "{done}");
        assert!(done.contains("an image"), "{done}");
    }

    #[test]
    fn markdown_of_hostile_markdown_is_harmless_whoever_renders_it() {
        let done = to_markdown(HOSTILE);
        let mut rendered = String::new();
        html::push_html(&mut rendered, Parser::new_ext(&done, options()));
        for wrong in ["<script", "<img", "href=\"javascript", "<h1", "\u{1b}"] {
            assert!(!rendered.contains(wrong), "{wrong} is in {rendered}");
        }
        assert!(done.contains("**A heading**") && done.contains("- **bold** `code`"), "{done}");
    }
}
