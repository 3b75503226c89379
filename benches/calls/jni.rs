//! What the Java door costs above the C door, by the benchmark of `bindings/java`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::figures::Figures;
use crate::work::{Work, target};

pub fn figures(work: &Work, figures: &mut Figures) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/java/bench.sh");
    let mut command = Command::new(script);
    command.arg(&work.library).arg(target().join("debug/meetbridge-sandbox"));
    let output = command.stderr(Stdio::inherit()).output().expect("a shell");
    assert!(output.status.success(), "the Java door's benchmark has failed");
    let text = String::from_utf8_lossy(&output.stdout);
    for line in text.lines().filter_map(|line| line.strip_prefix("figure ")) {
        let (name, value) = line.split_once(' ').expect("a name and a value");
        if name.ends_with("_ns") {
            figures.put(name, value.parse().expect("a number"));
        }
    }
}
