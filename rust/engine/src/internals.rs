//! The connection's own parts, for the gates of reliability in `rust/gates` and `rust/fuzz`; only with the feature `internals`.

pub use crate::deflate::Deflate;
pub use crate::dial::Dialer;
pub use crate::frame_header::FrameHeader;
pub use crate::frame_reader::{FrameReader, Item, Violation};
pub use crate::frames::{FrameSource, Frames, Outgoing, Received};
pub use crate::hand_over::hand_over;
pub use crate::handshake::Opening;
pub use crate::inflater::Inflater;
pub use crate::intake::{Intake, Refusal};
pub use crate::requests::{Target, sample};
pub use crate::tls::Tls;
pub use crate::unpack::{Trouble, Unpacker};
