//! One bridge for equal settings, kept warm for a while after its last use.
//!
//! A script that opens and closes for every run is not punished. There is no background thread:
//! what has become cold is dropped at the next open or close.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::Bridge;
use crate::error::Result;
use crate::platform::PerProcess;
use crate::settings::Settings;

/// How long a bridge outlives its last handle.
const WARM: Duration = Duration::from_secs(300);
/// How many unused ones are kept; the longest unused goes first.
const MAX_IDLE: usize = 16;

type Fingerprint = [u8; 32];

struct Entry {
    bridge: Arc<Bridge>,
    handles: usize,
    idle_since: Instant,
}

static BRIDGES: PerProcess<Mutex<HashMap<Fingerprint, Entry>>> = PerProcess::new();

/// The bridge for these settings, opened if there is none.
pub fn acquire(settings: Settings) -> Result<Arc<Bridge>> {
    let bridges = bridges();
    let mut bridges = bridges.lock();
    drop_cold(&mut bridges);
    let fingerprint = settings.fingerprint();
    if let Some(entry) = bridges.get_mut(&fingerprint) {
        entry.handles += 1;
        return Ok(entry.bridge.clone());
    }
    let bridge = Arc::new(Bridge::open(settings, fingerprint)?);
    let entry = Entry { bridge: bridge.clone(), handles: 1, idle_since: Instant::now() };
    bridges.insert(fingerprint, entry);
    Ok(bridge)
}

/// Gives back what [`acquire`] gave.
pub fn release(bridge: &Bridge) {
    let bridges = bridges();
    let mut bridges = bridges.lock();
    if let Some(entry) = bridges.get_mut(&bridge.fingerprint) {
        entry.handles = entry.handles.saturating_sub(1);
        entry.idle_since = Instant::now();
    }
    drop_cold(&mut bridges);
}

/// Gives back what other settings have taken the place of. It is not kept warm: nobody is expected to
/// ask for it again, and it may hold a key or a secret that was taken out of use.
pub fn retire(bridge: &Bridge) {
    release(bridge);
    let bridges = bridges();
    let mut bridges = bridges.lock();
    // Not another one of the same settings: a forked child has its own beside what it inherited.
    let is_unused = |entry: &Entry| entry.handles == 0 && ptr::eq(&*entry.bridge, bridge);
    if bridges.get(&bridge.fingerprint).is_some_and(is_unused) {
        bridges.remove(&bridge.fingerprint);
    }
}

fn drop_cold(bridges: &mut HashMap<Fingerprint, Entry>) {
    bridges.retain(|_, entry| entry.handles > 0 || entry.idle_since.elapsed() < WARM);
    let mut idle: Vec<_> = bridges
        .iter()
        .filter(|(_, entry)| entry.handles == 0)
        .map(|(fingerprint, entry)| (entry.idle_since, *fingerprint))
        .collect();
    idle.sort_unstable_by(|one, other| other.cmp(one));
    for (_, fingerprint) in idle.iter().skip(MAX_IDLE) {
        bridges.remove(fingerprint);
    }
}

fn bridges() -> Arc<Mutex<HashMap<Fingerprint, Entry>>> {
    BRIDGES.get_or_init(Mutex::default)
}
