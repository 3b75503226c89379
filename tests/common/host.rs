//! Programs of `tests/c` as foreign hosts of the library.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use tempfile::TempDir;

use super::{World, library_path, root};

/// A compiled program.
pub struct Host {
    program: PathBuf,
    _folder: TempDir,
}

impl Host {
    /// Compiles a program of this name with what all of them share. Its own definitions of the C
    /// library's functions come before those of the C library, also for the library under test.
    pub fn build(name: &str) -> Host {
        let sources = root().join("tests/c");
        let library = library_path();
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join(name);
        let mut gcc = Command::new("gcc");
        gcc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", "-O1"]);
        gcc.args(["-D_GNU_SOURCE", "-pthread", "-rdynamic", "-I"]).arg(root().join("include"));
        gcc.arg(sources.join(format!("{name}.c"))).arg(sources.join("support.c"));
        // What loads the library by hand must not have it before.
        if fs::read_to_string(sources.join(format!("{name}.c"))).unwrap().contains("LINKED_LIBRARY")
        {
            let folder = library.parent().expect("a file is in a folder");
            // Not a RUNPATH: cargo's LD_LIBRARY_PATH, which may lead to another build, would go
            // first.
            gcc.arg(&library).arg("-Wl,--disable-new-dtags");
            gcc.arg(format!("-Wl,-rpath,{}", folder.display()));
        }
        let output = gcc.arg("-ldl").arg("-o").arg(&program).output();
        let output = output.unwrap_or_else(|error| panic!("gcc: {error}; `make test` installs it"));
        assert!(output.status.success(), "{}", text(&output.stderr));
        Host { program, _folder: folder }
    }

    /// The program in a world: with its settings, its sandbox's port, and these arguments.
    pub fn command<A: AsRef<OsStr>>(&self, world: &World, arguments: &[A]) -> Command {
        let settings = world.path("settings.json");
        fs::write(&settings, world.settings.to_string()).unwrap();
        let port = world.sandbox.url().rsplit_once(':').expect("a port").1.to_owned();
        let mut command = Command::new(&self.program);
        command.arg(settings).arg(port).args(arguments).env_remove("MEETBRIDGE_SETTINGS");
        command
    }

    /// Runs to its end, which must be good, and gives what was printed.
    pub fn run<A: AsRef<OsStr>>(&self, world: &World, arguments: &[A]) -> String {
        ended_well(self.command(world, arguments).output().unwrap())
    }
}

/// What a program printed that must have ended well.
#[track_caller]
pub fn ended_well(output: Output) -> String {
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{out}\n{errors}", output.status);
    out
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
