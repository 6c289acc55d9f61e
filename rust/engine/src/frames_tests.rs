use std::collections::VecDeque;
use std::task::Waker;

use super::*;
use crate::frame_header::CLOSE;
use crate::frame_header::PONG;

/// A server that sends these bytes, one piece a read, and takes what it is given as slowly as it likes.
#[derive(Default)]
struct Server {
    sends: VecDeque<Vec<u8>>,
    closes: bool,
    took: Vec<u8>,
    /// How often flushing has to be tried.
    flushes: usize,
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.sends.pop_front() {
            Some(piece) => into.put_slice(&piece),
            None if !self.closes => return Poll::Pending,
            None => {}
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.took.extend_from_slice(from);
        Poll::Ready(Ok(from.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushes = self.flushes.saturating_sub(1);
        if self.flushes == 0 {
            Poll::Ready(Ok(()))
        } else {
            Poll::Pending
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn frames(sends: &[&[u8]], closes: bool) -> Frames<Server> {
    let server = Server {
        sends: sends.iter().map(|piece| piece.to_vec()).collect(),
        closes,
        ..Server::default()
    };
    let settings = Settings::parse(r#"{"connector":"c","url":"ws://h/"}"#).expect("settings");
    let secrets = Rc::new(settings.secrets());
    Frames::new(server, &[], Rc::new(settings), secrets)
}

fn receive(frames: &mut Frames<Server>) -> Option<Received> {
    match frames.poll_receive(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(received) => Some(received),
        Poll::Pending => None,
    }
}

fn flush(frames: &mut Frames<Server>) -> bool {
    let flushed = frames.poll_flush(&mut Context::from_waker(Waker::noop()));
    matches!(flushed, Poll::Ready(Ok(())))
}

/// The opcodes and lengths of the frames that the server took, all of them short.
fn took(frames: &Frames<Server>) -> Vec<(u8, u8)> {
    let mut rest = frames.stream.took.as_slice();
    let mut found = Vec::new();
    while let [first, second, ..] = rest {
        found.push((first & 0x0f, second & 0x7f));
        rest = &rest[6 + usize::from(second & 0x7f)..];
    }
    found
}

#[test]
fn a_ping_is_answered_once_flushing_is_possible() {
    let mut frames = frames(&[&[0x89, 2, b'h', b'i']], false);
    frames.stream.flushes = 3;
    assert!(matches!(receive(&mut frames), Some(Received::Answered)));
    assert!(
        !flush(&mut frames) && !flush(&mut frames),
        "written, and not flushed"
    );
    assert!(flush(&mut frames));
    assert_eq!(took(&frames), [(PONG, 2)]);
    assert!(receive(&mut frames).is_none());
}

#[test]
fn nothing_follows_our_close_frame() {
    let mut frames = frames(&[&[0x89, 0], &[0x81, 1, b'x'], &[0x88, 2, 3, 232]], false);
    assert!(frames.start_send(Outgoing::Close(1000)).is_ok());
    assert!(frames.start_send(Outgoing::Ping).is_ok());
    assert!(matches!(receive(&mut frames), Some(Received::Answered)));
    assert!(matches!(
        receive(&mut frames),
        Some(Received::Message(Kind::Text))
    ));
    assert!(matches!(receive(&mut frames), Some(Received::Answered)));
    let Some(Received::Ended(ending)) = receive(&mut frames) else {
        panic!("the server has closed as well")
    };
    assert_eq!(ending.code, 1000);
    assert_eq!(took(&frames), [(CLOSE, 2)]);
}

#[test]
fn a_close_frame_between_fragments_is_answered_and_told() {
    let mut frames = frames(
        &[&[0x01, 1, b'x', 0x88, 5, 3, 233, b'b', b'y', b'e']],
        false,
    );
    assert!(matches!(receive(&mut frames), Some(Received::Answered)));
    let Some(Received::Ended(ending)) = receive(&mut frames) else {
        panic!("the server has closed")
    };
    assert_eq!((ending.code, ending.reason.as_str()), (1001, "bye"));
    assert_eq!(took(&frames), [(CLOSE, 2)]);
}

#[test]
fn a_close_frame_without_a_code_gets_one_without() {
    let mut frames = frames(&[&[0x88, 0]], false);
    assert!(matches!(receive(&mut frames), Some(Received::Answered)));
    let Some(Received::Ended(ending)) = receive(&mut frames) else {
        panic!("the server has closed")
    };
    assert_eq!(ending.code, 1005);
    assert_eq!(took(&frames), [(CLOSE, 0)]);
}

#[test]
fn an_end_within_a_frame_is_abnormal() {
    let mut frames = frames(&[&[0x81, 5, b'h', b'e']], true);
    assert!(matches!(receive(&mut frames), Some(Received::Part(4))));
    let Some(Received::Ended(ending)) = receive(&mut frames) else {
        panic!("the server is gone")
    };
    assert_eq!(ending.code, 1006);
}

#[tokio::test(start_paused = true)]
async fn a_violation_is_answered_with_its_code_and_ends_when_the_server_closes() {
    for (sent, code) in [
        (&[0x81, 1, 0xff][..], 1007),
        (&[0x83, 0], 1002),
        (&[0x88, 2, 0x03, 0xed], 1002),
    ] {
        let mut frames = frames(&[sent, &[0x89, 0]], true);
        assert!(matches!(receive(&mut frames), Some(Received::Failing)));
        let Some(Received::Ended(ending)) = receive(&mut frames) else {
            panic!("it was read to the end")
        };
        assert_eq!(ending.code, code);
        assert_eq!(took(&frames), [(CLOSE, 2)]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_close_is_not_waited_for() {
    let mut frames = frames(&[&[0xff, 0]], false);
    assert!(matches!(receive(&mut frames), Some(Received::Failing)));
    assert!(receive(&mut frames).is_none());
    tokio::time::advance(FAIL_TIMEOUT).await;
    assert!(matches!(receive(&mut frames), Some(Received::Ended(_))));
}
