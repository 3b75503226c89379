//! Named points at which a test lets the process die, to prove what survives.

#[cfg(all(feature = "crash-points", not(debug_assertions)))]
compile_error!("the feature crash-points must never be in a release build");

/// Ends the process at once, without any clean-up, if the environment's `MEETBRIDGE_CRASH_AT`
/// names this point. Nothing at all unless the feature `crash-points` is built.
#[inline]
pub fn point(name: &str) {
    #[cfg(feature = "crash-points")]
    if std::env::var("MEETBRIDGE_CRASH_AT").as_deref() == Ok(name) {
        std::process::abort();
    }
    #[cfg(not(feature = "crash-points"))]
    let _ = name;
}
