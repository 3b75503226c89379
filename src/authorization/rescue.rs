//! New token pairs that the store did not take at first.

use crate::context::Context;
use crate::error::Result;
use crate::log::{Level, Log};
use crate::provider;
use crate::store::GrantKey;
use crate::store::rescue::Restored;
use crate::store::vault::Vault;

/// Puts into the store what it did not take earlier, as far as it takes it now.
pub fn restore_rescued(vault: &Vault, log: &Log) -> Restored {
    if vault.rescued().is_none() {
        return Restored::default();
    }
    let names: Vec<_> = provider::ALL.iter().map(|provider| provider.name()).collect();
    match vault.restore_all(&names) {
        Ok(outcome) => {
            tell(&outcome, log);
            outcome
        }
        Err(error) => {
            log.write(Level::Error, format_args!("rescued tokens are not restored: {error}"));
            Restored::default()
        }
    }
}

/// The same of one authorization, whose lock the caller holds. A failure to restore it is one.
pub(super) fn restore_one(context: &Context<'_>, key: &GrantKey) -> Result<()> {
    if context.vault.rescued().is_some() {
        tell(&context.vault.restore(key)?, context.log);
    }
    Ok(())
}

fn tell(outcome: &Restored, log: &Log) {
    let Restored { restored, outlived, damaged, .. } = outcome;
    if restored + outlived > 0 {
        let what = format_args!("{restored} rescued tokens are in the store, {outlived} outlived");
        log.write(Level::Warn, what);
    }
    if *damaged > 0 {
        log.write(Level::Error, format_args!("{damaged} rescued tokens are damaged and dropped"));
    }
}
