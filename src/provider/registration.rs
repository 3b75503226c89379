//! What an app is registered with at its provider: one table of each provider, which also says
//! what a consent lacks.

/// A scope that an app asks for.
pub struct Scope {
    /// As new apps have it.
    pub name: Names,
    /// What covers it in apps that were made before there were finer ones.
    pub classic: Option<Names>,
    /// Whether meetings cannot do without it; the others are for single features.
    pub is_needed: bool,
}

/// What a scope is called.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// For the meetings of the user who consents.
    pub own: &'static str,
    /// For those of everybody, by the consent of an administrator.
    pub all: &'static str,
}

#[cfg(test)]
mod tests {
    use crate::provider;

    #[test]
    fn what_is_needed_is_asked_for_and_nothing_is_lacking_then() {
        for provider in provider::ALL {
            let needed: Vec<_> = provider.scopes().iter().filter(|it| it.is_needed).collect();
            let defaults = provider.defaults();
            for (asked, needed) in [
                (defaults.scopes, needed.iter().map(|it| it.name.own).collect::<Vec<_>>()),
                (defaults.admin_scopes, needed.iter().map(|it| it.name.all).collect()),
            ] {
                // None leaves it to the app's registration.
                assert!(asked.is_empty() || asked == needed, "{}: {asked:?}", provider.name());
                let granted: Vec<String> = needed.iter().map(|it| (*it).to_owned()).collect();
                assert!(provider.lacking_scopes(&granted).is_empty());
                assert!(!provider.lacking_scopes(&granted[1..]).is_empty());
            }
        }
    }
}
