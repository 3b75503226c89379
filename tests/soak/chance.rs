//! What goes wrong next, drawn from a seed.

use meetbridge_sandbox::{Fault, Kind, When};

/// xorshift64*: the same seed gives the same soak, as far as threads allow.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    pub fn provider(&mut self) -> &'static str {
        ["zoom", "webex"][self.below(2) as usize]
    }
}

/// A fault that loses nothing for good, nor tells a lie that nobody can see through: no answer with
/// a new pair gets lost, nothing that was done is refused, and nothing is confirmed that was not
/// done.
pub fn fault(chance: &mut Chance) -> Fault {
    const API: [&str; 5] =
        ["create_meeting", "create_meeting", "get_meeting", "list_meetings", "delete_meeting"];
    let provider = chance.provider();
    let is_token = chance.below(4) == 0;
    let name = if is_token { *chance.pick(&["refresh", "token"]) } else { *chance.pick(&API) };
    let done = chance.below(2) == 0;
    let (kind, may_be_after) = kind(chance, is_token, name == "delete_meeting");
    let when = if done && may_be_after { When::After } else { When::Before };
    let times = Some(1 + chance.below(3));
    Fault { route: format!("{provider}.{name}"), times, skip: chance.below(3), when, kind }
}

/// And whether it may strike what was done. Who deletes believes any answer of success, so that none
/// of these may stand for a refusal.
fn kind(chance: &mut Chance, is_token: bool, is_deletion: bool) -> (Kind, bool) {
    let status = |code| Kind::status(code);
    match chance.below(14) {
        0 => (Kind::status_with(429, "retry-after", "1"), false),
        1 => (status(503), false),
        2 => (status(500), !is_token),
        3 => (status(*chance.pick(&[502, 504])), !is_token),
        4 => (Kind::Reset, !is_token),
        5 => (Kind::Close, !is_token),
        6 => (Kind::Half, !is_token),
        7 => (Kind::Html, !is_token),
        8 if !is_deletion => (Kind::Empty, !is_token),
        9 if !is_deletion => (Kind::WrongTypes, !is_token),
        10 if !is_deletion => (Kind::Huge { bytes: 1 << chance.below(18) }, !is_token),
        11 if !is_token => (status(401), false),
        // A renewal's answer is awaited for half a minute, in which all threads come to want it.
        12 if chance.below(if is_token { 100 } else { 8 }) == 0 => (Kind::Hang, !is_token),
        _ => (Kind::Delay { ms: chance.below(600) }, true),
    }
}
