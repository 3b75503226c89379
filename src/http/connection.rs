//! One connection, and one exchange over it in the words of HTTP/1.1, which are `ureq-proto`'s.

use std::io::{self, Read, Write};
use std::mem;
use std::time::Instant;

use http::header::{CONTENT_LENGTH, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue};
use ureq_proto::BodyMode;
use ureq_proto::client::state::{RecvBody, RecvResponse};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};

use super::tls::Tls;
use super::wire::Wire;
use super::{MAX_ANSWER, Request, Response, has_body};

/// The size of a connection's buffer, in bytes.
///
/// A header section must fit into it, and so must each header line that we send; 16 KiB is one TLS
/// record and what Node.js accepts, and our bodies are seldom longer.
pub const BUFFER: usize = 16 * 1024;

const AGENT: HeaderValue = HeaderValue::from_static(super::USER_AGENT);

pub struct Connection {
    link: Link,
    /// What each request says of whom it is for.
    host: HeaderValue,
    /// First for the request, then for the answer.
    buffer: Vec<u8>,
    /// How much of the buffer the other side has sent and nobody has read.
    unread: usize,
}

enum Link {
    Plain(Wire),
    Secure(Box<Tls>),
}

/// Why an exchange came to no end. What was sent may have been acted upon.
pub enum Broken {
    /// Nothing was sent, or not the whole head: a header is too long, or cannot be.
    Unsendable,
    Io(io::Error),
    /// Not HTTP. What exactly was wrong may quote what was received.
    Protocol,
    /// The other side has closed the connection before its answer was whole.
    Closed,
    TooLongHead,
    TooLongBody,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Io(error)
    }
}

impl From<ureq_proto::Error> for Broken {
    fn from(_: ureq_proto::Error) -> Broken {
        Broken::Protocol
    }
}

impl Connection {
    pub fn plain(wire: Wire, host: HeaderValue) -> Connection {
        Connection { link: Link::Plain(wire), host, buffer: Vec::new(), unread: 0 }
    }

    pub fn secure(tls: Tls, host: HeaderValue) -> Connection {
        Connection { link: Link::Secure(Box::new(tls)), host, buffer: Vec::new(), unread: 0 }
    }

    /// Whether an idle connection may be used.
    pub fn is_open(&self) -> bool {
        match &self.link {
            Link::Plain(wire) => wire.is_open(),
            // It wants no more while it holds what nobody has read, or was told of the end.
            Link::Secure(tls) => tls.conn.wants_read() && tls.sock.is_open(),
        }
    }

    /// Sends the request and reads the whole answer, all before the deadline. The answer, and
    /// whether the connection may be used again.
    pub fn exchange(
        &mut self,
        request: Request,
        deadline: Instant,
    ) -> Result<(Response, bool), Broken> {
        match &mut self.link {
            Link::Plain(wire) => wire.set_deadline(deadline),
            Link::Secure(tls) => tls.sock.set_deadline(deadline),
        }
        self.buffer.resize(BUFFER, 0);
        self.unread = 0;
        let call = self.send(request)?;
        let (head, next) = self.read_head(call)?;
        let (body, must_close) = match next {
            RecvResponseResult::RecvBody(call) => self.read_body(&head, call)?,
            RecvResponseResult::Redirect(call) => (Vec::new(), call.must_close_connection()),
            RecvResponseResult::Cleanup(call) => (Vec::new(), call.must_close_connection()),
        };
        Ok((head.map(|()| body), !must_close && self.unread == 0))
    }

    /// Head and body leave together where they fit: one record, one system call, one packet.
    fn send(&mut self, request: Request) -> Result<Call<RecvResponse>, Broken> {
        let with_body = has_body(&request);
        let (mut parts, body) = request.into_parts();
        // What ureq-proto would have to find out, or to add one by one, costs more. The host comes
        // first (RFC 9110, section 7.2).
        let mut headers = HeaderMap::with_capacity(parts.headers.len() + 3);
        headers.insert(HOST, self.host.clone());
        headers.insert(USER_AGENT, AGENT);
        headers.extend(mem::take(&mut parts.headers));
        parts.headers = headers;
        if with_body {
            parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        }
        let unsendable = |_: ureq_proto::Error| Broken::Unsendable;
        let mut call = Call::new(http::Request::from_parts(parts, ())).map_err(unsendable)?;
        if with_body {
            call.force_send_body();
        }
        let mut call = call.proceed();
        let mut length = call.write(&mut self.buffer).map_err(unsendable)?;
        while !call.can_proceed() {
            self.link.write_all(&self.buffer[..length])?;
            length = call.write(&mut self.buffer).map_err(unsendable)?;
        }
        let sent = match call.proceed().map_err(unsendable)? {
            Some(SendRequestResult::RecvResponse(call)) => Some(call),
            Some(SendRequestResult::SendBody(mut call)) => {
                call.consume_direct_write(body.len()).map_err(unsendable)?;
                call.proceed()
            }
            // We never ask whether we may go on.
            Some(SendRequestResult::Await100(_)) | None => None,
        };
        let sent = sent.ok_or(Broken::Unsendable)?;
        match self.buffer.get_mut(length..length + body.len()) {
            Some(rest) => {
                rest.copy_from_slice(&body);
                self.link.write_all(&self.buffer[..length + body.len()])?;
            }
            None => {
                self.link.write_all(&self.buffer[..length])?;
                self.link.write_all(&body)?;
            }
        }
        // Without this rustls keeps an error of the socket to itself until the next call.
        self.link.flush()?;
        Ok(sent)
    }

    fn read_head(
        &mut self,
        mut call: Call<RecvResponse>,
    ) -> Result<(http::Response<()>, RecvResponseResult), Broken> {
        loop {
            // An interim answer may be followed by the real one (RFC 9110 §15.2).
            if self.unread == 0 && !self.read_more()? {
                return Err(Broken::Closed);
            }
            let (used, head) = call.try_response(&self.buffer[..self.unread], false)?;
            self.forget(used);
            if let Some(head) = head {
                return call.proceed().map(|next| (head, next)).ok_or(Broken::Closed);
            }
            if used == 0 && !self.read_more()? {
                return Err(Broken::Closed);
            }
        }
    }

    fn read_body(
        &mut self,
        head: &http::Response<()>,
        mut call: Call<RecvBody>,
    ) -> Result<(Vec<u8>, bool), Broken> {
        let told = head.headers().get(CONTENT_LENGTH).and_then(|it| it.to_str().ok()?.parse().ok());
        let told: usize = told.unwrap_or(0);
        if told > MAX_ANSWER {
            return Err(Broken::TooLongBody);
        }
        let ends_with_connection = call.body_mode() == BodyMode::CloseDelimited;
        let mut body = Vec::with_capacity(told);
        loop {
            // What is decoded is no longer than what came in.
            let known = body.len();
            body.resize(known + self.unread, 0);
            let (used, new) = call.read(&self.buffer[..self.unread], &mut body[known..])?;
            body.truncate(known + new);
            self.forget(used);
            if body.len() > MAX_ANSWER {
                return Err(Broken::TooLongBody);
            }
            if !ends_with_connection && call.can_proceed() {
                break;
            }
            if self.unread == self.buffer.len() && used == 0 {
                return Err(Broken::Protocol);
            }
            if used == 0 && !self.read_more()? {
                match ends_with_connection || call.is_ended_chunked() {
                    true => return Ok((body, true)),
                    false => return Err(Broken::Closed),
                }
            }
        }
        let must_close = match call.proceed() {
            Some(RecvBodyResult::Redirect(call)) => call.must_close_connection(),
            Some(RecvBodyResult::Cleanup(call)) => call.must_close_connection(),
            None => true,
        };
        Ok((body, must_close))
    }

    fn forget(&mut self, used: usize) {
        self.buffer.copy_within(used..self.unread, 0);
        self.unread -= used;
    }

    /// False if the other side has closed the connection.
    fn read_more(&mut self) -> Result<bool, Broken> {
        if self.unread == self.buffer.len() {
            return Err(Broken::TooLongHead);
        }
        let amount = self.link.read(&mut self.buffer[self.unread..])?;
        self.unread += amount;
        Ok(amount > 0)
    }
}

impl Read for Link {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Link::Plain(wire) => wire.read(into),
            // RFC 9112 §9.8: what ends without a closure alert is incomplete, and an error here.
            Link::Secure(tls) => tls.read(into),
        }
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Link::Plain(wire) => wire.write(bytes),
            Link::Secure(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Link::Plain(wire) => wire.flush(),
            Link::Secure(tls) => tls.flush(),
        }
    }
}
