//! The proxy's control requests: plain HTTP on a port of their own.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::http::StatusCode;

use super::Shared;
use super::fault::{Direction, Fault, Strike};
use crate::query::Query;
use crate::request::{self, Request};
use crate::response;
use crate::transport;

/// After a connection could not be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a client may take for its request, and to close afterwards.
const LIMIT: Duration = Duration::from_secs(5);

/// Answers control requests for ever.
pub(super) async fn answer_all(listener: Option<TcpListener>, proxy: Arc<Shared>) {
    let Some(listener) = listener else {
        return std::future::pending().await;
    };
    loop {
        match listener.accept().await {
            Ok((client, _)) => {
                let proxy = Arc::clone(&proxy);
                // A client that does not ask properly harms itself only.
                tokio::spawn(async move {
                    let _ = timeout(LIMIT, answer(client, &proxy)).await;
                });
            }
            // No descriptor left, for example.
            Err(_) => sleep(PAUSE).await,
        }
    }
}

async fn answer(mut client: TcpStream, proxy: &Shared) -> io::Result<()> {
    let (request, _) = request::read(&mut client).await?;
    let answer = carry_out(&request, proxy)
        .unwrap_or_else(|reason| response::text(StatusCode::BAD_REQUEST, &reason));
    client.write_all(answer.as_bytes()).await?;
    transport::finish(&mut client, LIMIT).await
}

fn carry_out(request: &Request, proxy: &Shared) -> Result<String, String> {
    let mut query = Query::parse(&request.query);
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/_stats") => {
            query.finish()?;
            let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
            let json = proxy.stats().to_json();
            return Ok(response::answer(
                StatusCode::OK,
                &headers,
                &format!("{json:#}\n"),
            ));
        }
        ("POST", "/_fault") => {
            let direction = [
                ("to-client", Direction::ToClient),
                ("to-server", Direction::ToServer),
            ];
            let fault = Fault {
                direction: query.choice("direction", &direction)?,
                after: query.number("after", u64::MAX, 0..=u64::MAX)?,
                strike: strike(&mut query)?,
                delay: Duration::from_millis(query.number("delay_ms", 0, 0..=60_000)?),
            };
            query.finish()?;
            proxy.set(fault);
        }
        ("POST", "/_refuse") => {
            let on = query.choice("on", &[("true", true), ("false", false)])?;
            query.finish()?;
            proxy.refuse(on);
        }
        ("POST", "/_strike") => {
            let strike = strike(&mut query)?;
            query.finish()?;
            proxy.orders.send_replace(strike);
        }
        (method, path) => {
            return Err(format!("no control request {method} {path}; see --help"));
        }
    }
    Ok(response::text(StatusCode::OK, "done"))
}

fn strike(query: &mut Query) -> Result<Strike, String> {
    let trickle = Strike::Trickle(Duration::from_secs(1));
    query.choice(
        "strike",
        &[
            ("close", Strike::Close),
            ("reset", Strike::Reset),
            ("half-open", Strike::HalfOpen),
            ("trickle", trickle),
        ],
    )
}
