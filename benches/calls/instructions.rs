//! Instructions of a call: the difference of two numbers of calls, so that what happens once in a
//! process does not count.

use std::process::Stdio;

use crate::work::{Work, output};

const FEW: u64 = 20;
const MANY: u64 = 220;

pub fn of_a_call(work: &Work, client: &str) -> u64 {
    (of_calls(work, client, MANY) - of_calls(work, client, FEW)) / (MANY - FEW)
}

fn of_calls(work: &Work, client: &str, calls: u64) -> u64 {
    // Kept, for who wants to know where they are.
    let file = output().join(format!("callgrind.{client}.{calls}"));
    let output = format!("--callgrind-out-file={}", file.display());
    let tool = ["valgrind".into(), "--tool=callgrind".into(), output.into()];
    let mut command = work.client(client, &tool);
    command.args(["1", "20", &calls.to_string()]);
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let output = output.expect("valgrind is installed");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let collected = told.lines().find_map(|line| line.split_once("Collected : "));
    collected.and_then(|(_, number)| number.trim().parse().ok()).expect("a number of instructions")
}
