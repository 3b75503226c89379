//! What a transport leaves alone in its process: the environment, threads, stacks.

use super::*;

conformance! {
    the_environment_is_not_asked
}

/// Says that this process is one that [`in_child`] started.
const CHILD: &str = "MEETBRIDGE_TEST_URL";

/// Runs a test of this module again in a process of its own, with these variables set.
fn in_child(test: &str, url: String, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("{}::{test}", module_path!().split_once("::").unwrap().1)])
        .args(["--nocapture", "--test-threads=1"])
        .env(CHILD, url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{output:?}");
}

fn the_environment_is_not_asked(client: Client) {
    if let Ok(url) = std::env::var(CHILD) {
        assert_eq!(get(&*open(client), &url).unwrap().into_body(), b"hello");
        return;
    }
    let server = Server::plain(answering("hello"));
    let nobody = format!("http://{}", refusing());
    let names =
        ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let module = if client == Client::Ureq { "on_ureq" } else { "on_reqwest" };
    in_child(
        &format!("{module}::the_environment_is_not_asked"),
        server.http("/"),
        &names.map(|name| (name, nobody.as_str())),
    );
}

/// The transport must create no thread, not even for a moment. In a process of its own, where
/// nobody else does; the server stays here. There no thread of the usual size can be created at
/// all, and one that is on the watch looks for others.
#[test]
fn ureq_creates_no_thread() {
    let Ok(url) = std::env::var(CHILD) else {
        let server = Server::plain(answering("hello"));
        let impossible = [("RUST_MIN_STACK", "1125899906842624")];
        return in_child("ureq_creates_no_thread", server.http("/"), &impossible);
    };
    assert!(thread::Builder::new().spawn(|| ()).is_err());
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let (ready, watching) = mpsc::channel();
    let watch = move || {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        let before = threads();
        ready.send(()).unwrap();
        while !stopped.load(Ordering::SeqCst) {
            assert_eq!(threads(), before, "a thread was created");
        }
    };
    let watcher = thread::Builder::new().stack_size(256 * 1024).spawn(watch).unwrap();
    watching.recv().unwrap();
    let transport = open(Client::Ureq);
    let named = url.replace("127.0.0.1", "localhost");
    for _ in 0..200 {
        get(&*transport, &url).unwrap();
        get(&*transport, &named).unwrap();
    }
    // Each of these resolves and connects anew.
    for _ in 0..20 {
        get(&*transport, "http://does-not-exist.invalid/").unwrap_err();
        get(&*transport, &format!("http://{}/", refusing())).unwrap_err();
    }
    stop.store(true, Ordering::SeqCst);
    watcher.join().unwrap();
}

/// Domino's threads may be this small.
#[test]
fn a_small_stack_is_enough_for_tls() {
    let authority = Authority::new();
    let server = Server::tls(authority.server("localhost"), answering("hello"));
    thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || {
            let transport = open_trusting(Client::Ureq, &authority);
            let url = format!("https://localhost:{}/", server.address.port());
            assert_eq!(post(&*transport, &url, "x".repeat(50_000)).unwrap().body(), b"hello");
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn options_show_no_credentials() {
    let proxy = Some("http://user:secret@proxy:3128".to_owned());
    let shown = format!("{:?}", Options { proxy, ..Options::default() });
    assert!(shown.contains("proxy:3128") && !shown.contains("secret"), "{shown}");
}
