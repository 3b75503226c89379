//! The LotusScript door: what a Declare can say, turned into calls of the operations.
//!
//! A script holds no pointer and parses no JSON. What it asks and what it is told are documents
//! that it addresses part by part ([`pointer`]), by handles below 2^31 that fit its Long. Here are
//! few functions, since a script library writes each Declare once for every platform.

mod bridge;
mod document;
mod documents;
mod parts;
mod pointer;
mod text;
