//! Codes, grants and tokens: who may do what until when.

use super::pkce::Challenge;
use super::shape;
use crate::ids::Ids;
use crate::options::Provider;
use crate::secrets::Ledger;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// An authorization code: single use, five minutes (Zoom: "The OAuth code expires in 5 minutes").
#[derive(Clone, Debug)]
pub struct Code {
    /// Whose.
    pub provider: Provider,
    /// For which app.
    pub client_id: String,
    /// Who consented.
    pub person: usize,
    /// Must come again at the exchange.
    pub redirect_uri: String,
    /// What was granted.
    pub scopes: Vec<String>,
    /// PKCE.
    pub challenge: Option<Challenge>,
    /// End of its life.
    pub expires: Timestamp,
    /// Exchanged already.
    pub used: bool,
}

/// One consent of a user to an app.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Whose.
    pub provider: Provider,
    /// For which app.
    pub client_id: String,
    /// Who consented; nobody for Server-to-Server apps.
    pub person: Option<usize>,
    /// What was granted.
    pub scopes: Vec<String>,
    /// Revoked, or replaced by a newer consent.
    pub ended: bool,
}

#[derive(Clone, Debug)]
struct Token {
    grant: usize,
    expires: Timestamp,
    ended: bool,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Never existed, revoked, or of the other provider or app.
    Invalid,
    /// Too old.
    Expired,
    /// A refresh token that was replaced, or whose grant has ended.
    Stale,
}

/// A new pair.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The bearer token.
    pub access: String,
    /// The refresh token.
    pub refresh: String,
    /// What the pair may do.
    pub scopes: Vec<String>,
}

/// Names that token texts are made from.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The user's id at the provider.
    pub user: &'a str,
    /// Zoom's account or Webex's organization.
    pub account: &'a str,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Grants {
    codes: HashMap<String, Code>,
    grants: Vec<Grant>,
    access: HashMap<String, Token>,
    refresh: HashMap<String, Token>,
}

impl Grants {
    /// Keeps a code that was given out.
    pub fn add_code(&mut self, text: String, code: Code) {
        self.codes.insert(text, code);
    }

    /// The code of a text.
    pub fn code(&mut self, text: &str) -> Option<&mut Code> {
        self.codes.get_mut(text)
    }

    /// Starts a grant. For Zoom it ends the earlier ones of the same user and app: "With multiple
    /// authorizations, the last token issued is considered valid, and the previous ones are
    /// invalidated" (Zoom OAuth errors, 4741).
    pub fn start(&mut self, grant: Grant) -> usize {
        if grant.provider == Provider::Zoom && grant.person.is_some() {
            for old in &mut self.grants {
                let same = old.provider == grant.provider && old.client_id == grant.client_id;
                old.ended |= same && old.person == grant.person;
            }
        }
        self.grants.push(grant);
        self.grants.len() - 1
    }

    /// A grant by its number.
    pub fn grant(&self, number: usize) -> &Grant {
        &self.grants[number]
    }

    /// Issues an access token.
    pub fn issue_access(
        &mut self,
        number: usize,
        names: Names<'_>,
        lifetime_s: i64,
        now: Timestamp,
        ids: &Ids,
        ledger: &Ledger,
    ) -> String {
        let text = self.text(number, "access", names, ids);
        ledger.add(|all| all.access_tokens.push(text.clone()));
        self.access.insert(text.clone(), token(number, lifetime_s, now));
        text
    }

    /// Issues a refresh token.
    pub fn issue_refresh(
        &mut self,
        number: usize,
        names: Names<'_>,
        lifetime_s: i64,
        now: Timestamp,
        ids: &Ids,
        ledger: &Ledger,
    ) -> String {
        let text = self.text(number, "refresh", names, ids);
        ledger.add(|all| all.refresh_tokens.push(text.clone()));
        self.refresh.insert(text.clone(), token(number, lifetime_s, now));
        text
    }

    fn text(&self, number: usize, kind: &str, names: Names<'_>, ids: &Ids) -> String {
        let grant = &self.grants[number];
        let make = match grant.provider {
            Provider::Zoom => shape::zoom_token,
            Provider::Webex => shape::webex_token,
        };
        make(ids, kind, &grant.client_id, names.user, names.account)
    }

    /// The grant behind an access token that is good now.
    pub fn check(&self, provider: Provider, text: &str, now: Timestamp) -> Result<usize, Refused> {
        let token = self.access.get(text).ok_or(Refused::Invalid)?;
        let grant = &self.grants[token.grant];
        if grant.provider != provider || grant.ended || token.ended {
            return Err(Refused::Invalid);
        }
        if token.expires <= now {
            return Err(Refused::Expired);
        }
        Ok(token.grant)
    }

    /// The grant behind a refresh token that an app may use now.
    pub fn check_refresh(
        &self,
        provider: Provider,
        client_id: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<usize, Refused> {
        let token = self.refresh.get(text).ok_or(Refused::Invalid)?;
        let grant = &self.grants[token.grant];
        if grant.provider != provider || grant.client_id != client_id {
            return Err(Refused::Invalid);
        }
        if grant.ended || token.ended {
            return Err(Refused::Stale);
        }
        if token.expires <= now {
            return Err(Refused::Expired);
        }
        Ok(token.grant)
    }

    /// Ends one refresh token: a newer one has been issued.
    pub fn replace_refresh(&mut self, text: &str) {
        if let Some(token) = self.refresh.get_mut(text) {
            token.ended = true;
        }
    }

    /// Renews a refresh token's life, as Webex does when it is used.
    pub fn renew_refresh(&mut self, text: &str, lifetime_s: i64, now: Timestamp) {
        if let Some(token) = self.refresh.get_mut(text) {
            token.expires = later(now, lifetime_s);
        }
    }

    /// Ends the access tokens of a grant.
    pub fn end_access(&mut self, number: usize) {
        for token in self.access.values_mut().filter(|token| token.grant == number) {
            token.ended = true;
        }
    }

    /// Ends a grant with all of its tokens.
    pub fn end(&mut self, number: usize) {
        self.grants[number].ended = true;
    }

    /// Lets access tokens expire now; returns how many.
    pub fn expire(&mut self, wanted: impl Fn(&Grant) -> bool, now: Timestamp) -> usize {
        let mut count = 0;
        for token in self.access.values_mut() {
            if token.expires > now && wanted(&self.grants[token.grant]) {
                token.expires = now;
                count += 1;
            }
        }
        count
    }

    /// Numbers of the grants that still live.
    pub fn living(&self, wanted: impl Fn(&Grant) -> bool) -> Vec<usize> {
        let living = |grant: &Grant| !grant.ended && wanted(grant);
        (0..self.grants.len()).filter(|number| living(&self.grants[*number])).collect()
    }
}

fn token(grant: usize, lifetime_s: i64, now: Timestamp) -> Token {
    Token { grant, expires: later(now, lifetime_s), ended: false }
}

fn later(now: Timestamp, seconds: i64) -> Timestamp {
    now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
}
