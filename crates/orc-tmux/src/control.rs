//! The control-mode protocol, read without I/O: bytes in, blocks and notices out.
//!
//! A block is the output of one command between `%begin T N F` and an `%end` or `%error` with the very same
//! triple. Text inside may look like protocol (a pane can print `%end 1 2 1`), so nothing but the whole triple
//! closes a block.

/// More bytes than this without a newline are not our tmux.
const LINE_LIMIT: usize = 8 << 20;

/// One thing that tmux said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// The output of one command.
    Block(Block),
    /// Something unasked.
    Notice(Notice),
}

/// The output of one command.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// Whether one of our own lines caused it; attaching and hooks make blocks too.
    pub(crate) ours: bool,
    /// Whether it ended with `%error`; the lines are then the message.
    pub(crate) failed: bool,
    /// The lines without their newlines.
    pub(crate) lines: Vec<Vec<u8>>,
}

/// A notification, as far as it matters to views.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Notice {
    /// A window of our own session or (`unlinked`) of another was closed.
    WindowClosed(String),
    /// A session has another name.
    SessionRenamed(String, String),
    /// A session was made or destroyed; which one is not said.
    SessionsChanged,
    /// The connection is about to end.
    Exit,
    /// Anything else.
    Other,
}

/// More bytes without a newline than any answer has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Overlong;

/// Cuts the stream into items.
#[derive(Debug, Default)]
pub(crate) struct Decoder {
    partial: Vec<u8>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    triple: Vec<u8>,
    lines: Vec<Vec<u8>>,
}

impl Decoder {
    /// Takes the next bytes, however they were cut, and appends what they complete.
    pub(crate) fn feed(&mut self, mut bytes: &[u8], items: &mut Vec<Item>) -> Result<(), Overlong> {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(&bytes[..at]);
            bytes = &bytes[at + 1..];
            let line = std::mem::take(&mut self.partial);
            items.extend(self.line(line));
        }
        self.partial.extend_from_slice(bytes);
        if self.partial.len() > LINE_LIMIT { Err(Overlong) } else { Ok(()) }
    }

    fn line(&mut self, line: Vec<u8>) -> Option<Item> {
        let Some(open) = &mut self.open else {
            if let Some(triple) = line.strip_prefix(b"%begin ").filter(|rest| is_triple(rest)) {
                self.open = Some(Open { triple: triple.to_vec(), lines: Vec::new() });
                return None;
            }
            return Some(Item::Notice(notice(&line)));
        };
        let closes = |prefix: &[u8]| line.strip_prefix(prefix) == Some(open.triple.as_slice());
        let failed = match (closes(b"%end "), closes(b"%error ")) {
            (true, _) => false,
            (_, true) => true,
            _ => {
                open.lines.push(line);
                return None;
            }
        };
        let open = self.open.take()?;
        Some(Item::Block(Block { ours: from_control(&open.triple), failed, lines: open.lines }))
    }
}

fn is_triple(text: &[u8]) -> bool {
    let fields: Vec<_> = text.split(|byte| *byte == b' ').collect();
    fields.len() == 3 && fields.iter().all(|field| !field.is_empty() && field.iter().all(u8::is_ascii_digit))
}

/// The flags are 1 for a command that came over the control connection.
fn from_control(triple: &[u8]) -> bool {
    triple.rsplit(|byte| *byte == b' ').next() == Some(b"1".as_slice())
}

fn notice(line: &[u8]) -> Notice {
    let text = String::from_utf8_lossy(line);
    let (kind, rest) = text.split_once(' ').unwrap_or((&text, ""));
    match kind {
        "%window-close" | "%unlinked-window-close" => Notice::WindowClosed(rest.to_owned()),
        "%session-renamed" => match rest.split_once(' ') {
            Some((session, name)) => Notice::SessionRenamed(session.to_owned(), name.to_owned()),
            None => Notice::Other,
        },
        "%sessions-changed" => Notice::SessionsChanged,
        "%exit" => Notice::Exit,
        _ => Notice::Other,
    }
}

#[cfg(test)]
mod tests;
