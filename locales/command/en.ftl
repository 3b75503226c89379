# The command `meetbridge`: help, usage errors, answers, sheets for the providers' portals.

heading-usage = Usage:
heading-commands = Commands
heading-arguments = Arguments
heading-options = Options
heading-common = Common options

cmd-meetbridge = Looks after an installation of Meetbridge.
cmd-init = Makes a key and a settings file with comments
cmd-register = Says what to enter in a provider's portal
cmd-doctor = Says what is wrong, and what to do about it
cmd-authorize = Connects a user's account at a provider
cmd-users = Lists the users and how their authorizations stand
cmd-create = Creates a meeting for a user
cmd-list = Lists a user's meetings
cmd-revoke = Ends a user's authorization
cmd-rename = Gives everything of a user to his new name
cmd-forget = Ends and deletes everything of a user who leaves
cmd-rotate-key = Seals the store with a new key
cmd-maintain = Does what is due: renews, purges, seals anew
cmd-audit = Tells who did what for whom

more-meetbridge = Exit codes: 0 done, 1 failed or a problem was found, 2 usage.
    Secrets are never taken from the command line and never printed.
    `meetbridge COMMAND --help` explains a command.
more-init = The files are made where --settings or MEETBRIDGE_SETTINGS says. Files that exist are never written over.
    Example: meetbridge init --settings /local/meetbridge/settings.json --redirect-url https://mail1.example.com/servlet/ontimegc/oauth/v1
more-register = The values come from the settings where there are any. A client secret is never shown.
    Example: meetbridge register zoom --kind account
more-doctor = Exit codes: 0 nothing was found, 1 a problem was found, 2 usage.
more-authorize = Without --callback the address is printed that the user opens in a browser; then paste the address at which the browser ended, even if that page shows an error. With --json the address is printed as a JSON string, and the command is called again with --callback.
    Example: meetbridge authorize "Anna Berg/HR/Acme" --provider zoom
more-users = Without --json all are listed; with it one page, after which --next goes on.
more-create = The meeting is spelled by options, or in a JSON document as hosts pass it (docs/documents.md).
    Example: meetbridge create "Anna Berg/HR/Acme" --provider zoom --topic Planning --start 2030-03-01T09:00:00 --time-zone Europe/Copenhagen --duration 30
more-list = Without --from the list begins now, and without --to it ends a year later. Without --json all are listed; with it one page, after which --next goes on.
more-revoke = The user's meetings stay. At Webex the user removes the integration himself.
more-rename = To be called for everybody who is renamed: who has nothing is no failure.
more-forget = The user's meetings stay at the provider, and so do the lines of the audit trail.
more-rotate-key = The first call makes a key and says how to name it in the settings. When it is the first of several there, the next call seals everything with it, and does what else housekeeping has to do. What is broken off goes on with the next call; the servers may go on working.
more-maintain = To be called about once an hour, here or by the host.
more-audit = Without --json all lines are listed; with it one page, after which --next goes on.

arg-settings = The settings' file. Otherwise the environment's MEETBRIDGE_SETTINGS
arg-language = In which language to speak. Otherwise that of LC_ALL, LC_MESSAGES or LANG
arg-json = Answer with the library's JSON and nothing else
arg-acting_user = Who acts, for the audit trail. Otherwise who is logged in
arg-timeout = How many seconds the call may take, 1 to 300. Otherwise as the settings say
arg-help = Show this help
arg-version = Show the version
arg-redirect_urls = Where the provider sends users back to, one for each server. May be given several times; the first is this server's own
arg-own_redirect = Where the provider sends the user back to. Otherwise this server's own address
arg-provider = zoom or webex
arg-kind = Who consents: each user, an administrator for the account, or nobody (server, at Zoom). Otherwise as the settings say
arg-app = The client ID of the app. Otherwise the first that fits
arg-webhook_url = Where the host takes notifications. Otherwise as the settings say
arg-ignore_warnings = Exit with 0 where there are only warnings
arg-user = The user's name as the host has it, for example "Anna Berg/HR/Acme"
arg-callback = The address at which the user's browser ended, with its code and state; - reads it from standard input
arg-from = Not before this time (RFC 3339, for example 2030-03-01T00:00:00Z)
arg-to = Before this time
arg-page_size = How many at a time, 1 to 300
arg-next = Go on after the page that gave this
arg-meeting = A file with the meeting as a JSON document; - is the standard input
arg-topic = What the meeting is about
arg-start = When it begins: 2030-03-01T09:00:00Z, or without the Z and with --time-zone
arg-time_zone = The time zone of --start: an IANA, Windows or Notes name
arg-duration = How many minutes it takes
arg-reference = The host's key of the calendar entry: the same key gives the same meeting
arg-best_effort = Do without what the provider cannot do
arg-host_email = Whose meetings, for an app of an administrator
arg-ignore_missing = It is no failure if there is nothing
arg-old_user = The user's name until now
arg-new_user = The user's new name
arg-budget = About how many seconds to work, 1 to 3600; 10 if not said

usage-more = `{ $command } --help` tells more.
usage-command = There is no command { $command }.
usage-unknown = { $argument } is not known here.
usage-missing = { $argument } is missing.
usage-twice = { $argument } is there twice.
usage-conflict = { $argument } and { $other } do not go together.
usage-no-value = { $argument } needs a value.
usage-value = { $argument } does not take { $value }.
usage-value-of = { $argument } does not take { $value }; it takes: { $known }.
usage-unicode = An argument is not Unicode.

unreadable = { $file } cannot be read: { $why }

init-where = Where? Name the settings' file with --settings or MEETBRIDGE_SETTINGS.
init-exists = { $file } exists and is left as it is. Nothing was made.
init-made = Made { $settings } and { $key }. Next:
init-next-register = Register an app: meetbridge register zoom, meetbridge register webex.
init-next-settings = Enter what the provider shows in { $settings }.
init-next-doctor = See that everything is right: meetbridge doctor --settings { $settings }
init-next-copy = Keep a copy of { $key } apart from the store: without it the store cannot be read, with both anybody can.
init-next-host = Name the settings to the host: MEETBRIDGE_SETTINGS={ $settings }

settings-intro = Settings of Meetbridge. Lines that begin with // are comments. Every member is described in docs/documents.md, "Settings".
settings-apps = The apps that are registered at the providers; `meetbridge register zoom` says how. Remove the slashes before the lines of an app, and before the comma if there are two, and enter the client ID. The secret goes into the file that is named, which only the server's user may read; or name a variable: "client_secret": { "{" } "env": "ZOOM_SECRET" { "}" }.
settings-redirect-url = This server's own address for callbacks; it must be among those of the apps.
settings-store = What remembers: a file, made when it does not exist. Several servers share "postgres": "postgresql://user:password@host/database" instead.
settings-key = What seals the store. Keep a copy of it apart from the store.
settings-log = What the library tells of its work: error, warn, info, debug or trace.
settings-http = How long a call may take, through which proxy, and whom TLS trusts beside the system's authorities.
settings-language = Of errors and reports: en or ja.

authorize-open = Open this address in a browser, signed in at the provider as { $user }:
authorize-paste = Then paste the address at which the browser ended, and press Enter:
authorize-later = No address was given. Call again with --callback within ten minutes.

field-user = User
field-provider = Provider
field-app = App
field-state = State
field-reason = Reason
field-account = Account
field-scopes = Scopes
field-topic = Topic
field-start = Start
field-time_zone = Time zone
field-duration_minutes = Minutes
field-id = Id
field-join_url = Join
field-host = Host
field-reference = Reference
field-warning = Warning

revoked = { $user } has no authorization at { $provider } any more.
renamed = What there was of { $old } now belongs to { $new }.
forgotten = Nothing of { $user } is stored any more.
create-untold = The meeting { $id } was created all the same.

severity-ok = ok
severity-warning = warning
severity-error = error
doctor-healthy = Everything is in order.
doctor-found = Errors: { $errors }. Warnings: { $warnings }.

maintain-complete = Everything that was due is done.
maintain-incomplete = Not everything is done; call again.
maintain-renewed = Authorizations renewed
maintain-failed = not renewed, to be tried again
maintain-ended = ended, to be given again
maintain-unserved = of apps that are not there any more
maintain-restored = Tokens restored
maintain-resealed = Rows sealed anew
maintain-purged-audit = Audit lines removed
maintain-webhooks-created = Webhooks created
maintain-due-renewals = Renewals still due
maintain-due-reseals = Rows still to be sealed anew

rotate-no-file = The key of the settings is in no file. Make a new key of 32 random bytes as base64, and list it first in "key", before the old one; then call this again.
rotate-made = Made a new key: { $new }. Copy it to every server and to where the copy of the old one is kept. The old one seals until the new one is listed first.
rotate-waits = Beside the old key lies a newer one that these settings do not name: { $new }. If it was made for them, copy it to every server and to where the copy of the old one is kept; the old one seals until the new one is listed first. If it is something else's, move it away and call this again.
rotate-second = 1. List it as the second in the settings of every server, and reload all:
rotate-first = 2. Then list it as the first everywhere, and reload all:
rotate-again = 3. Then call meetbridge rotate-key again.
rotate-stuck = It does not go on: { $count } rows are not sealed with the first key. What was done stays done.
rotate-inline = the first key of the settings
rotate-sealed = Rows sealed anew: { $count }. Everything is sealed with { $first }.
rotate-done = If that is the new key, wait ten minutes for users who are just authorizing; then list it alone, and reload all. Keep the old key as long as there are backups that need it.
rotate-nothing = There was nothing else to seal. If { $second } is the new key, list it first, reload all, and call this again.
rotate-not-yet = Keep the old key in the settings still: tokens wait beside it, or users' webhooks are to be renamed. Call meetbridge maintain until that is done.

value-on = On
value-off = Off

register-no-app = The settings have no app { $app } of this provider and kind.
register-redirect-url = https://YOUR-SERVER/servlet/ontimegc/oauth/v1
register-webhook-url = https://YOUR-SERVER/WHERE-THE-HOST-TAKES-NOTIFICATIONS
register-client-id = To be entered in the settings as "client_id".
register-secret = To be put where "client_secret" of the settings points. It is not shown here.
register-needed = Meetings are created, changed, deleted, read and listed with these.
register-optional = For single features; leave out what you do not want.
register-other = The settings ask for these too; the app must have them.
register-classic = Instead of those above, in apps that were made before Zoom had granular scopes.

scope-meeting-write-meeting = create meetings
scope-meeting-update-meeting = change meetings
scope-meeting-delete-meeting = delete meetings
scope-meeting-read-meeting = read a meeting
scope-meeting-read-list_meetings = list meetings
scope-meeting-read-invitation = address for room systems
scope-user-read-user = whose account it is
scope-meeting-write = create, change, delete
scope-meeting-read = read and list
scope-user-read = whose account it is
scope-meeting-schedules_read = read and list meetings
scope-meeting-schedules_write = create, change, delete
scope-spark-people_read = whose account it is

zoom-intro = Sign in at https://marketplace.zoom.us with the role "Zoom for developers" or as an administrator, in the account whose users are to be served. Develop > Build App > General App > Create. Use the credentials of the tab Development: an app of your own account stays there.
zoom-name = Users see it when they consent.
zoom-managed-user = Each user consents for himself.
zoom-managed-account = An administrator consents once for all; "kind": "account" in the settings.
zoom-strict = The allow list below names every address.
zoom-subdomain = Nobody is sent to another host of your domain.
zoom-allow-list = Every server's address, and the base of each.
zoom-secret-token = 1. Put it where "webhook_secret" of the settings points. 2. Reload the settings. Only then go on with the subscription: Zoom's validation is answered with this secret.
zoom-subscribe = Only if the host takes notifications. Add New Event Subscription, Webhook.
zoom-endpoint = Where the host passes notifications on to the library.
zoom-events = Leave out what the host does not want to know.
zoom-validate = 3. Validate, after the secret is in the settings and reloaded; then save.
zoom-deauthorization = Where the portal offers it: so it is known at once who takes the app away.
zoom-contact = A name and an address of yours that is read: Zoom writes there about the app.
zoom-publish = The app stays private: it serves the users of your account without Zoom's review.
zoom-add-user = Not needed: users begin at your own start page. Where apps must be pre-approved, an administrator does that at marketplace.zoom.us > Manage > Permissions, or users are refused.
zoom-add-account = The administrator begins at your own start page too, or with meetbridge authorize.
zoom-server-intro = Sign in at https://marketplace.zoom.us with the role "Zoom for developers" or as an administrator. Develop > Build App > Server-to-Server OAuth App > Create. Nobody consents to it: it acts for every user of the account.
zoom-account-id = To be entered in the settings as "account_id", with "kind": "server".
zoom-activate = When all else is entered. Nobody has to authorize.

webex-intro-user = Sign in at https://developer.webex.com. My Webex Apps > Create a New App > Create an Integration. Each user consents for himself.
webex-intro-account = Sign in at https://developer.webex.com as an administrator of the organization. My Webex Apps > Create a New App > Create an Integration. An administrator consents once for all; "kind": "account" in the settings.
webex-name = Users see it when they consent.
webex-contact = An address of yours that is read.
webex-icon = A PNG or JPEG of 512 x 512 pixels, or one of Webex's own.
webex-description = Makes Webex meetings for the entries of our calendar.
webex-redirect = Every server's address.
webex-add = The next page shows the client ID and the secret.
webex-secret = Shown this one time: put it where "client_secret" of the settings points before you leave the page. A lost one can only be made anew, which ends the old one.
webex-webhooks = Not in the portal: with these in the settings the library asks for each user's events itself. The secret is any random text of at least 32 characters.

register-no-sheet = There is no sheet for { $provider } yet.
