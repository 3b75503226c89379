//! How a native method fails: with an exception.

use std::any::Any;
use std::convert::Infallible;

use jni::errors::ErrorPolicy;
use jni::objects::{JClass, JThrowable, JValue};
use jni::{Env, jni_sig, jni_str};

use crate::door::guard::{self, Failure};
use crate::error::Error;

/// Why a native method cannot return.
pub enum Thrown {
    /// The library's own failure.
    Failure(Failure),
    /// The JVM's. Mostly an exception is pending then.
    Jni(jni::errors::Error),
}

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Thrown {
        Thrown::Failure(failure)
    }
}

impl From<jni::errors::Error> for Thrown {
    fn from(error: jni::errors::Error) -> Thrown {
        Thrown::Jni(error)
    }
}

/// Throws what `Native.failure` makes of the error document; leaves an exception that is pending.
pub struct Throw;

impl<T: Default> ErrorPolicy<T, Thrown> for Throw {
    /// The class `Native`, found by whoever loaded it.
    type Captures<'local: 'method, 'method> = &'method JClass<'local>;

    fn on_error<'local: 'method, 'method>(
        env: &mut Env<'local>,
        class: &mut &'method JClass<'local>,
        thrown: Thrown,
    ) -> jni::errors::Result<T> {
        match thrown {
            Thrown::Failure(failure) => throw(env, class, &failure)?,
            Thrown::Jni(_) if env.exception_check() => {}
            Thrown::Jni(error) => throw(env, class, &internal(&error.to_string()))?,
        }
        Ok(T::default())
    }

    /// Only outside of the guard, in what turns values of Java into ours.
    fn on_panic<'local: 'method, 'method>(
        env: &mut Env<'local>,
        class: &mut &'method JClass<'local>,
        _: Box<dyn Any + Send>,
    ) -> jni::errors::Result<T> {
        if !env.exception_check() {
            throw(env, class, &internal("panic in the Java door"))?;
        }
        Ok(T::default())
    }
}

fn throw(env: &mut Env<'_>, class: &JClass<'_>, failure: &Failure) -> jni::errors::Result<()> {
    let document = env.byte_array_from_slice(failure.document().as_bytes())?;
    let exception = env
        .call_static_method(
            class,
            jni_str!("failure"),
            jni_sig!("([B)Ljava/lang/RuntimeException;"),
            &[JValue::Object(&document)],
        )?
        .l()?;
    let exception = env.cast_local::<JThrowable>(exception)?;
    env.throw(exception)
}

fn internal(what: &str) -> Failure {
    match guard::catch(|_| Err::<Infallible, _>(Error::internal(what))) {
        Ok(never) => match never {},
        Err(failure) => failure,
    }
}
