//! The C door as a C program sees it: functions by name, of the shared library by dlopen or in
//! another process ([`super::process`]).

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;

use libloading::os::unix::{Library as Dl, RTLD_LOCAL, RTLD_NOW, Symbol};
use serde_json::Value;

use super::{library_path, schema};

type LogFn = Option<unsafe extern "C" fn(*mut c_void, i32, *const c_char)>;

/// Whoever calls the functions of the header.
pub trait Caller {
    fn open_handle(&self, settings: &str) -> Outcome<u32>;
    /// Calls a function whose parameters are the handle, texts, and one output.
    fn call(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<String>;
    /// Calls a function whose parameters are the handle and texts, without an output.
    fn command(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<()>;

    fn open(&self, settings: &str) -> Outcome<Bridge<'_, Self>> {
        self.open_handle(settings).map(|handle| Bridge { library: self, handle })
    }
}

/// The loaded library.
pub struct Library(Dl);

/// An open bridge; closed when dropped.
pub struct Bridge<'a, C: Caller + ?Sized = Library> {
    pub library: &'a C,
    pub handle: u32,
}

/// A status other than OK, with the last error's document.
#[derive(Debug)]
pub struct Failure {
    pub status: i32,
    pub error: Value,
}

impl Failure {
    pub fn name(&self) -> &str {
        self.error["name"].as_str().expect("every error has a name")
    }
}

pub type Outcome<T> = Result<T, Failure>;

/// A NUL-terminated copy, or NULL.
struct Text(Option<CString>);

impl Text {
    fn new(text: Option<&str>) -> Text {
        Text(text.map(|text| CString::new(text).expect("tests pass no NUL")))
    }

    fn pointer(&self) -> *const c_char {
        self.0.as_ref().map_or(ptr::null(), |text| text.as_ptr())
    }
}

impl Library {
    pub fn load() -> Library {
        Library::load_from(&library_path())
    }

    pub fn load_from(path: &std::path::Path) -> Library {
        // SAFETY: the library's initializers do nothing but what Rust's own do.
        let library = unsafe { Dl::open(Some(path), RTLD_NOW | RTLD_LOCAL) };
        Library(library.expect("the library loads"))
    }

    /// A function of the header. The caller says its type.
    pub fn function<T>(&self, name: &str) -> Symbol<T> {
        // SAFETY: the types in this file are the header's.
        unsafe { self.0.get(name.as_bytes()) }.unwrap_or_else(|_| panic!("{name} is missing"))
    }

    pub fn open(&self, settings: &str) -> Outcome<Bridge<'_>> {
        Caller::open(self, settings)
    }

    pub fn open_handle(&self, settings: &str) -> Outcome<u32> {
        let open = self
            .function::<unsafe extern "C" fn(*const c_char, *mut u32) -> i32>("meetbridge_open");
        let settings = Text::new(Some(settings));
        let mut handle = u32::MAX;
        // SAFETY: a NUL-terminated string and a place for the handle.
        let status = unsafe { open(settings.pointer(), &mut handle) };
        if status != 0 {
            assert_eq!(handle, 0, "the handle is 0 on failure");
        }
        self.outcome(status).map(|()| handle)
    }

    pub fn last_error(&self) -> Value {
        let last =
            self.function::<unsafe extern "C" fn() -> *const c_char>("meetbridge_last_error");
        // SAFETY: never NULL, and this thread makes no call meanwhile.
        let text = unsafe { CStr::from_ptr(last()) };
        serde_json::from_str(text.to_str().expect("UTF-8")).expect("JSON")
    }

    pub fn status_name(&self, status: i32) -> String {
        let name =
            self.function::<unsafe extern "C" fn(i32) -> *const c_char>("meetbridge_status_name");
        // SAFETY: a static string.
        unsafe { CStr::from_ptr(name(status)) }.to_str().unwrap().to_owned()
    }

    pub fn set_log(&self, callback: LogFn, user_data: *mut c_void, level: i32) -> Outcome<()> {
        let set = self
            .function::<unsafe extern "C" fn(LogFn, *mut c_void, i32) -> i32>("meetbridge_set_log");
        // SAFETY: the tests' callbacks and data live as long as the process.
        self.outcome(unsafe { set(callback, user_data, level) })
    }

    pub fn outcome(&self, status: i32) -> Outcome<()> {
        if status == 0 {
            return Ok(());
        }
        let error = self.last_error();
        schema::check("error", &error);
        assert_eq!(error["status"], status);
        assert_eq!(error["name"], self.status_name(status));
        Err(Failure { status, error })
    }

    /// Takes a result text, or checks that there is none.
    fn text(&self, status: i32, text: *mut c_char) -> Outcome<String> {
        self.outcome(status).inspect_err(|_| assert!(text.is_null(), "NULL on failure"))?;
        // SAFETY: on success it is a NUL-terminated string of the library's.
        let owned = unsafe { CStr::from_ptr(text) }.to_str().expect("UTF-8").to_owned();
        let free = self.function::<unsafe extern "C" fn(*mut c_char)>("meetbridge_string_free");
        // SAFETY: the library's own, freed once.
        unsafe { free(text) };
        Ok(owned)
    }

    /// Calls a function whose parameters are the handle, texts, and one output.
    pub fn call(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<String> {
        let texts: Vec<Text> = texts.iter().map(|text| Text::new(*text)).collect();
        let p: Vec<*const c_char> = texts.iter().map(Text::pointer).collect();
        type T = *const c_char;
        type O = *mut *mut c_char;
        let mut out: *mut c_char = ptr::dangling_mut();
        // SAFETY: the number of parameters decides the type, as in the header.
        let status = unsafe {
            match p.len() {
                1 => self.function::<unsafe extern "C" fn(u32, T, O) -> i32>(name)(
                    handle, p[0], &mut out,
                ),
                2 => self.function::<unsafe extern "C" fn(u32, T, T, O) -> i32>(name)(
                    handle, p[0], p[1], &mut out,
                ),
                3 => self.function::<unsafe extern "C" fn(u32, T, T, T, O) -> i32>(name)(
                    handle, p[0], p[1], p[2], &mut out,
                ),
                4 => self.function::<unsafe extern "C" fn(u32, T, T, T, T, O) -> i32>(name)(
                    handle, p[0], p[1], p[2], p[3], &mut out,
                ),
                5 => self.function::<unsafe extern "C" fn(u32, T, T, T, T, T, O) -> i32>(name)(
                    handle, p[0], p[1], p[2], p[3], p[4], &mut out,
                ),
                other => panic!("no function has {other} texts"),
            }
        };
        self.text(status, out)
    }

    /// Calls `meetbridge_handle_webhook` on a bridge that may be another thread's. `body` is a
    /// pointer and a length, so that a test can pass what no slice can be.
    pub fn handle_webhook(
        &self,
        handle: u32,
        provider: Option<&str>,
        headers: Option<&str>,
        body: (*const u8, usize),
        options: Option<&str>,
    ) -> Outcome<Value> {
        type T = *const c_char;
        type F = unsafe extern "C" fn(u32, T, T, *const u8, usize, T, *mut *mut c_char) -> i32;
        let [provider, headers, options] = [provider, headers, options].map(Text::new);
        let (p, h, o) = (provider.pointer(), headers.pointer(), options.pointer());
        let mut out: *mut c_char = ptr::dangling_mut();
        let handle_webhook = self.function::<F>("meetbridge_handle_webhook");
        // SAFETY: as in the header; the caller says that the body is good.
        let status = unsafe { handle_webhook(handle, p, h, body.0, body.1, o, &mut out) };
        let document = serde_json::from_str(&self.text(status, out)?).expect("JSON");
        schema::check("webhook-outcome", &document);
        Ok(document)
    }

    /// Calls a function whose parameters are the handle and texts, without an output.
    pub fn command(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<()> {
        let texts: Vec<Text> = texts.iter().map(|text| Text::new(*text)).collect();
        let p: Vec<*const c_char> = texts.iter().map(Text::pointer).collect();
        type T = *const c_char;
        // SAFETY: the number of parameters decides the type, as in the header.
        let status = unsafe {
            match p.len() {
                0 => self.function::<unsafe extern "C" fn(u32) -> i32>(name)(handle),
                1 => self.function::<unsafe extern "C" fn(u32, T) -> i32>(name)(handle, p[0]),
                2 => self.function::<unsafe extern "C" fn(u32, T, T) -> i32>(name)(
                    handle, p[0], p[1],
                ),
                3 => self.function::<unsafe extern "C" fn(u32, T, T, T) -> i32>(name)(
                    handle, p[0], p[1], p[2],
                ),
                4 => self.function::<unsafe extern "C" fn(u32, T, T, T, T) -> i32>(name)(
                    handle, p[0], p[1], p[2], p[3],
                ),
                other => panic!("no function has {other} texts"),
            }
        };
        self.outcome(status)
    }
}

impl Caller for Library {
    fn open_handle(&self, settings: &str) -> Outcome<u32> {
        Library::open_handle(self, settings)
    }

    fn call(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<String> {
        Library::call(self, name, handle, texts)
    }

    fn command(&self, name: &str, handle: u32, texts: &[Option<&str>]) -> Outcome<()> {
        Library::command(self, name, handle, texts)
    }
}

impl<C: Caller + ?Sized> Bridge<'_, C> {
    pub fn start(
        &self,
        provider: &str,
        user: &str,
        redirect: Option<&str>,
        options: Option<&str>,
    ) -> Outcome<String> {
        let texts = [Some(provider), Some(user), redirect, options];
        self.library.call("meetbridge_start_authorization", self.handle, &texts)
    }

    pub fn complete(
        &self,
        user: Option<&str>,
        callback: &str,
        options: Option<&str>,
    ) -> Outcome<Value> {
        let texts = [user, Some(callback), options];
        self.document("authorization", "meetbridge_complete_authorization", &texts)
    }

    pub fn authorization(&self, provider: &str, user: &str) -> Outcome<Value> {
        let texts = [Some(provider), Some(user), None];
        self.document("authorization", "meetbridge_get_authorization", &texts)
    }

    pub fn list_authorizations(&self, filter: Option<&str>) -> Outcome<Value> {
        self.document("page", "meetbridge_list_authorizations", &[filter, None])
    }

    pub fn rename(&self, old: &str, new: &str) -> Outcome<()> {
        let texts = [Some(old), Some(new), None];
        self.library.command("meetbridge_rename_user", self.handle, &texts)
    }

    pub fn forget(&self, user: &str, options: Option<&str>) -> Outcome<()> {
        self.library.command("meetbridge_forget_user", self.handle, &[Some(user), options])
    }

    pub fn revoke(&self, provider: &str, user: &str) -> Outcome<()> {
        let texts = [Some(provider), Some(user), None];
        self.library.command("meetbridge_revoke_authorization", self.handle, &texts)
    }

    pub fn create(&self, provider: &str, user: &str, meeting: &Value) -> Outcome<Value> {
        self.create_with(provider, user, meeting, None)
    }

    pub fn create_with(
        &self,
        provider: &str,
        user: &str,
        meeting: &Value,
        options: Option<&str>,
    ) -> Outcome<Value> {
        schema::check("meeting-request", meeting);
        let meeting = meeting.to_string();
        let texts = [Some(provider), Some(user), Some(meeting.as_str()), options];
        self.document("meeting", "meetbridge_create_meeting", &texts)
    }

    /// Calls an operation that answers with a document, the provider and the user first.
    pub fn about_meetings(
        &self,
        operation: &str,
        provider: &str,
        user: &str,
        more: &[Option<&str>],
    ) -> Outcome<Value> {
        let schema = if operation == "list_meetings" { "page" } else { "meeting" };
        let texts: Vec<_> = [Some(provider), Some(user)].iter().chain(more).copied().collect();
        self.document(schema, &format!("meetbridge_{operation}"), &texts)
    }

    pub fn get(&self, provider: &str, id: &str, options: Option<&str>) -> Outcome<Value> {
        self.about_meetings("get_meeting", provider, super::ANNA, &[Some(id), options])
    }

    pub fn update(
        &self,
        provider: &str,
        id: &str,
        changes: &Value,
        options: Option<&str>,
    ) -> Outcome<Value> {
        let changes = changes.to_string();
        let more = [Some(id), Some(changes.as_str()), options];
        self.about_meetings("update_meeting", provider, super::ANNA, &more)
    }

    pub fn delete(&self, provider: &str, id: &str, options: Option<&str>) -> Outcome<()> {
        let texts = [Some(provider), Some(super::ANNA), Some(id), options];
        self.library.command("meetbridge_delete_meeting", self.handle, &texts)
    }

    pub fn list(&self, provider: &str, filter: Option<&str>) -> Outcome<Value> {
        self.about_meetings("list_meetings", provider, super::ANNA, &[filter, None])
    }

    pub fn list_of(&self, provider: &str, user: &str) -> Outcome<Value> {
        self.about_meetings("list_meetings", provider, user, &[None, None])
    }

    pub fn list_with(&self, provider: &str, user: &str, options: &str) -> Outcome<Value> {
        self.about_meetings("list_meetings", provider, user, &[None, Some(options)])
    }

    pub fn maintain(&self, options: Option<&str>) -> Outcome<Value> {
        self.document("maintain-report", "meetbridge_maintain", &[options])
    }

    pub fn audit(&self, filter: Option<&str>) -> Outcome<Value> {
        self.document("page", "meetbridge_list_audit", &[filter, None])
    }

    pub fn invitation(&self, provider: &str, id: &str, language: Option<&str>) -> Outcome<String> {
        self.invitation_with(provider, id, language, None)
    }

    pub fn invitation_with(
        &self,
        provider: &str,
        id: &str,
        language: Option<&str>,
        options: Option<&str>,
    ) -> Outcome<String> {
        let texts = [Some(provider), Some(super::ANNA), Some(id), language, options];
        self.library.call("meetbridge_get_invitation", self.handle, &texts)
    }

    pub fn diagnose(&self) -> Outcome<Value> {
        self.document("diagnose-report", "meetbridge_diagnose", &[None])
    }

    pub fn reload(&self, settings: &str) -> Outcome<()> {
        self.library.command("meetbridge_reload", self.handle, &[Some(settings)])
    }

    pub fn close(self) -> Outcome<()> {
        let outcome = self.library.command("meetbridge_close", self.handle, &[]);
        std::mem::forget(self);
        outcome
    }

    fn document(&self, schema: &str, name: &str, texts: &[Option<&str>]) -> Outcome<Value> {
        let text = self.library.call(name, self.handle, texts)?;
        let document = serde_json::from_str(&text).expect("JSON");
        schema::check(schema, &document);
        Ok(document)
    }
}

impl Bridge<'_> {
    pub fn webhook(
        &self,
        provider: &str,
        headers: &Value,
        body: &[u8],
        options: Option<&str>,
    ) -> Outcome<Value> {
        schema::check("webhook-headers", headers);
        let (headers, body) = (headers.to_string(), (body.as_ptr(), body.len()));
        self.library.handle_webhook(self.handle, Some(provider), Some(&headers), body, options)
    }
}

impl<C: Caller + ?Sized> Drop for Bridge<'_, C> {
    fn drop(&mut self) {
        let _ = self.library.command("meetbridge_close", self.handle, &[]);
    }
}
