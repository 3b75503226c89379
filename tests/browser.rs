//! The sample host with a real browser: a person reads the consent page, chooses, and comes back.
//!
//! Chromium is driven through chromedriver's own protocol (https://www.w3.org/TR/webdriver2/).

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use common::host::{compile, gcc, link};
use common::{KEN, World, http_client, library_path, root};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long anything may take that a person would wait for.
const LIMIT: Duration = Duration::from_secs(60);

const PROVIDERS: [(&str, &str); 2] = [("zoom", "Zoom"), ("webex", "Webex")];

/// A program and the lines that it prints. Ended with its owner.
struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    fn start(command: &mut Command) -> Program {
        let name = command.get_program().to_owned();
        let started = command.stdout(Stdio::piped()).spawn();
        let hint = "`make test` installs what is needed";
        let mut child =
            started.unwrap_or_else(|error| panic!("{}: {error}; {hint}", name.display()));
        let output = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Program { child, lines }
    }

    /// The next line that has this in it.
    fn line_with(&self, what: &str) -> String {
        let end = Instant::now() + LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(what) => return line,
                Ok(_) => (),
                Err(error) => panic!("no line with {what:?}: {error}"),
            }
        }
    }

    fn wait(&mut self) -> ExitStatus {
        let mut ended = None;
        wait_until("the program ends", || {
            ended = self.child.try_wait().expect("it is our child");
            ended.is_some()
        });
        ended.expect("it has ended")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < end, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A browser with one window and a profile of its own.
struct Browser {
    session: String,
    client: reqwest::blocking::Client,
    // Ended before its profile is deleted.
    _driver: Program,
    _profile: TempDir,
}

impl Browser {
    fn start() -> Browser {
        let profile = tempfile::tempdir().unwrap();
        let driver = Program::start(Command::new("chromedriver").arg("--port=0"));
        let line = driver.line_with("started successfully on port");
        let port = line.trim_end_matches('.').rsplit(' ').next().expect("a port").to_owned();
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            &format!("--user-data-dir={}", profile.path().display()),
        ];
        let client = http_client();
        let mut browser = Browser {
            session: format!("http://127.0.0.1:{port}/session"),
            client,
            _driver: driver,
            _profile: profile,
        };
        let options = json!({"goog:chromeOptions": {"args": arguments}});
        let wanted = json!({"capabilities": {"alwaysMatch": options}});
        let made = browser.ask("", &wanted).expect("chromium starts; `make test` installs it");
        let id = made["sessionId"].as_str().expect("a session");
        browser.session = format!("{}/{id}", browser.session);
        browser
    }

    /// One command; an error is the driver's own.
    fn ask(&self, path: &str, body: &Value) -> Result<Value, String> {
        let request = self.client.post(format!("{}{path}", self.session)).timeout(LIMIT);
        let request = request.header("content-type", "application/json").body(body.to_string());
        let response = request.send().map_err(|error| error.to_string())?;
        let good = response.status().is_success();
        let text = response.text().map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
        if good { Ok(answer["value"].take()) } else { Err(text) }
    }

    fn open(&self, url: &str) {
        self.ask("/url", &json!({"url": url})).expect("the page opens");
    }

    fn run(&self, script: &str) -> Result<Value, String> {
        self.ask("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// What a person reads on the page; empty while it is being loaded.
    fn text(&self) -> String {
        let text = self.run("return document.body.innerText").unwrap_or_default();
        text.as_str().unwrap_or_default().to_owned()
    }

    fn address(&self) -> String {
        let address = self.run("return location.href").unwrap_or_default();
        address.as_str().unwrap_or_default().to_owned()
    }

    /// A click of the mouse at the middle of the element, which must be visible.
    fn click(&self, selector: &str) {
        let wish = json!({"using": "css selector", "value": selector});
        let found = self.ask("/element", &wish).expect("it is on the page");
        let id = found.as_object().and_then(|found| found.values().next()).expect("an element");
        let path = format!("/element/{}/click", id.as_str().expect("a text"));
        self.ask(&path, &json!({})).unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics});
        self.ask("/goog/cdp/execute", &command).expect("chromium takes a size");
    }

    /// Keeps a picture for people, in the target folder.
    fn picture(&self, name: &str) {
        let shot = json!({"cmd": "Page.captureScreenshot", "params": {}});
        let shot = self.ask("/goog/cdp/execute", &shot).expect("a picture");
        let data = shot["data"].as_str().expect("a text");
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        use base64::Engine;
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).expect("base64");
        fs::write(&path, bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends its browser with the session; killed, it would leave it behind.
        let _ = self.client.delete(&self.session).timeout(LIMIT).send();
    }
}

/// The sample host, waiting for a callback.
struct Host {
    program: Program,
    callback: String,
    _folder: TempDir,
}

impl Host {
    fn start(world: &mut World) -> Host {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("c-host");
        let mut gcc = gcc("gcc");
        gcc.arg("-o").arg(&program).arg(root().join("samples/c-host/main.c"));
        link(&mut gcc, &library_path());
        compile(&mut gcc);

        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let callback = format!("http://127.0.0.1:{port}/callback");
        for app in world.settings["apps"].as_array_mut().unwrap() {
            app["redirect_urls"] = json!([callback]);
        }
        let settings = world.path("settings.json");
        fs::write(&settings, world.settings.to_string()).unwrap();
        let mut host = Command::new(program);
        host.arg(settings).args([KEN, &port.to_string()]).stderr(Stdio::piped());
        Host { program: Program::start(&mut host), callback, _folder: folder }
    }

    fn errors(&mut self) -> String {
        let mut text = String::new();
        let errors = self.program.child.stderr.as_mut().expect("it is a pipe");
        errors.read_to_string(&mut text).unwrap();
        text
    }
}

/// Looks at the consent page as a person would, on a telephone and on a desk.
fn look_at_the_page(browser: &Browser, provider: &str, brand: &str) {
    for (width, height) in [(360, 800), (1200, 800)] {
        browser.resize(width, height);
        let wide = browser.run("return document.documentElement.scrollWidth").unwrap();
        assert!(wide.as_u64() <= Some(width.into()), "{provider}: {wide} px do not fit {width}");
        let small = "return [...document.querySelectorAll('button, label.person')]
            .filter(e => e.getBoundingClientRect().height < 44).length";
        assert_eq!(browser.run(small).unwrap(), 0, "{provider}: too small for a finger");
        browser.picture(&format!("consent-{provider}-{width}.png"));
    }
    let text = browser.text();
    for part in [brand, "wants to use", "Anna Berg", KEN, "Allow", "Deny"] {
        assert!(text.contains(part), "{provider}: {part:?} is not in {text}");
    }
}

#[test]
fn a_person_allows_and_gets_meetings() {
    let mut world = World::new();
    let mut host = Host::start(&mut world);
    let browser = Browser::start();
    let mut links = Vec::new();
    for (provider, brand) in PROVIDERS {
        let address = host.program.line_with("authorize?");
        browser.open(&address);
        look_at_the_page(&browser, provider, brand);
        browser.click(&format!("label:has(input[value='{KEN}'])"));
        browser.click("#allow");
        wait_until("the host thanks", || browser.text().contains("Done"));
        assert!(browser.address().starts_with(&host.callback), "{}", browser.address());
        let line = host.program.line_with("join link: ");
        assert!(line.starts_with(provider), "{line}");
        links.push(line.rsplit(' ').next().expect("an address").to_owned());
    }
    assert!(host.program.wait().success(), "{}", host.errors());

    for (link, (provider, _)) in links.iter().zip(PROVIDERS) {
        browser.open(link);
        let text = browser.text();
        assert!(text.contains("Weekly planning"), "{provider}: {text}");
        // Who was chosen, not who is first on the page.
        assert!(text.contains("佐藤 健"), "{provider}: {text}");
    }
}

#[test]
fn a_person_denies_and_the_host_is_told() {
    let mut world = World::new();
    let mut host = Host::start(&mut world);
    let browser = Browser::start();
    browser.open(&host.program.line_with("authorize?"));
    browser.click("#deny");
    wait_until("the host answers", || browser.address().starts_with(&host.callback));
    assert!(!host.program.wait().success());
    let errors = host.errors();
    assert!(errors.contains("ACCESS_DENIED"), "{errors}");
}
