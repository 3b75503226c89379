//! The C door: a thin shell that turns pointers into values and results into status codes.
//!
//! Every function that returns a status runs its body in [`guard::run`], the one place where a
//! `Result` becomes a number and where a panic ends.

mod authorization;
mod bridge;
mod guard;
mod log;
mod maintenance;
mod meeting;
mod status;
mod text;
mod webhook;
