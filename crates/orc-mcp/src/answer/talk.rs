//! Messages.

use orc_core::ids::{MessageId, Seq};
use orc_core::transcript::Entry;
use orc_core::view::RecipientView;
use serde_json::{Value, json};

/// Characters of one message.
const LONG: usize = 4000;
/// The outcome of a message that nobody will hand over any more.
const UNDELIVERED: &str = "dead-letter";

/// What becomes of a message.
pub(crate) fn sent(message: MessageId, recipients: &[RecipientView], notes: &[String]) -> Value {
    let to = recipients.iter().map(|it| {
        let mut shown = json!({ "to": it.target, "is": it.delivery.word() });
        if let (Some(hold), Some(shown)) = (&it.hold, shown.as_object_mut()) {
            shown.insert("waits_because".to_owned(), Value::from(hold.as_str()));
        }
        shown
    });
    json!({
        "message": message,
        "recipients": to.collect::<Vec<_>>(),
        "notes": notes,
        "next": "It is delivered by itself. An answer comes into your prompt: end your turn, do not wait or poll.",
    })
}

/// The newest entries of a transcript.
pub(crate) fn transcript(entries: &[Entry], position: Seq, limit: usize) -> Value {
    let said: Vec<Value> = entries.iter().filter_map(said).collect();
    let left_out = said.len().saturating_sub(limit);
    json!({ "messages": said[left_out..], "left_out": left_out, "position": position })
}

fn said(entry: &Entry) -> Option<Value> {
    Some(match entry {
        Entry::Sent { seq, at, message, from, to, text, .. } => json!({
            "position": seq, "at": super::time(*at), "message": message, "from": from, "to": to,
            "text": super::cut(text, LONG),
        }),
        Entry::Said { seq, at, from, text, .. } => json!({
            "position": seq, "at": super::time(*at), "from": from, "said": super::cut(text, LONG),
        }),
        Entry::Typed { seq, at, to, text, .. } => json!({
            "position": seq, "at": super::time(*at), "from": "a person, in the terminal", "to": [to],
            "text": super::cut(text, LONG),
        }),
        Entry::Stopped { seq, at, between, .. } => json!({
            "position": seq, "at": super::time(*at), "stopped": between,
            "why": "they answered each other too often; a person's message lets them go on",
        }),
        // That a message arrived is the rule; only what did not is worth a reader's time.
        Entry::Settled { seq, at, message, to, outcome, evidence, .. } if outcome == UNDELIVERED => json!({
            "position": seq, "at": super::time(*at), "message": message, "to": [to],
            "not_delivered": evidence.detail,
        }),
        Entry::Settled { .. } => return None,
    })
}
