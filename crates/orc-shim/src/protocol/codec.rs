//! Frames: `u32` length (little endian; of what follows), `u8` kind, payload.
//!
//! Kind 0 is JSON; the other kinds carry raw terminal bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest frame either side accepts (bytes, without the length).
pub const MAX_FRAME: usize = 16 << 20;

const JSON: u8 = 0;
const HEADER: usize = 5;

/// Kinds of frames that carry terminal bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Raw {
    /// Client to shim: keys.
    Input = 1,
    /// Shim to view: output.
    Output = 2,
    /// Shim to view: the screen made anew.
    Repaint = 3,
}

impl Raw {
    fn from_kind(kind: u8) -> Option<Self> {
        [Self::Input, Self::Output, Self::Repaint].into_iter().find(|raw| *raw as u8 == kind)
    }
}

/// How a message travels.
#[derive(Debug)]
pub enum Body<'a> {
    /// As terminal bytes.
    Raw(Raw, &'a [u8]),
    /// As JSON of itself.
    Json,
}

/// A message that fits into a frame: [`super::ToShim`] or [`super::FromShim`].
pub trait Frame: Serialize + DeserializeOwned {
    /// How this message travels.
    fn body(&self) -> Body<'_>;
    /// The message made of terminal bytes, if this side may receive them.
    fn from_raw(raw: Raw, bytes: Vec<u8>) -> Option<Self>;
    /// Whether this is a message of a newer peer, to be skipped.
    fn is_unknown(&self) -> bool;
}

/// Why a stream cannot be decoded any further.
#[derive(Debug, thiserror::Error)]
pub enum ProtocolError {
    /// A frame longer than [`MAX_FRAME`], or an empty one.
    #[error("a frame of {length} bytes")]
    Length {
        /// Its length.
        length: usize,
    },
    /// A known message whose fields are missing or of the wrong shape.
    #[error("a malformed message")]
    Malformed(#[source] serde_json::Error),
}

/// A message as one frame.
pub fn encode<M: Frame>(message: &M) -> Vec<u8> {
    match message.body() {
        Body::Raw(raw, bytes) => encode_raw(raw, bytes),
        Body::Json => {
            let mut frame = vec![0, 0, 0, 0, JSON];
            serde_json::to_writer(&mut frame, message)
                .expect("messages have string keys only, and a Vec never fails to grow");
            finish(frame)
        }
    }
}

/// Terminal bytes as one frame.
pub(crate) fn encode_raw(raw: Raw, bytes: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(HEADER + bytes.len());
    frame.extend_from_slice(&[0, 0, 0, 0, raw as u8]);
    frame.extend_from_slice(bytes);
    finish(frame)
}

fn finish(mut frame: Vec<u8>) -> Vec<u8> {
    let length = u32::try_from(frame.len() - 4).expect("no message comes near 4 GiB");
    frame[..4].copy_from_slice(&length.to_le_bytes());
    frame
}

/// Memory that a decoder keeps between messages (bytes): a supervisor has one for every agent, and screens are large.
const KEPT: usize = 4 << 10;

/// Takes bytes in any portions and gives messages.
#[derive(Debug, Default)]
pub struct Decoder {
    buffer: Vec<u8>,
    start: usize,
}

impl Decoder {
    /// Takes the next portion of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole message, or `None` until more bytes come. Unknown messages are skipped. After an error the stream is lost.
    pub fn next_message<M: Frame>(&mut self) -> Result<Option<M>, ProtocolError> {
        loop {
            let rest = &self.buffer[self.start..];
            let Some(length) = rest.first_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes) as usize)
            else {
                return Ok(None);
            };
            if length == 0 || length > MAX_FRAME {
                return Err(ProtocolError::Length { length });
            }
            if rest.len() < 4 + length {
                return Ok(None);
            }
            let (kind, payload) = (rest[4], &rest[HEADER..4 + length]);
            let message = if kind == JSON {
                Some(serde_json::from_slice::<M>(payload).map_err(ProtocolError::Malformed)?)
                    .filter(|message| !message.is_unknown())
            } else {
                Raw::from_kind(kind).and_then(|raw| M::from_raw(raw, payload.to_vec()))
            };
            self.start += 4 + length;
            if self.start == self.buffer.len() {
                self.buffer.clear();
                self.buffer.shrink_to(KEPT);
                self.start = 0;
            }
            if message.is_some() {
                return Ok(message);
            }
        }
    }
}
