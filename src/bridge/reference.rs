//! At most one meeting for each reference: noted before the request, looked for after a lost
//! answer, never simply asked for again.

use std::time::Duration;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use super::api::{Api, Effect};
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
        if entry.meeting_id.is_none() {
            entry.meeting_id = journal.look(api, entry)?.map(|meeting| meeting.id);
            match entry.meeting_id {
                Some(_) => context.vault.put_entry(entry)?,
                None => context.vault.store().delete_reference(&entry.key)?,
            }
        }
    }
    match others.into_iter().find_map(|entry| entry.meeting_id) {
        Some(id) => Err(conflict(provider, reference, &id)),
        None => Ok(journal),
    }
}

/// Sets the references of a deleted meeting free.
pub fn release(api: &Api<'_>, meeting_id: &str) -> Result<()> {
    // Only the user's own: to somebody else's meeting the provider says that there is none.
    let (provider, user) = (api.provider().name(), &api.user.key);
    api.context.vault.store().release_meeting(provider, user, meeting_id)
}

/// Notes that what a calendar entry once said of a meeting's dates no longer counts.
pub fn supersede(api: &Api<'_>, meeting_id: &str) -> Result<()> {
    let (vault, provider) = (api.context.vault, api.provider().name());
    for key in vault.store().references_of_meeting(provider, meeting_id)? {
        for mut entry in vault.entries(provider, &api.user.key, &key.reference)? {
            let ours = entry.meeting_id.as_deref() == Some(meeting_id);
            if let Some(memo) = entry.memo.as_mut().filter(|memo| ours && !memo.complete) {
                memo.complete = true;
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

fn conflict(provider: &'static str, reference: &str, id: &str) -> Error {
    let what = format!("meeting {id} was created for {reference:?} with another request");
    Error::new(Status::ReferenceConflict, what).with_provider(provider)
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
            Some(entry) => match self.existing(api, entry, order.details, checks)? {
                Some(meeting) => Ok(Meeting { existing: true, ..meeting }),
                None => {
                    // Should the lost request still arrive, its mark must not be forgotten.
                    let pending = Some(entry.clone()).filter(|entry| entry.meeting_id.is_none());
                    self.make(api, order, pending, checks)
                }
            },
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
                let Some(meeting) = self.look(api, &entry)? else { return Ok(None) };
                entry.meeting_id = Some(meeting.id.clone());
                api.context.vault.put_entry(&entry)?;
                meeting.id
            }
        };
        let mut meeting = match api.read(Target { meeting: &id, occurrence: None }) {
            Ok(meeting) => meeting,
            Err(error) if error.status() == Status::MeetingNotFound => return Ok(None),
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
                    memo: Some(self.memo(details)?),
                },
            };
            context.vault.put_entry(&entry)?;
            crash::point("create.intended");
            let mark = entry.memo.as_ref().map(|memo| memo.tag.clone());
            let outcome = make::make(api, details, mark.as_deref(), checks);
            crash::point("create.answered");
            let failed = match outcome {
                Ok(mut meeting) => {
                    entry.meeting_id = Some(meeting.id.clone());
                    self.finish(api, &mut entry, &mut meeting, details, checks);
                    return Ok(meeting);
                }
                Err(failed) => failed,
            };
            if !failed.may_be_done {
                if is_first {
                    self.forget(api, &key);
                }
                return Err(failed.error);
            }
            let found = match self.look(api, &entry) {
                Ok(found) => found,
                // Nobody knows; the next call looks again.
                Err(_) => return Err(unknown(failed)),
            };
            match found {
                Some(mut meeting) => {
                    entry.meeting_id = Some(meeting.id.clone());
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

    /// Remembers the meeting, and then sees to its dates.
    fn finish(
        &self,
        api: &mut Api<'_>,
        entry: &mut Entry,
        meeting: &mut Meeting,
        details: &Details,
        checks: &mut Checks,
    ) {
        let exceptions = details.schedule.as_ref().is_some_and(|s| !s.exceptions.is_empty());
        meeting.reference = Some(self.reference.clone());
        self.remember(api, entry, meeting, !exceptions);
        crash::point("create.stored");
        if complete(api, meeting, details, checks) && exceptions {
            self.remember(api, entry, meeting, true);
        }
    }

    /// A meeting that is there is no failure because the journal cannot be written: the intent is
    /// in it, and the next call finds the meeting by that.
    fn remember(&self, api: &Api<'_>, entry: &mut Entry, meeting: &Meeting, complete: bool) {
        let mut known = meeting.clone().without_host_secrets();
        // What can be many: the rest is enough to go on with.
        known.occurrences.clear();
        known.dial_in.truncate(MAX_NUMBERS);
        let memo = entry.memo.get_or_insert_default();
        memo.digest.clone_from(&self.digest);
        (memo.complete, memo.document) = (complete, serde_json::to_string(&known).ok());
        if let Err(error) = api.context.vault.put_entry(entry) {
            let user = api.user;
            api.context.log(Level::Warn, format_args!("{user}: the journal stays behind: {error}"));
        }
    }

    fn forget(&self, api: &Api<'_>, key: &ReferenceKey) {
        if let Err(error) = api.context.vault.store().delete_reference(key) {
            let user = api.user;
            api.context.log(Level::Warn, format_args!("{user}: the journal stays behind: {error}"));
        }
    }

    fn memo(&self, details: &Details) -> Result<Memo> {
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
        })
    }

    /// Looks in the user's list for the meeting that a request without an answer has made.
    fn look(&self, api: &mut Api<'_>, entry: &Entry) -> Result<Option<Meeting>> {
        if entry.client_id != api.app.client_id.as_str() {
            let what = format!("it was asked for through the app {}", entry.client_id);
            return Err(Error::new(Status::OutcomeUnknown, what));
        }
        let Some(memo) = &entry.memo else {
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
            if let Some(id) = self.search(api, &sought)? {
                match api.read(Target { meeting: &id, occurrence: None }) {
                    Err(error) if error.status() == Status::MeetingNotFound => {}
                    outcome => return outcome.map(Some),
                }
            }
        }
        Ok(None)
    }

    fn search(&self, api: &mut Api<'_>, sought: &Sought<'_>) -> Result<Option<String>> {
        let provider = api.provider();
        let api_url = api.api_url()?;
        let mut next: Option<String> = None;
        for _ in 0..MAX_PARTS {
            let part = api.call(
                Effect::Idempotent,
                |access| provider.search_request(access, sought, next.as_deref()),
                |response| provider.read_list(&api_url, response),
            )?;
            for meeting in part.meetings {
                if provider.is_sought(&meeting, sought) && self.is_free(api, &meeting.id)? {
                    return Ok(Some(meeting.id));
                }
            }
            next = part.next;
            if next.is_none() {
                return Ok(None);
            }
        }
        Err(Error::new(Status::OutcomeUnknown, "the user has too many meetings to look through"))
    }

    /// Whether no other calendar entry has this meeting.
    fn is_free(&self, api: &Api<'_>, meeting_id: &str) -> Result<bool> {
        let provider = api.provider().name();
        let known = api.context.vault.store().references_of_meeting(provider, meeting_id)?;
        Ok(known.is_empty())
    }
}
