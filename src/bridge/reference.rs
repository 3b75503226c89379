//! At most one meeting for each reference: noted before the request, looked for after a lost
//! answer, never simply asked for again.

use std::time::Duration;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use super::api::{Api, Effect, Failed};
use super::make::{self, check_start, complete, unknown};
use crate::crash;
use crate::error::{Error, Result, Status};
use crate::log::Level;
use crate::meeting::{Checks, Details, Meeting, Repeat, Schedule};
use crate::provider::{Provider, Sought, Target};
use crate::settings::{RetryMode, RetrySettings};
use crate::store::journal::{Entry, Memo};
use crate::store::{Guarded, Lock, ReferenceKey};

/// When a meeting is looked for that may have been made, from now on. One that is in the list at
/// none of these times was not made.
const LOOKS: [Duration; 3] =
    [Duration::ZERO, Duration::from_millis(500), Duration::from_millis(1500)];
/// A request that is older than this is no longer under way: one look is enough.
const SETTLED: Duration = Duration::from_secs(120);
/// How many parts of the list are searched.
const MAX_PARTS: usize = 20;
/// How many telephone numbers are remembered.
const MAX_NUMBERS: usize = 20;
/// How long the reference of a meeting is remembered after its beginning, in seconds: until nobody
/// changes an entry of last year any more.
const KEPT: i64 = 400 * 86_400;
/// The same of one whose request was never answered, after the request.
const PENDING_KEPT: i64 = 30 * 86_400;
/// How often a creation is tried anew after it was seen not to have happened.
const RENEWALS: u32 = 2;

/// The journal of one calendar entry. Nobody else touches it meanwhile.
pub struct Journal {
    user: String,
    reference: String,
    digest: String,
    entries: Vec<Entry>,
    _lock: Box<dyn Lock>,
}

/// A meeting to be made for the entry.
pub struct Order<'a> {
    /// Empty unless each date has a meeting of its own.
    pub date: &'a str,
    pub details: &'a mut Details,
}

/// REFERENCE_CONFLICT if something else was asked for under the same reference, and was made.
pub fn open(api: &mut Api<'_>, reference: &str, digest: &str) -> Result<Journal> {
    let context = api.context;
    let provider = api.provider().name();
    let user = api.user.key.clone();
    let guarded = Guarded::Reference { provider, user: &user, reference };
    let lock = context.lock(guarded)?;
    let entries = context.vault.entries(provider, &user, reference)?;
    let (mut others, entries): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .partition(|entry| entry.memo.as_ref().is_some_and(|memo| memo.digest != digest));
    let journal = Journal {
        user,
        reference: reference.to_owned(),
        digest: digest.to_owned(),
        entries,
        _lock: lock,
    };
    for entry in &mut others {
        let own = api.host.turn_to(host_of(entry));
        // Whether there is a meeting that was made by the other request.
        let meeting = match &entry.meeting_id {
            None => journal.look(api, entry)?.map(|meeting| meeting.id),
            Some(id) => match api.read(Target { meeting: id, occurrence: None }) {
                Err(error) if error.status() == Status::MeetingNotFound => {
                    journal.same_app(api, entry)?;
                    None
                }
                _ => Some(id.clone()),
            },
        };
        match meeting {
            Some(id) => return Err(conflict(provider, reference, &id)),
            None => context.vault.store().delete_reference(&entry.key)?,
        }
        api.host.turn_to(own);
    }
    Ok(journal)
}

/// Turns to the host under whom the user's meeting was made, where a reference tells and the call
/// does not.
pub fn turn_to_host(api: &mut Api<'_>, meeting_id: &str) -> Result<()> {
    if !api.host.is_assumed() {
        return Ok(());
    }
    let (vault, provider) = (api.context.vault, api.provider().name());
    let known = vault.store().references_of_meeting(provider, meeting_id)?;
    for key in known.into_iter().filter(|key| key.user == api.user.key) {
        let entries = vault.entries(provider, &key.user, &key.reference)?;
        let ours = |entry: &&Entry| {
            entry.meeting_id.as_deref() == Some(meeting_id)
                && entry.client_id == api.app.client_id.as_str()
        };
        if let Some(entry) = entries.iter().find(ours) {
            api.host.turn_to(host_of(entry));
        }
    }
    Ok(())
}

fn host_of(entry: &Entry) -> Option<String> {
    entry.memo.as_ref()?.host.clone()
}

/// Sets the references of a deleted meeting free.
///
/// Only the user's own, and only those of this app if it was gone before: to the meetings of others
/// the provider says that there are none.
pub fn release(api: &Api<'_>, meeting_id: &str, was_there: bool) -> Result<()> {
    let (provider, user) = (api.provider().name(), &api.user.key);
    let client_id = Some(api.app.client_id.as_str()).filter(|_| !was_there);
    api.context.vault.store().release_meeting(provider, user, meeting_id, client_id)
}

/// Notes that what a calendar entry once said of a meeting's dates no longer counts.
pub fn supersede(api: &Api<'_>, meeting_id: &str) -> Result<()> {
    let (vault, provider) = (api.context.vault, api.provider().name());
    for key in vault.store().references_of_meeting(provider, meeting_id)? {
        for mut entry in vault.entries(provider, &api.user.key, &key.reference)? {
            let ours = entry.meeting_id.as_deref() == Some(meeting_id);
            let Some(memo) = entry.memo.as_mut().filter(|_| ours) else { continue };
            if !memo.complete || entry.kept_until.is_some() {
                memo.complete = true;
                entry.kept_until = None;
                vault.put_entry(&entry)?;
            }
        }
    }
    Ok(())
}

/// A meeting that is sought by its topic must have the topic that was asked for.
fn refuse_other_marks(provider: &dyn Provider, details: &Details) -> Result<()> {
    let options = &details.provider_options;
    match provider.sought_by().iter().find(|name| options.contains_key(**name)) {
        Some(name) => {
            let what = format!("meeting.provider_options.{name}: not together with a reference");
            Err(Error::invalid_argument(what))
        }
        None => Ok(()),
    }
}

/// What repeats may do so for years, and what has no time may be held at any.
fn kept_until(entry: &Entry) -> Option<i64> {
    let memo = entry.memo.as_ref().filter(|memo| !memo.repeats)?;
    let start: Timestamp = memo.start.as_deref()?.parse().ok()?;
    Some(start.as_second() + KEPT)
}

fn conflict(provider: &'static str, reference: &str, id: &str) -> Error {
    let what = format!("meeting {id} was created for {reference:?} with another request");
    Error::new(Status::ReferenceConflict, what).with_provider(provider).with_meeting_id(id)
}

impl Journal {
    /// The meeting that was made before, or a new one.
    pub fn create(
        &self,
        api: &mut Api<'_>,
        order: Order<'_>,
        checks: &mut Checks,
    ) -> Result<Meeting> {
        match self.entries.iter().find(|entry| entry.key.date == order.date) {
            Some(entry) => {
                // Where it is, or will be, should the lost request still arrive.
                let own = api.host.turn_to(host_of(entry));
                match self.existing(api, entry, order.details, checks)? {
                    Some(meeting) => Ok(Meeting { existing: true, ..meeting }),
                    // Its mark must not be forgotten.
                    None if entry.meeting_id.is_none() => {
                        self.make(api, order, Some(entry.clone()), checks)
                    }
                    None => {
                        api.host.turn_to(own);
                        self.make(api, order, None, checks)
                    }
                }
            }
            None => self.make(api, order, None, checks),
        }
    }

    /// None if there is none any more, or never was.
    fn existing(
        &self,
        api: &mut Api<'_>,
        entry: &Entry,
        details: &Details,
        checks: &mut Checks,
    ) -> Result<Option<Meeting>> {
        let mut entry = entry.clone();
        // Sealed with a key that is gone: only the meeting is known.
        let unknown = || Memo { complete: true, ..Memo::default() };
        let memo = entry.memo.clone().unwrap_or_else(unknown);
        let id = match &entry.meeting_id {
            Some(id) => id.clone(),
            None => {
                let Some(meeting) = self.look(api, &mut entry)? else { return Ok(None) };
                meeting.id
            }
        };
        let mut meeting = match api.read(Target { meeting: &id, occurrence: None }) {
            Ok(meeting) => meeting,
            Err(error) if error.status() == Status::MeetingNotFound => {
                self.same_app(api, &entry)?;
                return Ok(None);
            }
            // The smallest consent of Zoom does not allow to read.
            Err(error) if error.status() == Status::ScopeMissing => {
                let document = memo.document.as_deref();
                let known = document.and_then(|text| serde_json::from_str::<Meeting>(text).ok());
                return known.map(Some).ok_or(error);
            }
            Err(error) => return Err(error),
        };
        if !memo.complete {
            self.finish(api, &mut entry, &mut meeting, details, checks);
        }
        Ok(Some(meeting))
    }

    /// Whether something is known of this date.
    pub fn knows(&self, date: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.date == date)
    }

    /// Whether an earlier call has begun.
    pub fn has_begun(&self) -> bool {
        !self.entries.is_empty()
    }

    fn make(
        &self,
        api: &mut Api<'_>,
        order: Order<'_>,
        mut pending: Option<Entry>,
        checks: &mut Checks,
    ) -> Result<Meeting> {
        let Order { date, details } = order;
        let context = api.context;
        let provider = api.provider();
        check_start(details, date.is_empty(), checks)?;
        refuse_other_marks(provider, details)?;
        // A user without a consent leaves nothing in the journal, not even for a moment.
        api.api_url()?;
        let key = ReferenceKey {
            provider: provider.name(),
            user: self.user.clone(),
            reference: self.reference.clone(),
            date: date.to_owned(),
        };
        let most = match &context.settings.retry {
            RetrySettings { mode: RetryMode::None, .. } => 0,
            retry => retry.max.min(RENEWALS),
        };
        let mut renewals = 0;
        loop {
            let is_first = pending.is_none();
            let mut entry = match pending.take() {
                Some(entry) => entry,
                None => Entry {
                    key: key.clone(),
                    client_id: api.app.client_id.to_string(),
                    meeting_id: None,
                    asked_at: Timestamp::now().as_millisecond(),
                    // An answer that is still not known then is never asked for.
                    kept_until: Some(Timestamp::now().as_second() + PENDING_KEPT),
                    memo: Some(self.memo(api, details)?),
                },
            };
            context.vault.put_entry(&entry)?;
            crash::point("create.intended");
            let mark = entry.memo.as_ref().map(|memo| memo.tag.clone());
            let outcome = make::make(api, details, mark.as_deref(), checks);
            crash::point("create.answered");
            let failed = match outcome {
                Ok(mut meeting) => {
                    self.note(&mut entry, &meeting, details);
                    match self.claim(api, &mut entry, &meeting.id) {
                        // Another entry, whose own answer was lost, has taken this one for its
                        // own: theirs is left for us.
                        Ok(false) => Failed {
                            error: Error::new(Status::OutcomeUnknown, "another entry has it"),
                            may_be_done: true,
                        },
                        outcome => {
                            // A meeting that is there is no failure because the journal cannot be
                            // written: the next call finds it by the intent.
                            self.warn(api, outcome.map(drop));
                            self.finish(api, &mut entry, &mut meeting, details, checks);
                            return Ok(meeting);
                        }
                    }
                }
                Err(failed) => failed,
            };
            if !failed.may_be_done {
                if is_first {
                    self.warn(api, context.vault.store().delete_reference(&key));
                }
                return Err(failed.error);
            }
            let found = match self.look(api, &mut entry) {
                Ok(found) => found,
                // Nobody knows; the next call looks again.
                Err(_) => return Err(unknown(failed)),
            };
            match found {
                Some(mut meeting) => {
                    self.note(&mut entry, &meeting, details);
                    self.warn(api, context.vault.put_entry(&entry));
                    self.finish(api, &mut entry, &mut meeting, details, checks);
                    return Ok(meeting);
                }
                None if renewals < most => {
                    renewals += 1;
                    let why = failed.error.detail();
                    context.log(Level::Info, format_args!("{}: not made, again: {why}", api.user));
                    pending = Some(entry);
                }
                None => return Err(failed.error),
            }
        }
    }

    /// Sees to the dates of a meeting that is noted, and notes when that is done.
    fn finish(
        &self,
        api: &mut Api<'_>,
        entry: &mut Entry,
        meeting: &mut Meeting,
        details: &Details,
        checks: &mut Checks,
    ) {
        crash::point("create.stored");
        meeting.reference = Some(self.reference.clone());
        let is_complete = complete(api, meeting, details, checks);
        let memo = entry.memo.get_or_insert_default();
        if is_complete && !memo.complete {
            memo.complete = true;
            self.warn(api, api.context.vault.put_entry(entry));
        }
    }

    /// Puts into the entry what a consent that does not allow to read the meeting will need.
    fn note(&self, entry: &mut Entry, meeting: &Meeting, details: &Details) {
        let mut known = meeting.clone().without_host_secrets();
        known.reference = Some(self.reference.clone());
        // What can be many: the rest is enough to go on with.
        known.occurrences.clear();
        known.dial_in.truncate(MAX_NUMBERS);
        let memo = entry.memo.get_or_insert_default();
        memo.digest.clone_from(&self.digest);
        memo.complete = details.schedule.as_ref().is_none_or(|s| s.exceptions.is_empty());
        memo.document = serde_json::to_string(&known).ok();
    }

    fn warn(&self, api: &Api<'_>, written: Result<()>) {
        if let Err(error) = written {
            let user = api.user;
            api.context.log(Level::Warn, format_args!("{user}: the journal stays behind: {error}"));
        }
    }

    fn memo(&self, api: &Api<'_>, details: &Details) -> Result<Memo> {
        let mut bytes = [0; 16];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Error::internal("the system gives no random numbers"))?;
        let random: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let start = details.schedule.as_ref().and_then(|schedule| match schedule {
            Schedule { repeat: Repeat::NoFixedTime, .. } => None,
            schedule => Some(schedule.start.instant.to_string()),
        });
        Ok(Memo {
            digest: self.digest.clone(),
            tag: format!("meetbridge-{random}"),
            topic: details.topic.clone().unwrap_or_default(),
            start,
            repeats: matches!(details.schedule, Some(Schedule { repeat: Repeat::Rule(_), .. })),
            complete: false,
            document: None,
            host: api.host.address().email()?.map(str::to_owned),
        })
    }

    /// Only the app, and so the account, through which a meeting was asked for can tell that there
    /// is none.
    fn same_app(&self, api: &Api<'_>, entry: &Entry) -> Result<()> {
        match entry.client_id == api.app.client_id.as_str() {
            true => Ok(()),
            false => {
                let what = format!("it was asked for through the app {}", entry.client_id);
                Err(Error::new(Status::OutcomeUnknown, what))
            }
        }
    }

    /// Notes that this is the entry's meeting; false if it is another entry's. One at a time, so
    /// that no two entries of a user take one meeting.
    fn claim(&self, api: &Api<'_>, entry: &mut Entry, meeting_id: &str) -> Result<bool> {
        let context = api.context;
        let provider = api.provider().name();
        let all = Guarded::Reference { provider, user: &self.user, reference: "" };
        let _alone = context.lock(all)?;
        let known = context.vault.store().references_of_meeting(provider, meeting_id)?;
        if known.iter().any(|key| *key != entry.key) {
            return Ok(false);
        }
        entry.meeting_id = Some(meeting_id.to_owned());
        entry.kept_until = kept_until(entry);
        context.vault.put_entry(entry).map(|()| true)
    }

    /// Looks in the user's list for the meeting that a request without an answer has made, and
    /// notes it.
    fn look(&self, api: &mut Api<'_>, entry: &mut Entry) -> Result<Option<Meeting>> {
        self.same_app(api, entry)?;
        let Some(memo) = entry.memo.clone() else {
            let what = "what was asked for is sealed with a key that is no longer configured";
            return Err(Error::new(Status::WrongKey, what));
        };
        let asked_at = Timestamp::from_millisecond(entry.asked_at).unwrap_or(Timestamp::UNIX_EPOCH);
        let sought = Sought {
            mark: &memo.tag,
            topic: &memo.topic,
            start: memo.start.as_deref().and_then(|start| start.parse().ok()),
            repeats: memo.repeats,
            asked_at,
        };
        let age = Timestamp::now().duration_since(asked_at);
        let looks = if age.unsigned_abs() > SETTLED { 1 } else { LOOKS.len() };
        for pause in &LOOKS[..looks] {
            api.context.pause(*pause)?;
            for id in self.search(api, &sought)? {
                if !self.claim(api, entry, &id)? {
                    continue;
                }
                match api.read(Target { meeting: &id, occurrence: None }) {
                    Err(error) if error.status() == Status::MeetingNotFound => {
                        entry.meeting_id = None;
                    }
                    outcome => return outcome.map(Some),
                }
            }
        }
        Ok(None)
    }

    /// The ids of those that it may be.
    fn search(&self, api: &mut Api<'_>, sought: &Sought<'_>) -> Result<Vec<String>> {
        let provider = api.provider();
        let api_url = api.api_url()?;
        let mut next: Option<String> = None;
        let mut found = Vec::new();
        for _ in 0..MAX_PARTS {
            let part = api.call(
                Effect::Idempotent,
                |access| provider.search_request(access, sought, next.as_deref()),
                |response| provider.read_list(&api_url, response),
            )?;
            let sought = |meeting: &Meeting| provider.is_sought(meeting, sought);
            found.extend(part.meetings.into_iter().filter(sought).map(|meeting| meeting.id));
            next = part.next;
            if next.is_none() {
                return Ok(found);
            }
        }
        Err(Error::new(Status::OutcomeUnknown, "the user has too many meetings to look through"))
    }
}
