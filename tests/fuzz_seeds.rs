//! The fuzz targets' own seeds, and what fuzzing once found, without a fuzzer: every input is run,
//! and each of them as it is with a piece cut off, doubled or changed.

use std::fs;
use std::path::PathBuf;

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

fn inputs(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let mut inputs = Vec::new();
    for kind in ["seeds", "regressions"] {
        let Ok(folder) = fs::read_dir(root.join(kind).join(target)) else { continue };
        for file in folder {
            let path = file.unwrap().path();
            inputs.push((path.clone(), fs::read(&path).unwrap()));
        }
    }
    inputs
}

/// A few inputs that are nearly this one.
fn variants(input: &[u8]) -> Vec<Vec<u8>> {
    let middle = input.len() / 2;
    let mut changed = input.to_vec();
    if let Some(byte) = changed.get_mut(middle) {
        *byte ^= 0x20;
    }
    let doubled = [&input[..middle], input].concat();
    vec![input.to_vec(), input[..middle].to_vec(), input[middle..].to_vec(), changed, doubled]
}

#[test]
fn seeds_and_what_was_once_found_run() {
    let folder = tempfile::tempdir().unwrap();
    for (name, run) in fuzz::TARGETS {
        let mut count = 0;
        for (path, input) in inputs(name) {
            for variant in variants(&input) {
                // What a panic leaves behind says which input it was.
                fs::write(folder.path().join(name), &variant).unwrap();
                println!("{name}: {}", path.display());
                run(&variant);
                count += 1;
            }
        }
        assert!(count > 0, "{name} has no seeds");
    }
}
