//! The command line, explained in the reader's language.

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::error::{ContextKind, Error, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};

use crate::arguments::Arguments;
use crate::output::{FAILED, USAGE};
use crate::words::Words;
use crate::wrap::{COLUMNS, indented, wrap};

/// How far clap indents what an argument means, and what a command does.
const ARGUMENT_INDENT: usize = 10;
const COMMAND_INDENT: usize = 14;

/// Reads the command line; else the code with which to end, after help or an error was shown.
pub fn parse(given: Vec<OsString>, words: &Words) -> Result<Arguments, ExitCode> {
    let command = command(words);
    let named = given.iter().skip(1).filter_map(|word| command.find_subcommand(word));
    let named = named.map(|it| it.get_name().to_owned()).next();
    let matches = command.try_get_matches_from(given);
    let parsed = matches.and_then(|matches| Arguments::from_arg_matches(&matches));
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            match write!(std::io::stdout(), "{}", error.render()) {
                // Nobody reads on, as with `| head`: no failure.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                    let _ = writeln!(std::io::stderr(), "{error}");
                    ExitCode::from(FAILED)
                }
                _ => ExitCode::SUCCESS,
            }
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = write!(std::io::stderr(), "{}", error.render());
            ExitCode::from(USAGE)
        }
        _ => {
            let more = words.say("usage-more", &[("command", &called(named.as_deref()))]);
            let text = format!("{}\n{more}", refusal(&error, words));
            let _ = writeln!(std::io::stderr(), "{}", indented(&text, 0));
            ExitCode::from(USAGE)
        }
    })
}

/// How the command is called whose help tells more.
pub fn called(subcommand: Option<&str>) -> String {
    ["meetbridge"].into_iter().chain(subcommand).collect::<Vec<_>>().join(" ")
}

/// The whole command with its words.
fn command(words: &Words) -> Command {
    let command = described(Arguments::command(), words);
    // Clap's own wrapping knows only spaces.
    command.term_width(0)
}

fn described(mut command: Command, words: &Words) -> Command {
    let name = command.get_name().to_owned();
    let lines = |text: String, indent: usize| wrap(&text, COLUMNS - indent).join("\n");
    let is_root = command.has_subcommands();
    let arguments: Vec<_> = command.get_arguments().map(|it| it.get_id().to_string()).collect();
    for (order, id) in arguments.into_iter().enumerate() {
        command = command.mut_arg(&id, |argument| {
            let heading = match argument.is_positional() {
                true => "arguments",
                false if is_root || argument.is_global_set() => "common",
                false => "options",
            };
            argument
                .help(lines(words.text(&format!("arg-{id}")), ARGUMENT_INDENT))
                .help_heading(words.text(&format!("heading-{heading}")))
                .display_order(order)
                .next_line_help(true)
        });
    }
    let subcommands: Vec<_> =
        command.get_subcommands().map(|it| it.get_name().to_owned()).collect();
    for name in subcommands {
        command = command.mut_subcommand(name, |subcommand| described(subcommand, words));
    }
    let template = format!(
        "{{about}}\n\n{}\n  {{usage}}\n\n{{all-args}}{{after-help}}\n",
        words.text("heading-usage")
    );
    command
        .about(lines(words.text(&format!("cmd-{name}")), COMMAND_INDENT))
        .after_help(lines(words.text(&format!("more-{name}")), 0))
        .subcommand_help_heading(words.text("heading-commands"))
        .help_template(template)
}

/// What is wrong with a command line.
fn refusal(error: &Error, words: &Words) -> String {
    let get = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let argument = get(ContextKind::InvalidArg);
    let say = |id: &str, more: &[(&str, &str)]| {
        words.say(id, &[&[("argument", argument.as_str())], more].concat())
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            words.say("usage-command", &[("command", &get(ContextKind::InvalidSubcommand))])
        }
        ErrorKind::UnknownArgument => say("usage-unknown", &[]),
        ErrorKind::MissingRequiredArgument => say("usage-missing", &[]),
        ErrorKind::ArgumentConflict => match get(ContextKind::PriorArg) {
            other if other.is_empty() || other == argument => say("usage-twice", &[]),
            other => say("usage-conflict", &[("other", &other)]),
        },
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            match get(ContextKind::InvalidValue) {
                value if value.is_empty() => say("usage-no-value", &[]),
                value => match get(ContextKind::ValidValue) {
                    known if known.is_empty() => say("usage-value", &[("value", &value)]),
                    known => say("usage-value-of", &[("value", &value), ("known", &known)]),
                },
            }
        }
        ErrorKind::InvalidUtf8 => words.text("usage-unicode"),
        // None that this command line can have.
        kind => kind.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use meetbridge::administration::Language;

    use super::*;

    #[test]
    fn everything_has_its_words() {
        for language in Language::ALL {
            command(&Words::new(language)).debug_assert();
        }
    }
}
