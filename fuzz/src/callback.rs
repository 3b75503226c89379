//! What a browser brings back, and the state in it.

use std::sync::LazyLock;

use meetbridge::fuzzing::{Callback, KeyRing, Settings, State, Status};
use url::form_urlencoded::Serializer;

use super::oracle::{soon, told};

/// As in the seeds: sealed with [`KEY`] at [`NOW`].
const STATE: &str = "AVASrA9V4kXQrPxAYDRKL4OUBuXUh3_wuWA_bnR1VyHPexDqo-NNFCpMslacbTcVtGmAI1\
    UyfqBQb1Aivp6FExBg21MZnn2E_Ct0NZczoq2oinrpx0mLaXbGlvfSva2qWion9EOyQNB7u_ihx83j";
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
const NOW: i64 = 1_795_352_971;

/// The ring of the one key, which is 32 times the byte 7.
pub static KEYS: LazyLock<KeyRing> = LazyLock::new(|| {
    let settings = format!(r#"{{"apps": [], "store": {{"sqlite": "/s.db"}}, "key": "{KEY}"}}"#);
    let settings = Settings::parse(&settings).expect("the settings are good");
    KeyRing::load(&settings.keys, true).expect("a ring")
});

pub fn run(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    open(text);
    let callback = match soon(|| Callback::parse(text)) {
        Ok(callback) => callback,
        Err(error) => {
            assert_eq!(error.status(), Status::InvalidArgument);
            return drop(told(&error));
        }
    };
    if let Some(refusal) = callback.refusal() {
        told(&refusal);
    }
    if let Some(state) = &callback.state {
        open(state);
    }
    let again = Callback::parse(&written(&callback)).expect("what was read can be read again");
    assert_eq!(members(&again), members(&callback));
}

/// Nothing opens but the one that was sealed.
fn open(state: &str) {
    match soon(|| State::open(&KEYS, state, NOW)) {
        Ok(returned) => {
            assert_eq!(state, STATE);
            assert_eq!(returned.state.user, "Anna Berg/HR/Acme");
        }
        Err(error) => {
            assert_ne!(state, STATE);
            assert_eq!(error.status(), Status::StateInvalid);
            told(&error);
        }
    }
}

fn members(callback: &Callback) -> [Option<&str>; 4] {
    let code = callback.code.as_ref().map(|code| code.secret().as_str());
    let error = [callback.error.as_deref(), callback.error_description.as_deref()];
    [callback.state.as_deref(), code, error[0], error[1]]
}

fn written(callback: &Callback) -> String {
    let names = ["state", "code", "error", "error_description"];
    let members = names.into_iter().zip(members(callback));
    let members = members.filter_map(|(name, value)| Some((name, value?)));
    Serializer::new("https://mail.example.com/?".to_owned()).extend_pairs(members).finish()
}
