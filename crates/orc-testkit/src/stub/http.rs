//! As much of HTTP/1.1 as agent command line tools use: bodies by length or in chunks, kept-alive connections, event
//! streams.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No prompt of a test is larger.
const BODY_LIMIT: u64 = 64 * 1024 * 1024;

pub(crate) struct HttpRequest {
    pub(crate) method: String,
    /// With the query.
    pub(crate) target: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl HttpRequest {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default().trim_end_matches('/')
    }

    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn wants_close(&self) -> bool {
        self.header("connection").eq_ignore_ascii_case("close")
    }
}

/// One connection of an agent.
pub(crate) struct Wire {
    stream: TcpStream,
    reader: BufReader<TcpStream>,
    stop: Arc<AtomicBool>,
    /// The status that was sent for the request at hand; 0 before.
    pub(crate) status: u16,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, stop: Arc<AtomicBool>) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        let reader = BufReader::new(stream.try_clone()?);
        Ok(Self { stream, reader, stop, status: 0 })
    }

    /// The next request; `None` when the agent has closed the connection.
    pub(crate) fn request(&mut self) -> io::Result<Option<HttpRequest>> {
        self.status = 0;
        let start = self.line()?;
        let mut words = start.split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Ok(None);
        };
        let mut request = HttpRequest {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("expect").eq_ignore_ascii_case("100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let encoding = request.header("content-encoding");
        if !encoding.is_empty() && encoding != "identity" {
            return Err(io::Error::other(format!("the stub does not read {encoding} bodies")));
        }
        request.body = if request.header("transfer-encoding").eq_ignore_ascii_case("chunked") {
            self.chunks()?
        } else {
            self.bytes(request.header("content-length").parse().unwrap_or(0))?
        };
        Ok(Some(request))
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.reader).take(64 * 1024).read_until(b'\n', &mut line)?;
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    fn bytes(&mut self, length: u64) -> io::Result<Vec<u8>> {
        if length > BODY_LIMIT {
            return Err(io::Error::from(ErrorKind::FileTooLarge));
        }
        let mut body = vec![0; usize::try_from(length).unwrap_or(0)];
        self.reader.read_exact(&mut body)?;
        Ok(body)
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(size, 16).map_err(|_| io::Error::from(ErrorKind::InvalidData))?;
            let chunk = self.bytes(size)?;
            self.line()?;
            if chunk.is_empty() {
                return Ok(body);
            }
            body.extend(chunk);
        }
    }

    /// Answers with a JSON value and these further headers.
    pub(crate) fn json(&mut self, status: u16, body: &Value, headers: &[(&str, String)]) -> io::Result<()> {
        let body = body.to_string();
        let mut head = format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        self.head(status, &head)?;
        self.stream.write_all(body.as_bytes())
    }

    /// Answers a `HEAD`.
    pub(crate) fn empty(&mut self) -> io::Result<()> {
        self.head(200, "content-length: 0\r\n")
    }

    /// Begins an event stream.
    pub(crate) fn events(&mut self) -> io::Result<()> {
        let head = "content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n\
                    transfer-encoding: chunked\r\n";
        self.head(200, head)
    }

    /// Sends one event: named after its `type` when `named`.
    pub(crate) fn event(&mut self, name: Option<&str>, data: &str) -> io::Result<()> {
        let name = name.map_or(String::new(), |name| format!("event: {name}\n"));
        self.chunk(&format!("{name}data: {data}\n\n"))
    }

    /// Ends an event stream.
    pub(crate) fn end(&mut self) -> io::Result<()> {
        self.stream.write_all(b"0\r\n\r\n")
    }

    fn chunk(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes())
    }

    fn head(&mut self, status: u16, headers: &str) -> io::Result<()> {
        self.status = status;
        self.stream.write_all(format!("HTTP/1.1 {status} Stub\r\n{headers}\r\n").as_bytes())
    }

    /// Waits, and notices when the agent closes the connection or the stub is stopped meanwhile.
    pub(crate) fn pause(&mut self, time: Duration) -> io::Result<()> {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(Duration::from_millis(50)));
            if self.stop.load(Ordering::SeqCst) || self.peer_is_gone() {
                return Err(io::Error::from(ErrorKind::ConnectionAborted));
            }
        }
    }

    fn peer_is_gone(&self) -> bool {
        let look = || {
            self.stream.set_nonblocking(true)?;
            let seen = self.stream.peek(&mut [0]);
            self.stream.set_nonblocking(false)?;
            seen
        };
        match look() {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() != ErrorKind::WouldBlock,
        }
    }
}
