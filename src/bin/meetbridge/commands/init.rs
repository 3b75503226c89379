//! The first files of an installation.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use meetbridge::administration::{create_file, create_key};
use serde_json::{Value, json};

use crate::arguments::{Common, Init};
use crate::output::{Outcome, Output, Trouble};
use crate::session;
use crate::words::Words;
use crate::wrap::{indented, wrap};

/// Where OnTime's servlet takes callbacks, for who has not said where his does.
const EXAMPLE_URL: &str = "https://mail1.example.com/servlet/ontimegc/oauth/v1";

/// Files beside the settings.
struct Files {
    settings: PathBuf,
    key: PathBuf,
    store: PathBuf,
    log: PathBuf,
    zoom_secret: PathBuf,
    webex_secret: PathBuf,
}

pub fn init(common: &Common, init: &Init, output: &Output) -> Outcome {
    let words = &output.words;
    let files = files(common, words)?;
    for file in [&files.settings, &files.key, &files.store] {
        if let Some(trouble) = is_taken(file, words) {
            return Err(trouble);
        }
    }
    // Somebody else may do the same at this moment.
    let taken = |file: &Path, failure| is_taken(file, words).unwrap_or(Trouble::Library(failure));
    create_key(&files.key, words.language).map_err(|failure| taken(&files.key, failure))?;
    let text = settings(&files, init, words);
    create_file(&files.settings, &text, words.language).map_err(|failure| {
        // Nothing is sealed with it, and the next try would stumble over it.
        drop(fs::remove_file(&files.key));
        taken(&files.settings, failure)
    })?;
    let shown = |file: &Path| file.display().to_string();
    let (settings, key) = (shown(&files.settings), shown(&files.key));
    if output.is_json {
        output.print(
            &json!({ "settings": settings, "key": key, "store": shown(&files.store) }).to_string(),
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let values = [("settings", settings.as_str()), ("key", key.as_str())];
    output.print(&indented(&words.say("init-made", &values), 0))?;
    for step in ["register", "settings", "doctor", "copy", "host"] {
        let text = words.say(&format!("init-next-{step}"), &values);
        output.print(&wrap(&format!("- {text}"), 78).join("\n  "))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn is_taken(file: &Path, words: &Words) -> Option<Trouble> {
    fs::symlink_metadata(file).ok()?;
    let file = file.display().to_string();
    Some(Trouble::Told(words.say("init-exists", &[("file", &file)])))
}

fn files(common: &Common, words: &Words) -> Outcome<Files> {
    let given = session::settings(common)?.or_else(|| {
        let named = std::env::var("MEETBRIDGE_SETTINGS").ok();
        named.filter(|file| !file.is_empty())
    });
    let nowhere = || Trouble::Usage(words.text("init-where"));
    let settings = std::path::absolute(given.ok_or_else(nowhere)?).map_err(|_| nowhere())?;
    let folder = settings.parent().ok_or_else(nowhere)?;
    Ok(Files {
        key: folder.join("meetbridge.key"),
        store: folder.join("meetbridge.db"),
        log: folder.join("meetbridge.log"),
        zoom_secret: folder.join("zoom.secret"),
        webex_secret: folder.join("webex.secret"),
        settings,
    })
}

/// The settings with an explanation of each member: those that an administrator has to decide on
/// as comments, so that the file can be read as it is.
fn settings(files: &Files, init: &Init, words: &Words) -> String {
    let text = |value: &str| Value::from(value).to_string();
    let path = |file: &Path| text(&file.display().to_string());
    let explain = |indent: &str, id: &str| {
        let lines = wrap(&words.text(id), 76 - indent.len());
        lines.iter().map(|line| format!("{indent}// {line}\n")).collect::<String>()
    };
    let own = init.redirect_urls.first().map_or(EXAMPLE_URL, String::as_str);
    let all = match init.redirect_urls.as_slice() {
        [] => text(own),
        urls => urls.iter().map(|url| text(url)).collect::<Vec<_>>().join(", "),
    };
    let app = |provider: &str, secret: &Path| {
        [
            "{".to_owned(),
            format!("  \"provider\": \"{provider}\","),
            "  \"client_id\": \"\",".to_owned(),
            format!("  \"client_secret\": {{ \"file\": {} }},", path(secret)),
            format!("  \"redirect_urls\": [{all}]"),
            "}".to_owned(),
        ]
        .map(|line| format!("    // {line}\n"))
        .concat()
    };
    // The provider sends users to an address that is this server's, not to an example.
    let slashes = if init.redirect_urls.is_empty() { "// " } else { "" };
    [
        "{\n".to_owned(),
        explain("  ", "settings-intro"),
        "\n".to_owned(),
        explain("  ", "settings-apps"),
        "  \"apps\": [\n".to_owned(),
        app("zoom", &files.zoom_secret),
        "    // ,\n".to_owned(),
        app("webex", &files.webex_secret),
        "  ],\n\n".to_owned(),
        explain("  ", "settings-redirect-url"),
        format!("  {slashes}\"redirect_url\": {},\n\n", text(own)),
        explain("  ", "settings-store"),
        format!("  \"store\": {{ \"sqlite\": {} }},\n\n", path(&files.store)),
        explain("  ", "settings-key"),
        format!("  \"key\": {{ \"file\": {} }},\n\n", path(&files.key)),
        explain("  ", "settings-log"),
        format!("  \"log\": {{ \"file\": {}, \"level\": \"info\" }},\n\n", path(&files.log)),
        explain("  ", "settings-http"),
        "  \"http\": { \"timeout_seconds\": 20, \"proxy\": null, \"ca_file\": null },\n\n"
            .to_owned(),
        explain("  ", "settings-language"),
        format!("  \"language\": \"{}\"\n", words.language.tag()),
        "}\n".to_owned(),
    ]
    .concat()
}
