//! Control requests: plain HTTP on the same port.

use tokio_tungstenite::tungstenite::http::StatusCode;

use crate::query::Query;
use crate::request::Request;
use crate::response;
use crate::server::Server;

/// The method of the control request with this path; `None` when there is no such control request.
pub(crate) fn method(path: &str) -> Option<&'static str> {
    match path {
        "/_stats" => Some("GET"),
        "/_drop" | "/_close" | "/_refuse" | "/_pause" | "/_resume" | "/_reset_stats" => {
            Some("POST")
        }
        _ => None,
    }
}

/// Carries out a control request and returns the answer.
pub(crate) fn answer(request: &Request, method: &str, server: &Server) -> String {
    if request.method != method {
        let allow = [("Allow".to_owned(), method.to_owned())];
        return response::answer(
            StatusCode::METHOD_NOT_ALLOWED,
            &allow,
            &format!("use {method}\n"),
        );
    }
    match carry_out(request, server) {
        Ok(answer) => answer,
        Err(reason) => response::text(StatusCode::BAD_REQUEST, &reason),
    }
}

fn carry_out(request: &Request, server: &Server) -> Result<String, String> {
    let mut query = Query::parse(&request.query);
    let action: Box<dyn FnOnce()> = match request.path.as_str() {
        "/_stats" => {
            query.finish()?;
            let json = server.ledger().snapshot().to_json();
            let headers = [("Content-Type".to_owned(), "application/json".to_owned())];
            return Ok(response::answer(
                StatusCode::OK,
                &headers,
                &format!("{json:#}\n"),
            ));
        }
        "/_close" => {
            let code = query.number("code", 1012, 1000..=4999)?;
            Box::new(move || server.close_all(code))
        }
        "/_refuse" => {
            let on = query.choice("on", &[("true", true), ("false", false)])?;
            Box::new(move || server.refuse(on))
        }
        "/_drop" => Box::new(|| server.drop_all()),
        "/_pause" => Box::new(|| server.pause(true)),
        "/_resume" => Box::new(|| server.pause(false)),
        _ => Box::new(|| server.ledger().reset()),
    };
    query.finish()?;
    action();
    Ok(response::text(StatusCode::OK, "done"))
}
