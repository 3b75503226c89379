//! The pages a person sees: consent and refusal. Plain HTML, no script, no outside resource.

use super::consent::Wish;
use crate::options::Provider;
use crate::world::World;

const STYLE: &str = "
:root { color-scheme: light dark; --line: #8a8f98; --accent: #0b57d0; --ink: #fff }
@media (prefers-color-scheme: dark) { :root { --accent: #a8c7fa; --ink: #062e6f } }
* { box-sizing: border-box }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 34rem; padding: 1rem }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 1rem 0 .5rem }
code { font-size: .9rem; overflow-wrap: anywhere }
ul { padding-left: 1.25rem }
fieldset { border: 1px solid var(--line); border-radius: .5rem; margin: 1rem 0;
  padding: .5rem .75rem }
legend { font-weight: 600; padding: 0 .25rem }
.person { align-items: center; display: flex; gap: .6rem; min-height: 2.75rem }
.person input { flex: none; height: 1.25rem; margin: 0; width: 1.25rem }
.person span { overflow-wrap: anywhere }
small { color: #5f6368; display: block }
@media (prefers-color-scheme: dark) { small { color: #bdc1c6 } }
.buttons { display: flex; flex-wrap: wrap; gap: .75rem }
button { border: 1px solid var(--accent); border-radius: .5rem; cursor: pointer; flex: 1 1 8rem;
  font: inherit; font-weight: 600; min-height: 2.75rem; padding: .5rem 1rem }
#allow { background: var(--accent); color: var(--ink) }
#deny { background: transparent; color: inherit }
:focus-visible { outline: 3px solid #f9ab00; outline-offset: 2px }
";

fn frame(title: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

/// The consent page. The original query travels in hidden fields, so the form needs no session.
pub fn consent(
    world: &World,
    provider: Provider,
    wish: &Wish,
    query: &[(String, String)],
) -> String {
    let brand = match provider {
        Provider::Zoom => "Zoom",
        Provider::Webex => "Webex",
    };
    let name = if wish.app.name.is_empty() { &wish.app.client_id } else { &wish.app.name };
    let name = escape(name);
    let mut body = format!(
        "<p><small>{brand} (sandbox)</small></p>\n\
         <h1>{name} wants to use your {brand} account</h1>\n\
         <p>It asks for:</p>\n<ul>\n"
    );
    for scope in &wish.scopes {
        body += &format!("<li><code>{}</code></li>\n", escape(scope));
    }
    body += "</ul>\n<form method=\"post\">\n";
    for (field, value) in query.iter().filter(|(field, _)| field != "user" && field != "decision") {
        let (field, value) = (escape(field), escape(value));
        body += &format!("<input type=\"hidden\" name=\"{field}\" value=\"{value}\">\n");
    }
    body += "<fieldset>\n<legend>Sign in as</legend>\n";
    for (number, person) in world.people.iter().enumerate() {
        let (email, display) = (escape(&person.user.email), escape(&person.user.display_name));
        let checked = if number == 0 { " checked" } else { "" };
        body += &format!(
            "<label class=\"person\" for=\"user-{number}\"><input type=\"radio\" name=\"user\" \
             id=\"user-{number}\" value=\"{email}\"{checked}>\
             <span>{display}<small>{email}</small></span></label>\n"
        );
    }
    body += "</fieldset>\n<div class=\"buttons\">\n\
             <button id=\"allow\" name=\"decision\" value=\"allow\">Allow</button>\n\
             <button id=\"deny\" name=\"decision\" value=\"deny\">Deny</button>\n\
             </div>\n</form>\n";
    frame(&format!("{name} – {brand}"), &body)
}

/// A page that ends the flow.
pub fn error(text: &str) -> String {
    let text = escape(text);
    frame("Authorization refused", &format!("<h1>Authorization refused</h1>\n<p>{text}</p>\n"))
}

/// A page with a heading and lines below it.
pub fn plain(title: &str, lines: &[String]) -> String {
    let title = escape(title);
    let lines: String = lines.iter().map(|line| format!("<p>{}</p>\n", escape(line))).collect();
    frame(&title, &format!("<h1>{title}</h1>\n{lines}"))
}

/// Text within HTML.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
