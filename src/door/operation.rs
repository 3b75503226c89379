//! The operations of a bridge by the names and the order of the C header.

use super::optional_text;
use crate::bridge::{self, Bridge, Invocation};
use crate::error::{Error, Result};

/// No operation has more parameters, beside its options.
pub const MAX_PARAMETERS: usize = 4;

/// One operation of an open bridge.
pub struct Operation {
    /// As in the C header, without `meetbridge_`.
    pub name: &'static str,
    /// Without the bridge and the options, which all have.
    pub parameters: &'static [Parameter],
    pub answer: Answer,
    run: fn(&Bridge, Invocation<'_>, &Arguments<'_>) -> Result<String>,
}

pub struct Parameter {
    pub name: &'static str,
    kind: Kind,
    /// Whether it is a JSON document; else a text.
    pub is_document: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Required,
    Optional,
    /// Not necessarily a text.
    Bytes,
}

/// What an operation gives on success.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Answer {
    Nothing,
    /// A text that is no JSON.
    Text,
    /// A JSON document.
    Document,
}

/// Checked arguments. What is required is there.
#[derive(Default)]
pub struct Arguments<'a> {
    texts: [Option<&'a str>; MAX_PARAMETERS],
    bytes: &'a [u8],
}

impl<'a> Arguments<'a> {
    fn text(&self, at: usize) -> &'a str {
        self.texts[at].unwrap_or_default()
    }
}

impl Operation {
    /// Checks what a door was given.
    pub fn read<'a>(&self, given: &[Option<&'a [u8]>]) -> Result<Arguments<'a>> {
        let mut arguments = Arguments::default();
        for (at, parameter) in self.parameters.iter().enumerate() {
            let (name, given) = (parameter.name, given.get(at).copied().flatten());
            match (parameter.kind, given) {
                (Kind::Bytes | Kind::Required, None) => {
                    return Err(Error::invalid_argument(format!("{name}: NULL")));
                }
                (Kind::Bytes, Some(bytes)) => arguments.bytes = bytes,
                (_, text) => arguments.texts[at] = optional_text(text, name)?,
            }
        }
        Ok(arguments)
    }

    /// The answer, if the operation gives one.
    pub fn run(
        &self,
        bridge: &Bridge,
        invocation: Invocation<'_>,
        arguments: &Arguments<'_>,
    ) -> Result<Option<String>> {
        let text = (self.run)(bridge, invocation, arguments)?;
        Ok((self.answer != Answer::Nothing).then_some(text))
    }
}

/// The operation of this name.
pub fn find(name: &str) -> Option<&'static Operation> {
    OPERATIONS.into_iter().find(|operation| operation.name == name)
}

const fn required(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Required, is_document: false }
}

const fn optional(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Optional, is_document: false }
}

const fn document(name: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Required, is_document: true }
}

const PROVIDER: Parameter = required("provider");
const USER: Parameter = required("user");
const MEETING_ID: Parameter = required("meeting_id");
const FILTER: Parameter = Parameter { is_document: true, ..optional("filter") };

/// All, in the order of the header.
pub static OPERATIONS: [&Operation; 17] = [
    &START_AUTHORIZATION,
    &COMPLETE_AUTHORIZATION,
    &GET_AUTHORIZATION,
    &REVOKE_AUTHORIZATION,
    &LIST_AUTHORIZATIONS,
    &RENAME_USER,
    &FORGET_USER,
    &CREATE_MEETING,
    &GET_MEETING,
    &UPDATE_MEETING,
    &DELETE_MEETING,
    &LIST_MEETINGS,
    &GET_INVITATION,
    &HANDLE_WEBHOOK,
    &LIST_AUDIT,
    &MAINTAIN,
    &DIAGNOSE,
];

pub static START_AUTHORIZATION: Operation = Operation {
    name: "start_authorization",
    parameters: &[PROVIDER, USER, optional("redirect_uri")],
    answer: Answer::Text,
    run: |bridge, call, a| bridge.start_authorization(call, a.text(0), a.text(1), a.texts[2]),
};

pub static COMPLETE_AUTHORIZATION: Operation = Operation {
    name: "complete_authorization",
    parameters: &[optional("user"), required("callback")],
    answer: Answer::Document,
    run: |bridge, call, a| {
        bridge::document(&bridge.complete_authorization(call, a.texts[0], a.text(1))?)
    },
};

pub static GET_AUTHORIZATION: Operation = Operation {
    name: "get_authorization",
    parameters: &[PROVIDER, USER],
    answer: Answer::Document,
    run: |bridge, call, a| {
        bridge::document(&bridge.get_authorization(call, a.text(0), a.text(1))?)
    },
};

pub static REVOKE_AUTHORIZATION: Operation = Operation {
    name: "revoke_authorization",
    parameters: &[PROVIDER, USER],
    answer: Answer::Nothing,
    run: |bridge, call, a| nothing(bridge.revoke_authorization(call, a.text(0), a.text(1))),
};

pub static LIST_AUTHORIZATIONS: Operation = Operation {
    name: "list_authorizations",
    parameters: &[FILTER],
    answer: Answer::Document,
    run: |bridge, call, a| bridge::document(&bridge.list_authorizations(call, a.texts[0])?),
};

pub static RENAME_USER: Operation = Operation {
    name: "rename_user",
    parameters: &[required("old_user"), required("new_user")],
    answer: Answer::Nothing,
    run: |bridge, call, a| nothing(bridge.rename_user(call, a.text(0), a.text(1))),
};

pub static FORGET_USER: Operation = Operation {
    name: "forget_user",
    parameters: &[USER],
    answer: Answer::Nothing,
    run: |bridge, call, a| nothing(bridge.forget_user(call, a.text(0))),
};

pub static CREATE_MEETING: Operation = Operation {
    name: "create_meeting",
    parameters: &[PROVIDER, USER, document("meeting")],
    answer: Answer::Document,
    run: |bridge, call, a| {
        bridge::document(&bridge.create_meeting(call, a.text(0), a.text(1), a.text(2))?)
    },
};

pub static GET_MEETING: Operation = Operation {
    name: "get_meeting",
    parameters: &[PROVIDER, USER, MEETING_ID],
    answer: Answer::Document,
    run: |bridge, call, a| {
        bridge::document(&bridge.get_meeting(call, a.text(0), a.text(1), a.text(2))?)
    },
};

pub static UPDATE_MEETING: Operation = Operation {
    name: "update_meeting",
    parameters: &[PROVIDER, USER, MEETING_ID, document("changes")],
    answer: Answer::Document,
    run: |bridge, call, a| {
        let (provider, user, id, changes) = (a.text(0), a.text(1), a.text(2), a.text(3));
        bridge::document(&bridge.update_meeting(call, provider, user, id, changes)?)
    },
};

pub static DELETE_MEETING: Operation = Operation {
    name: "delete_meeting",
    parameters: &[PROVIDER, USER, MEETING_ID],
    answer: Answer::Nothing,
    run: |bridge, call, a| nothing(bridge.delete_meeting(call, a.text(0), a.text(1), a.text(2))),
};

pub static LIST_MEETINGS: Operation = Operation {
    name: "list_meetings",
    parameters: &[PROVIDER, USER, FILTER],
    answer: Answer::Document,
    run: |bridge, call, a| {
        bridge::document(&bridge.list_meetings(call, a.text(0), a.text(1), a.texts[2])?)
    },
};

pub static GET_INVITATION: Operation = Operation {
    name: "get_invitation",
    parameters: &[PROVIDER, USER, MEETING_ID, optional("language")],
    answer: Answer::Text,
    run: |bridge, call, a| bridge.get_invitation(call, a.text(0), a.text(1), a.text(2), a.texts[3]),
};

pub static HANDLE_WEBHOOK: Operation = Operation {
    name: "handle_webhook",
    parameters: &[
        PROVIDER,
        document("headers"),
        Parameter { kind: Kind::Bytes, ..required("body") },
    ],
    answer: Answer::Document,
    run: |bridge, call, a| {
        bridge::document(&bridge.handle_webhook(call, a.text(0), a.text(1), a.bytes)?)
    },
};

pub static LIST_AUDIT: Operation = Operation {
    name: "list_audit",
    parameters: &[FILTER],
    answer: Answer::Document,
    run: |bridge, call, a| bridge::document(&bridge.list_audit(call, a.texts[0])?),
};

pub static MAINTAIN: Operation = Operation {
    name: "maintain",
    parameters: &[],
    answer: Answer::Document,
    run: |bridge, call, _| bridge::document(&bridge.maintain(call)?),
};

pub static DIAGNOSE: Operation = Operation {
    name: "diagnose",
    parameters: &[],
    answer: Answer::Document,
    run: |bridge, call, _| bridge::document(&bridge.diagnose(call)?),
};

fn nothing(done: Result<()>) -> Result<String> {
    done.map(|()| String::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_and_no_operation_has_too_many_parameters() {
        for operation in OPERATIONS {
            assert!(std::ptr::eq(find(operation.name).unwrap(), operation));
            assert!(operation.parameters.len() <= MAX_PARAMETERS, "{}", operation.name);
        }
        assert!(find("open").is_none());
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let operation = find("get_meeting").unwrap();
        let told = |given: &[Option<&[u8]>]| operation.read(given).err().unwrap().to_string();
        assert!(told(&[Some(b"zoom"), None, Some(b"1")]).contains("user: NULL"));
        assert!(told(&[Some(b"zoom"), Some(b"a"), Some(b"\xff")]).contains("meeting_id: not UTF"));
        assert!(told(&[Some(b"zoom"), Some(b"a\0b"), Some(b"1")]).contains("user: has a NUL"));
        assert!(told(&[Some(b"zoom"), Some(b"a")]).contains("meeting_id: NULL"));
        let long = vec![b'x'; super::super::MAX_TEXT + 1];
        assert!(told(&[Some(&long), Some(b"a"), Some(b"1")]).contains("provider: longer"));
    }
}
