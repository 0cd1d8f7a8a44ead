//! The program status protocol: the body of an OSC 7501 report.
//!
//! `state=idle|working|done|blocked|error|clear:app=..:kind=permission:msg=<base64>`, as Codex and Vibe emit it unasked and
//! Claude Code once the terminal answered the query.

use crate::protocol::{ProgramState, ProgramStatus};

const LONGEST: usize = 1024;

/// Parses the body of a report (what stands between `ESC]7501;` and the terminator).
pub(crate) fn parse(body: &[u8]) -> Option<ProgramStatus> {
    let body = String::from_utf8_lossy(body);
    let field = |name: &str| {
        body.split([':', ';'])
            .find_map(|field| field.split_once('=').filter(|(key, _)| *key == name).map(|(_, value)| value))
    };
    let state = match field("state")? {
        "idle" => ProgramState::Idle,
        "working" => ProgramState::Working,
        "done" => ProgramState::Done,
        "blocked" => ProgramState::Blocked,
        "error" => ProgramState::Error,
        "clear" => ProgramState::Clear,
        _ => ProgramState::Unknown,
    };
    Some(ProgramStatus {
        state,
        kind: field("kind").map(plain),
        app: field("app").map(plain),
        msg: field("msg").map(|msg| plain(&String::from_utf8_lossy(&base64(msg.as_bytes())))),
    })
}

/// A text without control characters, of bounded length: fit for our own output.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

/// Decodes base64 up to the first foreign character.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut bits: u16 = 0;
    let mut count = 0;
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for digit in text.iter().map_while(|&byte| digit(byte)) {
        bits = bits << 6 | u16::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_parsed() {
        let status =
            parse(b"state=blocked:app=claude:kind=permission:msg=YXBwcm92ZSBCYXNoOiAbdG91Y2ggeno=").unwrap();
        assert_eq!(status.state, ProgramState::Blocked);
        assert_eq!(status.kind.as_deref(), Some("permission"));
        assert_eq!(status.app.as_deref(), Some("claude"));
        assert_eq!(status.msg.as_deref(), Some("approve Bash: touch zz"));
    }

    #[test]
    fn garbage_is_no_report() {
        assert_eq!(parse(b"app=x"), None);
        assert_eq!(parse(b"state=new").unwrap().state, ProgramState::Unknown);
        assert_eq!(parse(b"state=done:msg=\xff\xfe").unwrap().msg.as_deref(), Some(""));
    }
}
