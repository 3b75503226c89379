//! The way of every provider request: read it, note it, perhaps fail, handle it, count it.

use crate::call::{Answer, Call};
use crate::connection::Connection;
use crate::fault::{Kind, When};
use crate::site::Site;
use crate::spoil;
use axum::body::Body;
use axum::http::{Request, Response};
use http_body_util::{BodyExt as _, Limited};
use std::sync::Arc;
use std::time::Duration;

/// Bodies beyond this are refused: nothing real is that long.
const LONGEST_BODY: usize = 16 << 20;

/// A handler: all of them work in memory, so none is async.
pub type Handler = fn(&Site, &Call) -> Answer;

/// One operation of a provider.
#[derive(Clone, Copy)]
pub struct Operation {
    /// Its name in statistics and fault rules.
    pub name: &'static str,
    /// What it does.
    pub handler: Handler,
}

/// Runs a provider's operation.
pub async fn run(
    site: Arc<Site>,
    operation: Operation,
    connection: Connection,
    params: Vec<(String, String)>,
    request: Request<Body>,
) -> Response<Body> {
    let call = match read(&site, &connection, params, request).await {
        Ok(call) => call,
        Err(answer) => return answer.into_response(),
    };
    let name = refine(operation.name, &call);
    site.book.received(name, &call, site.clock.now());
    let latency = site.world().settings.latency_ms;
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let response = match site.faults.take(name) {
        None => (operation.handler)(&site, &call).into_response(),
        Some((when, kind)) => {
            site.book.change(|statistics| statistics.faults += 1);
            if site.options.verbose {
                eprintln!("{name}: {kind:?}, {when:?}");
            }
            if matches!(kind, Kind::Hang | Kind::Reset | Kind::Half | Kind::Close) {
                site.book.cut_off(name, spoil::word(&kind));
            }
            let answer = match (when, &kind) {
                (When::After, _) => Some((operation.handler)(&site, &call)),
                (When::Before, Kind::Delay { ms }) => {
                    tokio::time::sleep(Duration::from_millis(*ms)).await;
                    let answer = (operation.handler)(&site, &call);
                    return finish(&site, name, &call, answer.into_response());
                }
                (When::Before, _) => None,
            };
            spoil::spoil(&connection, name, kind, answer).await
        }
    };
    finish(&site, name, &call, response)
}

fn finish(
    site: &Site,
    name: &'static str,
    call: &Call,
    response: Response<Body>,
) -> Response<Body> {
    let status = response.status().as_u16();
    site.book.answered(name, status);
    if site.options.verbose {
        eprintln!("{} {} {} {status}", call.method, call.path, name);
    }
    response
}

/// Reads a request to its end.
pub async fn read(
    site: &Site,
    connection: &Connection,
    params: Vec<(String, String)>,
    request: Request<Body>,
) -> Result<Call, Answer> {
    let (head, body) = request.into_parts();
    let body = match Limited::new(body, LONGEST_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(_) => return Err(Answer::empty(413)),
    };
    let raw_query = head.uri.query().unwrap_or_default().to_owned();
    let base = match &site.options.public_base {
        Some(base) => base.trim_end_matches('/').to_owned(),
        None => {
            let host = head.headers.get("host").and_then(|value| value.to_str().ok());
            let scheme = if connection.tls { "https" } else { "http" };
            format!("{scheme}://{}", host.unwrap_or("127.0.0.1"))
        }
    };
    Ok(Call {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: url::form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        raw_query,
        params,
        headers: head.headers,
        body,
        base,
    })
}

/// A token request that refreshes has a name of its own: faults must be able to tell them apart.
fn refine(name: &'static str, call: &Call) -> &'static str {
    let refresh = || {
        let form = call.form();
        let grant = crate::call::first(&form, "grant_type").or(call.query("grant_type"));
        grant == Some("refresh_token")
    };
    match name {
        "zoom.token" if refresh() => "zoom.refresh",
        "webex.token" if refresh() => "webex.refresh",
        other => other,
    }
}
