//! A running sandbox: its threads, its addresses, its controls.

use crate::control::actions::{self, Event, Whose};
use crate::error::{Error, Result};
use crate::fault::Fault;
use crate::options::Options;
use crate::secrets::Secrets;
use crate::settings::Settings;
use crate::site::Site;
use crate::statistics::{Seen, Statistics};
use crate::webhook::{Delivery, Target};
use crate::{routes, server, tls};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// A sandbox that listens until it is dropped. Several may live in one process.
pub struct Sandbox {
    site: Arc<Site>,
    plain: SocketAddr,
    secure: Option<SocketAddr>,
    ca_pem: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("plain", &self.plain).field("secure", &self.secure).finish()
    }
}

impl Sandbox {
    /// Starts a sandbox; it listens when this returns.
    pub fn start(options: Options) -> Result<Self> {
        let authority = match options.tls {
            true => Some(tls::authority(&options.tls_names)?),
            false => None,
        };
        let plain = server::listen(options.plain_port)?;
        let secure = options.tls.then(|| server::listen(options.tls_port)).transpose()?;
        let plain_address = plain.local_addr()?;
        let secure_address = match &secure {
            Some(listener) => Some(listener.local_addr()?),
            None => None,
        };
        let ca_pem = authority.as_ref().map(|authority| authority.ca_pem.clone());
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        // A thread of its own drives the runtime, so a sandbox can be started from anywhere, also
        // from within another runtime.
        let thread =
            std::thread::Builder::new().name("meetbridge-sandbox".to_owned()).spawn(move || {
                let runtime = tokio::runtime::Builder::new_multi_thread()
                    .worker_threads(options.worker_threads.max(1))
                    .thread_name("meetbridge-sandbox")
                    .enable_all()
                    .build();
                let runtime = match runtime {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(ready.send(Err(Error::Io(error)))),
                };
                let client = authority.as_ref().map(|authority| Arc::clone(&authority.client));
                let site = match Site::new(options, runtime.handle().clone(), client) {
                    Ok(site) => Arc::new(site),
                    Err(error) => return drop(ready.send(Err(error))),
                };
                let router = routes::router(&site);
                runtime.spawn(server::accept(plain, None, Arc::clone(&site), router.clone()));
                if let (Some(listener), Some(authority)) = (secure, authority) {
                    let acceptor = TlsAcceptor::from(authority.server);
                    runtime.spawn(server::accept(
                        listener,
                        Some(acceptor),
                        Arc::clone(&site),
                        router,
                    ));
                }
                let _ = ready.send(Ok(site));
                // Either the word to stop, or the sandbox was forgotten.
                let _ = runtime.block_on(stopped);
                runtime.shutdown_timeout(Duration::from_millis(500));
            })?;
        let gone = || Error::Invalid("the sandbox's thread ended at once".to_owned());
        let site = started.recv().map_err(|_| gone())??;
        Ok(Sandbox {
            site,
            plain: plain_address,
            secure: secure_address,
            ca_pem,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://{}", self.plain)
    }

    /// `https://localhost:<port>`, if TLS was asked for.
    pub fn tls_url(&self) -> Option<String> {
        self.secure.map(|address| format!("https://localhost:{}", address.port()))
    }

    /// The certificate that clients of the TLS listener must trust.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca_pem.as_deref()
    }

    /// Counts so far.
    pub fn statistics(&self) -> Statistics {
        self.site.statistics()
    }

    /// Waits until a condition on the counts holds (live meetings are not among them); false when
    /// it did not in time.
    pub fn wait_until(&self, limit: Duration, condition: impl Fn(&Statistics) -> bool) -> bool {
        self.site.book.wait(limit, condition)
    }

    /// The last requests, oldest first, at most 1000.
    pub fn last_requests(&self) -> Vec<Seen> {
        self.site.book.last_requests()
    }

    /// Every secret that ever existed, resets included.
    pub fn secrets(&self) -> Secrets {
        self.site.ledger.all()
    }

    /// Back to the state of the start.
    pub fn reset(&self) {
        self.site.reset();
    }

    /// Appends a fault.
    pub fn fault(&self, fault: Fault) {
        self.site.faults.push(fault);
    }

    /// The faults that are left.
    pub fn faults(&self) -> Vec<Fault> {
        self.site.faults.list()
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.site.faults.clear(None);
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.site.world().settings.clone()
    }

    /// Changes settings.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        let mut settings = self.settings();
        change(&mut settings);
        actions::set_settings(&self.site, settings);
    }

    /// Merges JSON into an app, for example `{"approved": false}`.
    pub fn patch_app(&self, client_id: &str, patch: &Value) -> Result<()> {
        actions::patch_app(&self.site, client_id, patch).map(drop)
    }

    /// Merges JSON into a user, for example `{"licensed": false}`.
    pub fn patch_user(&self, email: &str, patch: &Value) -> Result<()> {
        actions::patch_user(&self.site, email, patch).map(drop)
    }

    /// Forgets what was counted against daily limits.
    pub fn reset_limits(&self) {
        self.site.world().quotas.clear();
    }

    /// Lets access tokens expire now; returns how many.
    pub fn expire(&self, whose: &Whose) -> Result<usize> {
        actions::expire(&self.site, whose)
    }

    /// Ends grants; returns how many.
    pub fn revoke_grants(&self, whose: &Whose) -> Result<usize> {
        actions::revoke(&self.site, whose)
    }

    /// Does what a browser and a person would do with an authorization URL; returns the redirect.
    pub fn consent(&self, authorization_url: &str, user: &str, allow: bool) -> Result<String> {
        actions::consent(&self.site, authorization_url, user, allow)
    }

    /// Adds a receiver of webhooks.
    pub fn add_webhook(&self, target: Target) {
        actions::add_target(&self.site, target);
    }

    /// Removes all receivers of webhooks that were added so.
    pub fn clear_webhooks(&self) {
        self.site.post.targets().clear();
    }

    /// Switches off all webhooks that were made with Webex's API, as Webex does with those that
    /// cannot be delivered.
    pub fn switch_off_webhooks(&self) {
        actions::switch_off_webhooks(&self.site);
    }

    /// Sends an event and waits for its deliveries.
    pub fn send_webhook(&self, event: &Event) -> Result<Vec<Delivery>> {
        actions::send(&self.site, event)
    }

    /// All deliveries so far.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.site.post.deliveries()
    }

    /// Waits until so many deliveries have ended; false when they did not in time.
    pub fn wait_for_deliveries(&self, count: usize, limit: Duration) -> bool {
        self.site.post.wait(count, limit)
    }

    /// All meetings as JSON, `{"zoom": […], "webex": […]}`.
    pub fn meetings(&self) -> Value {
        actions::meetings(&self.site)
    }

    /// Ends all meetings, as their hosts would without the app.
    pub fn delete_meetings(&self) {
        actions::delete_meetings(&self.site);
    }

    /// Zoom's account id, which Server-to-Server apps need.
    pub fn zoom_account_id(&self) -> String {
        self.site.world().zoom_account.clone()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
