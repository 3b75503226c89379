//! The Java door: the native methods of the class `org.meetbridge.Native`.
//!
//! Texts cross as arrays of bytes in UTF-8, which is several times cheaper than Java's own strings;
//! the arguments of a call all in one. A failure is thrown as an exception of ours. No JVM is
//! linked: whoever calls brings his own.

mod arguments;
mod array;
mod log;
mod throw;

use std::ptr;

use jni::EnvUnowned;
use jni::objects::{JByteArray, JClass};
use jni::sys::{jbyteArray, jint};

use crate::door::guard;
use crate::door::operation::OPERATIONS;
use crate::error::{Error, Status};
use throw::{Throw, Thrown};

/// The version of the library.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_version<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
) -> JByteArray<'local> {
    env.with_env(|env| -> Result<_, Thrown> {
        Ok(env.byte_array_from_slice(env!("CARGO_PKG_VERSION").as_bytes())?)
    })
    .resolve_with::<Throw, _>(|| &class)
}

/// The names of the operations, each on a line; its place is its number.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_operations<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
) -> JByteArray<'local> {
    env.with_env(|env| -> Result<_, Thrown> {
        let names = OPERATIONS.map(|operation| operation.name).join("\n");
        Ok(env.byte_array_from_slice(names.as_bytes())?)
    })
    .resolve_with::<Throw, _>(|| &class)
}

/// Opens a bridge. For null the environment names the settings.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_open<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
    settings: JByteArray<'local>,
) -> jint {
    env.with_env(|env| -> Result<_, Thrown> {
        let settings = arguments::optional(env, &settings)?;
        let bridge = guard::catch(|door| door.open(settings.as_deref()))?;
        Ok(bridge.cast_signed())
    })
    .resolve_with::<Throw, _>(|| &class)
}

/// Exchanges the settings of a bridge.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_reload<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
    bridge: jint,
    settings: JByteArray<'local>,
) {
    env.with_env(|env| -> Result<_, Thrown> {
        let settings = arguments::optional(env, &settings)?;
        let bridge = bridge.cast_unsigned();
        Ok(guard::catch(|door| door.reload(bridge, settings.as_deref()))?)
    })
    .resolve_with::<Throw, _>(|| &class)
}

/// Closes a bridge.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_close<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
    bridge: jint,
) {
    env.with_env(|_| -> Result<_, Thrown> {
        Ok(guard::catch(|door| door.close(bridge.cast_unsigned()))?)
    })
    .resolve_with::<Throw, _>(|| &class)
}

/// Runs an operation with the first `length` bytes of the array as its arguments. The answer is in
/// the same array if it has room for it, else in a new one. Null where it answers nothing.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_call<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
    bridge: jint,
    operation: jint,
    array: jbyteArray,
    length: jint,
) -> jbyteArray {
    let mut room = array::Room::new();
    // SAFETY: the JVM calls with this thread's environment and a reference of its own.
    let bytes = unsafe { array::read(env.as_raw(), array, length, &mut room) };
    let answer = guard::catch(|door| {
        let operation = usize::try_from(operation).ok().and_then(|at| OPERATIONS.get(at));
        let operation =
            operation.ok_or_else(|| Error::new(Status::NotAvailable, "no such operation"))?;
        let bytes = bytes.unwrap_or_default();
        let (arguments, options) = arguments::read(bytes, operation.parameters.len())?;
        door.call(bridge.cast_unsigned(), operation, &arguments, options)
    });
    match answer {
        // SAFETY: as above. Without an array there would be no arguments and so no answer.
        Ok(Some(text)) => unsafe { array::answer(env.as_raw(), array, &text) },
        Ok(None) => ptr::null_mut(),
        Err(failure) => {
            let failed = env.with_env(|_| Err::<(), _>(Thrown::from(failure)));
            failed.resolve_with::<Throw, _>(|| &class);
            ptr::null_mut()
        }
    }
}

/// Tells `Native.log` of lines up to a level; 0 silences it.
#[unsafe(no_mangle)]
pub extern "system" fn Java_org_meetbridge_Native_setLog<'local>(
    mut env: EnvUnowned<'local>,
    class: JClass<'local>,
    level: jint,
) {
    env.with_env(|env| -> Result<_, Thrown> {
        let callback = log::Callback::new(env, &class)?;
        Ok(guard::catch(|_| log::set(callback, level))?)
    })
    .resolve_with::<Throw, _>(|| &class)
}
