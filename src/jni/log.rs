//! The host's logger in Java.

use std::panic::{self, AssertUnwindSafe};

use jni::objects::{Global, JClass, JValue};
use jni::{Env, JavaVM, jni_sig, jni_str};

use crate::door::guard;
use crate::error::{Error, Result};
use crate::log::{self, Level, Sink};

/// Calls `Native.log`.
pub struct Callback {
    vm: JavaVM,
    class: Global<JClass<'static>>,
}

impl Callback {
    pub fn new(env: &Env<'_>, class: &JClass<'_>) -> jni::errors::Result<Callback> {
        Ok(Callback { vm: env.get_java_vm()?, class: env.new_global_ref(class)? })
    }

    fn tell(&self, level: Level, message: &str) -> jni::errors::Result<()> {
        // Of another door the thread may be one that the JVM does not know; it must not stay
        // attached, since an attached thread keeps a JVM from ending. An exception that comes out
        // of it ends here, one that was pending before is pending again afterwards.
        self.vm.attach_current_thread_for_scope(|env| {
            let line = env.byte_array_from_slice(message.as_bytes())?;
            let arguments = [JValue::Int(level as i32), JValue::Object(&line)];
            let (name, signature) = (jni_str!("log"), jni_sig!("(I[B)V"));
            env.call_static_method(&self.class, name, signature, &arguments).map(drop)
        })
    }
}

impl Sink for Callback {
    fn write(&self, level: Level, message: &str) {
        // A line that cannot be told fails no call.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| self.tell(level, message)));
    }
}

/// Replaces the process's log callback by this one, or by none for the level 0.
pub fn set(callback: Callback, level: i32) -> Result<()> {
    guard::enter()?;
    if level == 0 {
        log::set_sink(None, Level::Error);
        return Ok(());
    }
    let level = Level::ALL.into_iter().find(|known| *known as i32 == level);
    let level = level.ok_or_else(|| Error::invalid_argument("level: must be 0 to 5"))?;
    log::set_sink(Some(Box::new(callback)), level);
    Ok(())
}
