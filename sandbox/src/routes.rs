//! Every address the sandbox knows, with the name that statistics and faults use.

use crate::call::Answer;
use crate::connection::Connection;
use crate::options::Provider;
use crate::pipeline::{self, Handler, Operation};
use crate::site::Site;
use crate::{control, join, oauth, webex, zoom};
use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, Request};
use axum::http::Response;
use axum::routing::{MethodFilter, MethodRouter};
use std::sync::Arc;

/// The router of one sandbox.
pub fn router(site: &Arc<Site>) -> Router {
    let get = MethodFilter::GET;
    let post = MethodFilter::POST;
    let put = MethodFilter::PUT;
    let patch = MethodFilter::PATCH;
    let delete = MethodFilter::DELETE;
    let table: &[(MethodFilter, &str, &'static str, Handler)] = &[
        (get, "/zoom/oauth/authorize", "zoom.authorize", oauth::consent::zoom_page),
        (post, "/zoom/oauth/authorize", "zoom.decide", oauth::consent::zoom_decide),
        (post, "/zoom/oauth/token", "zoom.token", oauth::zoom::token),
        (post, "/zoom/oauth/revoke", "zoom.revoke", oauth::zoom::revoke),
        (get, "/zoom/v2/users/{user}", "zoom.me", zoom::user::get),
        (get, "/zoom/v2/users/{user}/meetings", "zoom.list_meetings", zoom::list::list),
        (get, "/zoom/v2/users/{user}/upcoming_meetings", "zoom.upcoming", zoom::list::upcoming),
        (post, "/zoom/v2/users/{user}/meetings", "zoom.create_meeting", zoom::create::create),
        (get, "/zoom/v2/meetings/{id}", "zoom.get_meeting", zoom::read::get),
        (patch, "/zoom/v2/meetings/{id}", "zoom.update_meeting", zoom::change::patch),
        (delete, "/zoom/v2/meetings/{id}", "zoom.delete_meeting", zoom::change::delete),
        (put, "/zoom/v2/meetings/{id}/status", "zoom.meeting_status", zoom::change::status),
        (get, "/zoom/v2/meetings/{id}/invitation", "zoom.invitation", zoom::read::invitation),
        (get, "/zoom/j/{id}", "zoom.join_page", join::zoom),
        (get, "/webex/v1/authorize", "webex.authorize", oauth::consent::webex_page),
        (post, "/webex/v1/authorize", "webex.decide", oauth::consent::webex_decide),
        (post, "/webex/v1/access_token", "webex.token", oauth::webex::token),
        (get, "/webex/v1/people/me", "webex.me", webex::people::me),
        (get, "/webex/v1/meetingPreferences/sites", "webex.sites", webex::people::sites),
        (post, "/webex/v1/meetings", "webex.create_meeting", webex::create::create),
        (get, "/webex/v1/meetings", "webex.list_meetings", webex::list::list),
        (get, "/webex/v1/meetings/{id}", "webex.get_meeting", webex::read::get),
        (patch, "/webex/v1/meetings/{id}", "webex.update_meeting", webex::change::patch),
        (put, "/webex/v1/meetings/{id}", "webex.update_meeting", webex::change::patch),
        (delete, "/webex/v1/meetings/{id}", "webex.delete_meeting", webex::change::delete),
        (get, "/webex/v1/meetingInvitees", "webex.list_invitees", webex::invitees::list),
        (post, "/webex/v1/meetingInvitees", "webex.create_invitee", webex::invitees::create),
        (
            post,
            "/webex/v1/meetingInvitees/bulkInsert",
            "webex.create_invitees",
            webex::invitees::bulk,
        ),
        (get, "/webex/v1/meetingInvitees/{id}", "webex.get_invitee", webex::invitees::get),
        (put, "/webex/v1/meetingInvitees/{id}", "webex.update_invitee", webex::invitees::put),
        (delete, "/webex/v1/meetingInvitees/{id}", "webex.delete_invitee", webex::invitees::delete),
        (get, "/webex/v1/webhooks", "webex.list_webhooks", webex::webhooks::list),
        (post, "/webex/v1/webhooks", "webex.create_webhook", webex::webhooks::create),
        (get, "/webex/v1/webhooks/{id}", "webex.get_webhook", webex::webhooks::get),
        (put, "/webex/v1/webhooks/{id}", "webex.update_webhook", webex::webhooks::put),
        (delete, "/webex/v1/webhooks/{id}", "webex.delete_webhook", webex::webhooks::delete),
        (get, "/webex/meet/{id}", "webex.join_page", join::webex),
    ];
    let mut router = Router::new();
    for &(method, path, name, handler) in table {
        router = router.route(path, operation(site, method, Operation { name, handler }));
    }
    router = control::mount(router, site);
    let (unknown, wrong) = (Arc::clone(site), Arc::clone(site));
    router
        .fallback(move |request: Request| lost(Arc::clone(&unknown), 404, request))
        .method_not_allowed_fallback(move |request: Request| lost(Arc::clone(&wrong), 405, request))
}

fn operation(site: &Arc<Site>, method: MethodFilter, operation: Operation) -> MethodRouter {
    let site = Arc::clone(site);
    MethodRouter::new().on(method, move |params: RawPathParams, request: Request| {
        let params = decoded(&params);
        let connection = connection(&request);
        pipeline::run(Arc::clone(&site), operation, connection, params, request)
    })
}

/// Path parameters as owned pairs.
pub fn decoded(params: &RawPathParams) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The connection that the server put into the request.
pub fn connection(request: &Request) -> Connection {
    request.extensions().get().cloned().unwrap_or_else(|| Connection::new(false))
}

/// An address or a method that does not exist, in the provider's own shape.
async fn lost(site: Arc<Site>, status: u16, request: Request) -> Response<Body> {
    let path = request.uri().path();
    let handler: Handler = match (path.starts_with("/zoom/"), path.starts_with("/webex/"), status) {
        (true, _, 404) => |site, _| zoom::error(site, 404, 404, "No matching route was found."),
        (true, _, _) => |site, _| zoom::error(site, 405, 405, "Method not allowed."),
        (_, true, 404) => |site, _| webex::error(site, 404, webex::NOT_FOUND, &[]),
        (_, true, _) => |site, _| webex::error(site, 405, "Method not allowed.", &[]),
        _ => |_, _| Answer::html(404, "<!doctype html><title>404</title><h1>404</h1>".to_owned()),
    };
    let name = match () {
        () if path.starts_with("/webex/") => "webex.unknown",
        () if path.starts_with("/zoom/") => "zoom.unknown",
        () => "unknown",
    };
    let connection = connection(&request);
    pipeline::run(site, Operation { name, handler }, connection, Vec::new(), request).await
}

/// The provider an authorization address belongs to.
pub fn provider_of_authorize(path: &str) -> Option<Provider> {
    match path {
        "/zoom/oauth/authorize" => Some(Provider::Zoom),
        "/webex/v1/authorize" => Some(Provider::Webex),
        _ => None,
    }
}
