//! What can be said on the command line. The words that explain it are in `locales/command/`.

use clap::builder::PossibleValuesParser;
use clap::{ArgAction, Args, Parser, Subcommand, value_parser};
use meetbridge::administration::{Language, kinds, providers};
use url::Url;

#[derive(Parser)]
#[command(
    name = "meetbridge",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args)]
pub struct Common {
    #[arg(long, global = true, value_name = "FILE")]
    pub settings: Option<String>,
    #[arg(long, global = true, value_name = "en|ja")]
    #[arg(value_parser = languages(), hide_possible_values = true)]
    pub language: Option<String>,
    #[arg(long, global = true)]
    pub json: bool,
    #[arg(long, global = true, value_name = "NAME")]
    pub acting_user: Option<String>,
    #[arg(long, global = true, value_name = "SECONDS", allow_negative_numbers = true)]
    #[arg(value_parser = value_parser!(u64).range(1..=300))]
    pub timeout: Option<u64>,
    #[arg(short, long, global = true, action = ArgAction::HelpShort)]
    help: Option<bool>,
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

fn languages() -> PossibleValuesParser {
    PossibleValuesParser::new(Language::ALL.map(Language::tag))
}

fn known_providers() -> PossibleValuesParser {
    PossibleValuesParser::new(providers())
}

fn known_kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(kinds())
}

/// An address to which a provider can send a browser.
fn address(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
    url.map(|_| text.to_owned()).ok_or("no address of a page")
}

#[derive(Subcommand)]
pub enum Command {
    Init(Init),
    Register(Register),
    Doctor(Doctor),
    Authorize(Authorize),
    Users(Part),
    Create(Create),
    List(List),
    Revoke(Revoke),
    Rename(Rename),
    Forget(Forget),
    RotateKey,
    Maintain(Maintain),
    Audit(Part),
}

#[derive(Args)]
pub struct Init {
    #[arg(long = "redirect-url", value_name = "URL", value_parser = address)]
    pub redirect_urls: Vec<String>,
}

#[derive(Args)]
pub struct Register {
    #[arg(value_name = "PROVIDER", value_parser = known_providers(), hide_possible_values = true)]
    pub provider: String,
    #[arg(long, value_name = "user|account|server")]
    #[arg(value_parser = known_kinds(), hide_possible_values = true)]
    pub kind: Option<String>,
    #[arg(long, value_name = "CLIENT_ID")]
    pub app: Option<String>,
    #[arg(long = "redirect-url", value_name = "URL", value_parser = address)]
    pub redirect_urls: Vec<String>,
    #[arg(long, value_name = "URL", value_parser = address)]
    pub webhook_url: Option<String>,
}

#[derive(Args)]
pub struct Doctor {
    #[arg(long)]
    pub ignore_warnings: bool,
}

#[derive(Args)]
pub struct Authorize {
    #[arg(value_name = "USER")]
    pub user: String,
    #[arg(long, value_name = "PROVIDER", required_unless_present = "callback")]
    #[arg(value_parser = known_providers(), hide_possible_values = true)]
    pub provider: Option<String>,
    #[arg(long, value_name = "URL")]
    pub callback: Option<String>,
    #[arg(long = "redirect-url", value_name = "URL", conflicts_with = "callback")]
    pub own_redirect: Option<String>,
    #[arg(long, value_name = "CLIENT_ID", conflicts_with = "callback")]
    pub app: Option<String>,
}

/// Which part of a list.
#[derive(Args)]
pub struct Part {
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    #[arg(value_parser = value_parser!(u32).range(1..=300))]
    pub page_size: Option<u32>,
    #[arg(long, value_name = "NEXT")]
    pub next: Option<String>,
}

/// Whose meetings, where.
#[derive(Args)]
pub struct Whose {
    #[arg(value_name = "USER")]
    pub user: String,
    #[arg(long, value_name = "PROVIDER")]
    #[arg(value_parser = known_providers(), hide_possible_values = true)]
    pub provider: String,
    #[arg(long, value_name = "CLIENT_ID")]
    pub app: Option<String>,
}

#[derive(Args)]
pub struct Create {
    #[command(flatten)]
    pub whose: Whose,
    #[arg(long, value_name = "FILE", conflicts_with_all =
        ["topic", "start", "time_zone", "duration", "reference"])]
    pub meeting: Option<String>,
    #[arg(long, value_name = "TEXT")]
    pub topic: Option<String>,
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    #[arg(long, value_name = "ZONE")]
    pub time_zone: Option<String>,
    #[arg(long, value_name = "MINUTES", allow_negative_numbers = true)]
    #[arg(value_parser = value_parser!(u32).range(1..))]
    pub duration: Option<u32>,
    #[arg(long, value_name = "KEY")]
    pub reference: Option<String>,
    #[arg(long)]
    pub best_effort: bool,
}

#[derive(Args)]
pub struct List {
    #[command(flatten)]
    pub whose: Whose,
    #[command(flatten)]
    pub part: Part,
    #[arg(long, value_name = "ADDRESS")]
    pub host_email: Option<String>,
}

#[derive(Args)]
pub struct Revoke {
    #[command(flatten)]
    pub whose: Whose,
    #[arg(long)]
    pub ignore_missing: bool,
}

#[derive(Args)]
pub struct Rename {
    #[arg(value_name = "OLD")]
    pub old_user: String,
    #[arg(value_name = "NEW")]
    pub new_user: String,
}

#[derive(Args)]
pub struct Forget {
    #[arg(value_name = "USER")]
    pub user: String,
    #[arg(long)]
    pub ignore_missing: bool,
}

#[derive(Args)]
pub struct Maintain {
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    #[arg(value_parser = value_parser!(u64).range(1..=3600))]
    pub budget: Option<u64>,
}
