//! Webhooks that tell us of a user's meetings: one for each event, made with the user's token.

use http::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::errors::api_error;
use super::{Webex, list, read};
use crate::error::Result;
use crate::http::{Request, Response};
use crate::provider::answer::{self, lenient};
use crate::provider::{Access, Subscription, SubscriptionList, Subscriptions, Wanted, request};

const WEBHOOKS: &str = "/webhooks";
const RESOURCE: &str = "meetings";

impl Subscriptions for Webex {
    fn events(&self) -> &'static [&'static str] {
        &["created", "updated", "deleted", "started", "ended"]
    }

    fn list_request(&self, access: Access<'_>, next: Option<&str>) -> Result<Request> {
        list(access, WEBHOOKS, &[("max", "100")], next)
    }

    fn read_list(&self, api_url: &str, response: &Response) -> Result<SubscriptionList> {
        self.read_done(response)?;
        let subscriptions = subscriptions(response)
            .ok_or_else(|| self.unexpected(response, "no list of webhooks"))?;
        Ok(SubscriptionList { subscriptions, next: self.next(api_url, WEBHOOKS, response)? })
    }

    fn create_request(
        &self,
        access: Access<'_>,
        event: &str,
        wanted: &Wanted<'_>,
    ) -> Result<Request> {
        let mut body = body(wanted);
        body.insert("resource".to_owned(), json!(RESOURCE));
        body.insert("event".to_owned(), json!(event));
        request::api_with(Method::POST, access, WEBHOOKS, &body)
    }

    fn renew_request(&self, access: Access<'_>, id: &str, wanted: &Wanted<'_>) -> Result<Request> {
        let mut body = body(wanted);
        body.insert("status".to_owned(), json!("active"));
        request::api_with(Method::PUT, access, &format!("{WEBHOOKS}/{id}"), &body)
    }

    fn delete_request(&self, access: Access<'_>, id: &str) -> Result<Request> {
        request::api(Method::DELETE, access, &format!("{WEBHOOKS}/{id}"))
    }

    fn read_done(&self, response: &Response) -> Result<()> {
        match response.status().is_success() {
            true if answer::is_done(response) => Ok(()),
            true => Err(self.unexpected(response, "something else")),
            false => Err(api_error(response)),
        }
    }
}

fn body(wanted: &Wanted<'_>) -> Map<String, Value> {
    let members = [
        ("name", wanted.name),
        ("targetUrl", wanted.url),
        ("secret", wanted.secret.expose_secret()),
    ];
    members.into_iter().map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

/// Those about meetings; none if the answer is no list.
fn subscriptions(response: &Response) -> Option<Vec<Subscription>> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        id: String,
        resource: String,
        event: String,
        target_url: String,
        #[serde(default, deserialize_with = "lenient")]
        name: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        status: Option<String>,
        #[serde(default, deserialize_with = "lenient")]
        secret: Option<String>,
    }
    let items: read::Items<Body> = serde_json::from_slice(response.body()).ok()?;
    // The id becomes part of a path; Webex's are Base64.
    let is_id = |id: &str| {
        !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte))
    };
    let ours = items.items.into_iter().filter(|one| one.resource == RESOURCE && is_id(&one.id));
    Some(
        ours.map(|body| Subscription {
            id: body.id,
            event: body.event,
            url: body.target_url,
            name: body.name.unwrap_or_default(),
            is_active: body.status.is_none_or(|status| status == "active"),
            secret: body.secret.map(SecretString::from),
        })
        .collect(),
    )
}
