//! A client for the Autobahn test suite: it echoes what it receives, with the connector's own connection code.

use std::future::poll_fn;
use std::rc::Rc;

use tokio::time::timeout;
use websocket_engine::Settings;
use websocket_engine::batch::Kind;
use websocket_engine::internals::{Dialer, FrameSource, Outgoing, Received, Tls};
use websocket_engine::resolver;

/// More than the longest case takes.
const CASE_LIMIT: std::time::Duration = std::time::Duration::from_secs(300);

/// Runs all cases that the server at `url` has and returns how many there are. How each went is in the server's report.
///
/// # Errors
/// The server cannot be reached, or a case did not end.
pub async fn run(url: &str, agent: &str) -> Result<usize, String> {
    let count = echo(&format!("{url}/getCaseCount")).await?;
    let count = count
        .first()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| format!("the server told no number of cases but {count:?}"))?;
    for case in 1..=count {
        timeout(
            CASE_LIMIT,
            echo(&format!("{url}/runCase?case={case}&agent={agent}")),
        )
        .await
        .map_err(|_| format!("case {case} did not end"))??;
    }
    echo(&format!("{url}/updateReports?agent={agent}")).await?;
    Ok(count)
}

/// Connects, sends back every message until the connection ends, and returns the texts among them.
async fn echo(url: &str) -> Result<Vec<String>, String> {
    let settings = serde_json::json!({ "connector": "autobahn", "url": url }).to_string();
    let settings = Settings::parse(&settings)?;
    let dialer = Dialer::new(settings, Tls::default(), resolver::system(), Rc::default());
    let opened = Rc::new(dialer).dial(0).await.opened;
    let mut frames = opened.map_err(|failure| failure.to_string())?;
    let mut texts = Vec::new();
    loop {
        match receive(frames.as_mut()).await {
            Received::Message(Kind::Text) => {
                let text = String::from_utf8(frames.payload().to_vec())
                    .expect("the engine lets only valid UTF-8 through");
                // What cannot be sent shows when the connection ends.
                let _ = frames.start_send(Outgoing::Text(&text));
                texts.push(text);
            }
            Received::Message(Kind::Binary) => {
                let bytes = frames.payload().to_vec();
                let _ = frames.start_send(Outgoing::Binary(&bytes));
            }
            Received::Ended(_) => return Ok(texts),
            _ => {}
        }
    }
}

/// The next thing from the server; what is queued for it goes out meanwhile.
async fn receive(frames: &mut dyn FrameSource) -> Received {
    poll_fn(|context| {
        let _ = frames.poll_flush(context);
        frames.poll_receive(context)
    })
    .await
}
