//! The C door: a thin shell that turns pointers into values and results into status codes.
//!
//! Every function that returns a status runs its body in [`guard::run`](crate::door::guard::run),
//! the one place where a `Result` becomes a number.

mod authorization;
mod bridge;
mod call;
mod log;
mod maintenance;
mod meeting;
mod status;
mod text;
mod webhook;
