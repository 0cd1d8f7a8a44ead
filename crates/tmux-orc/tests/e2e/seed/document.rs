//! The commands of a document: what a person would type who follows it.

/// A command as it stands there, with its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) line: usize,
    /// Whole: with its continued lines and its quotes over several lines.
    pub(super) text: String,
}

/// Every `tmux-orc` command in a shell block, in order. What else stands in such a block is what somebody says, or a
/// remark.
pub(super) fn commands(document: &str) -> Vec<Typed> {
    let mut found = Vec::new();
    let mut lines = document.lines().enumerate();
    let mut in_block = false;
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.trim_start().strip_prefix("```") {
            in_block = !in_block && language.trim() == "bash";
            continue;
        }
        if !in_block || !line.trim_start().starts_with("tmux-orc ") {
            continue;
        }
        let mut text = line.trim_start().to_owned();
        while goes_on(&text) {
            let (_, more) = lines.next().unwrap_or_else(|| panic!("line {}: no end: {text}", number + 1));
            text.push('\n');
            text.push_str(more);
        }
        found.push(Typed { line: number + 1, text });
    }
    found
}

/// Whether a shell would want another line: a quote is open, or the line end is escaped.
fn goes_on(text: &str) -> bool {
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            // What is escaped means nothing; a line end that is escaped is no end.
            (None | Some('"'), '\\') if chars.next().is_none() => return true,
            _ => {}
        }
    }
    quote.is_some()
}

#[test]
fn a_command_is_taken_with_its_quotes_and_continued_lines() {
    let document = "text tmux-orc no\n```\ntmux-orc no\n```\n```bash\n# tmux-orc no\ntmux-orc a \"it's\n  two\" $(x)\n\
                    PM > \"tmux-orc no\"\n  tmux-orc b \\\n  --c 'd\\'\n```\n";
    let texts: Vec<_> = commands(document).into_iter().map(|typed| (typed.line, typed.text)).collect();
    let expected = [(7, "tmux-orc a \"it's\n  two\" $(x)"), (10, "tmux-orc b \\\n  --c 'd\\'")];
    assert_eq!(texts, expected.map(|(line, text)| (line, text.to_owned())));
}
