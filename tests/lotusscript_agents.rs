//! The script library and the sample agents, run against the library and both providers: what a
//! Designer writes does what the guide says.

mod common;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use common::lotusscript::run::{
    Items, Library as Host, Machine, Place, Product, Raised, Value, text,
};
use common::lotusscript::{Charset, Declare, Type, faults};
use common::script::{Script, Variable};
use common::{ANNA, Library, World, root};
use serde_json::json;

/// What a Designer might write, for one meeting from its creation to its end.
const SCRIPT: &str = r#"
Option Public
Option Declare
Use "MeetBridge"

' A moment from its text, and back.
Function MomentOf(ByVal stamp As String) As NotesDateTime
	Dim online As New Meeting(0)
	Call online.SetText("/start", stamp)
	Set MomentOf = online.StartTime
End Function

Function StampOf(moment As NotesDateTime) As String
	Dim request As New MeetingRequest
	Call request.SetStart(moment, "")
	StampOf = request.GetText("/start")
End Function

Function Start(ByVal provider As String, ByVal user As String) As String
	Dim bridge As New MeetBridge("")
	Start = bridge.StartAuthorization(provider, user)
End Function

Function Complete(ByVal user As String, ByVal callback As String) As String
	Dim bridge As New MeetBridge("")
	Dim consent As Authorization
	Set consent = bridge.CompleteAuthorization(user, callback)
	If consent.IsAuthorized Then Complete = consent.UserName
End Function

Function Life(ByVal provider As String, ByVal user As String, ByVal topic As String, _
ByVal stamp As String) As String
	Dim bridge As New MeetBridge("")
	Dim request As New MeetingRequest
	Dim changes As New MeetingRequest
	Dim filter As New MeetBridgeFilter
	Dim page As MeetBridgePage
	Dim online As Meeting
	Dim id As String
	request.Topic = topic
	request.DurationMinutes = 30
	request.Reference = "reference of " & topic
	Call request.SetStart(MomentOf(stamp), "Z=-9$DO=0$ZX=74$ZN=Tokyo")
	Call request.AddInvitee("guest@example.org", "Guest")
	Call request.AddInvitee("b@example.org", "")
	Set online = bridge.CreateMeeting(provider, user, request)
	id = online.MeetingId
	Print online.Topic
	Print online.StartText
	Set online = bridge.CreateMeeting(provider, user, request)
	If online.WasThere And online.MeetingId = id Then Print "was there"
	changes.DurationMinutes = 45
	Set online = bridge.UpdateMeeting(provider, user, id, "", changes)
	Set online = bridge.GetMeeting(provider, user, id, "")
	Print CStr(online.DurationMinutes)
	Print StampOf(online.StartTime)
	Call filter.SetRange(MomentOf("2030-01-01T00:00:00Z"), MomentOf("2031-01-01T00:00:00Z"))
	filter.PageSize = 50
	Set page = bridge.ListMeetings(provider, user, filter)
	Print CStr(page.ItemCount) & " " & page.MeetingAt(0).Topic & " [" & page.NextPage & "]"
	Print bridge.GetInvitation(provider, user, id, "", "ja")
	Call bridge.DeleteMeeting(provider, user, id, "")
	Life = online.JoinUrl
	Set online = bridge.GetMeeting(provider, user, id, "")
End Function

Function Dates(ByVal provider As String, ByVal user As String, moments As Variant) As String
	Dim bridge As New MeetBridge("")
	Dim request As New MeetingRequest
	Dim changes As New MeetingRequest
	Dim online As Meeting
	Dim index As Long
	Dim occurrence As String
	request.Topic = "Dates"
	Call request.SetDates(moments, 60, "Europe/Copenhagen")
	Set online = bridge.CreateMeeting(provider, user, request)
	For index = 0 To online.OccurrenceCount - 1
		Print StampOf(online.OccurrenceStart(index))
	Next
	occurrence = MeetBridgeOccurrence(online.OccurrenceStart(1))
	Call bridge.DeleteMeeting(provider, user, online.MeetingId, occurrence)
	occurrence = MeetBridgeOccurrence(online.OccurrenceStart(2))
	Call changes.SetLocalStart(DateNumber(2030, 4, 2) + TimeNumber(13, 0, 0), "Europe/Copenhagen")
	changes.DurationMinutes = 60
	Set online = bridge.UpdateMeeting(provider, user, online.MeetingId, occurrence, changes)
	Print online.StartText
	Set online = bridge.GetMeeting(provider, user, online.MeetingId, "")
	Print CStr(online.OccurrenceCount)
	bridge.IgnoreMissing = True
	Call bridge.DeleteMeeting(provider, user, online.MeetingId, "")
	Call bridge.DeleteMeeting(provider, user, online.MeetingId, "")
	Dates = online.MeetingId
End Function

Sub Others(ByVal user As String)
	Dim bridge As New MeetBridge("")
	Dim filter As New MeetBridgeFilter
	Dim page As MeetBridgePage
	Dim report As MeetBridgeDocument
	bridge.TimeoutSeconds = 5
	bridge.ActingUser = "Agents/Acme"
	bridge.CorrelationId = "others"
	bridge.App = "sandbox-zoom"
	bridge.BestEffort = True
	Set report = bridge.Diagnose()
	Print report.GetText("/status")
	Set report = bridge.Maintain(5)
	Print report.GetText("/complete")
	Set page = bridge.ListAuthorizations(filter)
	Print CStr(page.ItemCount) & " " & page.AuthorizationAt(0).Provider
	Call bridge.RenameUser(user, "Renamed/Acme")
	Print bridge.GetAuthorization("zoom", "Renamed/Acme").UserName
	Call bridge.RenameUser("Renamed/Acme", user)
	Call bridge.RevokeAuthorization("zoom", user)
	bridge.IgnoreMissing = True
	Call bridge.ForgetUser(user)
	Set page = bridge.ListAudit(filter)
	Print page.ItemText(page.ItemCount - 1, "/operation")
End Sub

Function Whole() As String
	Dim document As New MeetBridgeDocument(0)
	Call document.SetText("/topic", "x")
	Call document.SetJson("/number", "4294967296.5")
	If document.GetNumber("/number") > 4294967296.0 Then Whole = document.GetText("")
End Function

Sub Twice(ByVal user As String)
	Dim bridge As New MeetBridge("")
	Dim request As New MeetBridgeDocument(0)
	Dim filter As New MeetBridgeFilter
	Dim answer As MeetBridgeDocument
	Dim page As MeetBridgePage
	bridge.ActingUser = "Agents/Acme"
	bridge.TimeoutSeconds = 5
	bridge.App = "sandbox-zoom"
	bridge.IgnoreMissing = True
	Call request.SetText("/provider", "zoom")
	Call request.SetText("/user", user)
	Call request.SetText("/options/acting_user", "Somebody \ ""else""")
	Set answer = bridge.Perform("revoke_authorization", request)
	Set page = bridge.ListAudit(filter)
	Print page.ItemText(page.ItemCount - 1, "/acting_user")
	' Known to the one and not to the other.
	bridge.IgnoreMissing = False
	On Error GoTo failed
	Set answer = bridge.Perform("get_authorization", request)
	Exit Sub
failed:
	Print Error$
	Print request.GetJson("")
	Call request.SetNumber("/options/timeout_ms", 0)
	Set answer = bridge.Perform("get_authorization", request)
	Exit Sub
End Sub

Function Make(ByVal user As String, ByVal reference As String) As String
	Dim bridge As New MeetBridge("")
	Dim request As New MeetingRequest
	Dim online As Meeting
	request.Topic = reference
	request.DurationMinutes = 30
	request.Reference = reference
	request.Recurrence = "FREQ=WEEKLY;COUNT=10"
	Call request.SetStart(MomentOf("2030-03-04T08:00:00Z"), "Europe/Copenhagen")
	Set online = bridge.CreateMeeting("zoom", user, request)
	Make = online.MeetingId
End Function

Function TopicOf(ByVal user As String, ByVal meetingId As String) As String
	Dim bridge As New MeetBridge("")
	TopicOf = bridge.GetMeeting("zoom", user, meetingId, "").Topic
End Function

Function Many(ByVal rounds As Long) As Long
	Dim document As MeetBridgeDocument
	Dim index As Long
	For index = 1 To rounds
		Set document = New MeetBridgeDocument(0)
		Call document.SetText("/text", "x")
	Next
	Many = document.Handle
End Function
"#;

/// The library as a server reaches it; one of another charset spoils Unicode strings.
struct Server {
    script: Script<'static>,
    has_unicode: bool,
}

impl Host for Server {
    fn call(&self, declare: &Declare, arguments: &[Place]) -> Result<i32, Raised> {
        let mut variables: Vec<Variable> = Vec::new();
        for (argument, parameter) in arguments.iter().zip(&declare.parameters) {
            variables.push(match parameter.kind {
                Type::String(charset) => {
                    let mut units = argument.borrow().units().unwrap().to_vec();
                    if charset == Charset::Unicode && !self.has_unicode {
                        units.iter_mut().filter(|unit| **unit > 126).for_each(|unit| *unit = 63);
                    }
                    Variable::String(units)
                }
                _ => Variable::Long(argument.borrow().long().unwrap()),
            });
        }
        // The other server is not Linux.
        assert_eq!(declare.library == "libmeetbridge.so", self.has_unicode);
        let alias = declare.alias.as_deref().and_then(|alias| alias.strip_prefix("meetbridge_ls_"));
        let status =
            self.script.invoke(alias.unwrap(), &mut variables.iter_mut().collect::<Vec<_>>());
        for (argument, variable) in arguments.iter().zip(variables) {
            argument.replace(match variable {
                Variable::Long(number) => Value::Long(number),
                Variable::String(mut units) => {
                    if !self.has_unicode {
                        units.iter_mut().filter(|unit| **unit > 126).for_each(|unit| *unit = 63);
                    }
                    Value::Text(Rc::from(units))
                }
            });
        }
        Ok(status)
    }
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).unwrap()
}

fn machine(script: &str, world: &World, has_unicode: bool, documents: Vec<Items>) -> Rc<Machine> {
    let settings = world.path("settings.json");
    std::fs::write(&settings, world.settings.to_string()).unwrap();
    // A library stays until its process ends.
    let library: &'static Library = Box::leak(Box::new(Library::load()));
    let server = Server { script: Script::new(library), has_unicode };
    let environment = [("MEETBRIDGE_SETTINGS", settings.to_str().unwrap())];
    let mut library = read("bindings/lotusscript/MeetBridge.lss");
    if !has_unicode {
        library = library.replace("IsDefined(\"LINUX\")", "IsDefined(\"AIX\")");
    }
    Machine::new(script, &[&library], Box::new(server), &environment, documents)
}

fn call(machine: &Rc<Machine>, name: &str, arguments: &[&str]) -> Result<String, Raised> {
    let arguments: Vec<Value> = arguments.iter().map(|argument| text(argument)).collect();
    machine.call(name, &arguments).map(|value| value.string().unwrap())
}

fn printed(machine: &Machine) -> Vec<String> {
    std::mem::take(&mut *machine.printed.borrow_mut())
}

fn connect(machine: &Rc<Machine>, world: &World, provider: &str) {
    let url = call(machine, "Start", &[provider, ANNA]).unwrap();
    let callback = world.consent(&url, ANNA, true);
    // As a web agent gets it.
    let query = format!("OpenAgent&{}", callback.split_once('?').unwrap().1);
    assert_eq!(call(machine, "Complete", &[ANNA, &query]).unwrap(), ANNA);
}

#[test]
fn a_meeting_from_its_creation_to_its_end() {
    for has_unicode in [true, false] {
        let world = World::new();
        let machine = machine(SCRIPT, &world, has_unicode, Vec::new());
        for provider in ["zoom", "webex"] {
            connect(&machine, &world, provider);
            let topic = "会議 \u{1f600} \"x\"";
            let stamp = "2030-03-04T00:30:00Z";
            let gone = call(&machine, "Life", &[provider, ANNA, topic, stamp]).unwrap_err();
            assert_eq!(gone.number, 1304, "{}", gone.message);
            assert!(gone.message.starts_with("Meetbridge MEETING_NOT_FOUND: "), "{}", gone.message);
            let lines = printed(&machine);
            let expected = [topic, stamp, "was there", "45", stamp, &format!("1 {topic} []")]
                .map(str::to_owned);
            assert_eq!(lines[..6], expected);
            assert!(lines[6].contains(topic), "{}", lines[6]);
        }
        // What is no text is refused, whatever the way of the text.
        let refused = call(&machine, "Whole", &[]).unwrap_err();
        assert_eq!(refused.number, 1101);
        assert!(refused.message.contains("which is no text"), "{}", refused.message);
        // The way of the text was found out, and it was that of this server.
        let found = machine.variable("mbHasUnicode").unwrap().truth().unwrap();
        assert_eq!(found, has_unicode);
        machine.end();
    }
}

#[test]
fn the_script_of_these_tests_keeps_to_the_rules() {
    let library = read("bindings/lotusscript/MeetBridge.lss");
    assert_eq!(faults(SCRIPT, &[("MeetBridge", &library)]), []);
}

#[test]
fn the_scripts_of_the_guide() {
    let world = World::new();
    let clock = machine(SCRIPT, &world, true, Vec::new());
    let user = "Anna Berg/HR/Acme";
    let url = call(&clock, "Start", &["zoom", user]).unwrap();
    let callback = world.consent(&url, ANNA, true);
    call(&clock, "Complete", &[user, &callback]).unwrap();
    let guide = read("docs/lotusscript.md");
    let scripts = guide.split("\n```vb\n").skip(1).map(|rest| rest.split("\n```").next().unwrap());
    let mut said = Vec::new();
    for script in scripts {
        let machine = machine(script, &world, true, Vec::new());
        machine.call("Initialize", &[]).unwrap();
        said.push(printed(&machine).join("\n"));
        machine.end();
    }
    let [diagnosis, first, failing] = &said[..] else { panic!("{said:?}") };
    assert!(diagnosis.starts_with("Meetbridge 0.") && diagnosis.contains("\nok: settings: "));
    assert!(first.contains("\nhttp") && first.contains("Weekly planning"), "{first}");
    assert!(failing.starts_with("Error 1304: Meetbridge MEETING_NOT_FOUND: "), "{failing}");
}

/// The fragments that must fail here, by a part of each: what they need is not there.
const REFUSED: [(&str, i16); 4] = [
    // On a server there is no workspace.
    ("New NotesUIWorkspace", 35),
    // No browser has come back.
    ("session.DocumentContext", 1203),
    // The topic and the dates are in the fragment before.
    ("request.Irregular", 1101),
    ("/local/meetbridge/other.json", 1103),
];

#[test]
fn the_fragments_of_the_guide() {
    let world = World::new();
    let clock = machine(SCRIPT, &world, true, Vec::new());
    let user = "Anna Berg/HR/Acme";
    let url = call(&clock, "Start", &["zoom", user]).unwrap();
    let callback = world.consent(&url, ANNA, true);
    call(&clock, "Complete", &[user, &callback]).unwrap();
    let moment = |stamp: &str| clock.call("MomentOf", &[text(stamp)]).unwrap();
    let entry = entry(&[
        ("$unid", vec![text("U1")]),
        ("$icalendar", vec![text("BEGIN:VEVENT\r\nEND:VEVENT\r\n")]),
        ("ApptUNID", vec![text("A1")]),
        ("Subject", vec![text("Planning")]),
        ("StartTimeZone", vec![text("Z=-9$DO=0$ZX=74$ZN=Tokyo")]),
        ("StartDateTime", vec![moment("2030-03-04T00:00:00Z")]),
        ("EndDateTime", vec![moment("2030-03-04T00:45:00Z")]),
    ]);
    let guide = read("docs/lotusscript.md");
    let series = call(&clock, "Make", &[user, "series"]).unwrap();
    let mut refused = Vec::new();
    for rest in guide.split("\n```vb fragment\n").skip(1) {
        let fragment = rest.split("\n```").next().unwrap().replace("98765432109", &series);
        let script = format!(
            "Option Public\nOption Declare\nUse \"MeetBridge\"\n\
             Sub Around(session As NotesSession, entry As NotesDocument)\n\
             Dim bridge As New MeetBridge(\"\")\nDim request As New MeetingRequest\n\
             Dim online As New Meeting(0)\n{fragment}\nEnd Sub"
        );
        let machine = machine(&script, &world, true, vec![entry.clone()]);
        let session = Value::Product(Rc::new(Product::Session));
        let document = Value::Product(Rc::new(Product::Document(entry.clone())));
        if let Err(raised) = machine.call("Around", &[session, document]) {
            let says = REFUSED.iter().find(|(says, _)| fragment.contains(says));
            let Some((says, number)) = says else { panic!("{raised:?}: {fragment}") };
            assert_eq!(raised.number, *number, "{raised:?}: {fragment}");
            refused.push(*says);
        }
        machine.end();
    }
    assert_eq!(refused, REFUSED.map(|(says, _)| says));
}

#[test]
fn a_list_of_dates_becomes_a_meeting_that_repeats() {
    let world = World::new();
    let machine = machine(SCRIPT, &world, true, Vec::new());
    // Each at nine o'clock in Copenhagen, over the change of the clock.
    let stamps = ["2030-04-01T07:00:00Z", "2030-03-18T08:00:00Z", "2030-03-25T08:00:00Z"];
    let moments = stamps.map(|stamp| machine.call("MomentOf", &[text(stamp)]).unwrap());
    for provider in ["zoom", "webex"] {
        connect(&machine, &world, provider);
        let list = Value::Array(Rc::from(moments.clone()));
        machine.call("Dates", &[text(provider), text(ANNA), list]).unwrap();
        // The second is cancelled, the third moved.
        let moved = "2030-04-02T11:00:00Z";
        assert_eq!(printed(&machine), [stamps[1], stamps[2], stamps[0], moved, "2"]);
    }
}

#[test]
fn everything_else_and_no_document_is_left() {
    let world = World::new();
    let machine = machine(SCRIPT, &world, true, Vec::new());
    let refused = call(&machine, "Life", &["zoom", ANNA, "x", "2030-03-04T00:30:00Z"]).unwrap_err();
    assert_eq!(refused.number, 1201);
    connect(&machine, &world, "zoom");
    call(&machine, "Others", &[ANNA]).unwrap();
    let lines = printed(&machine);
    assert_eq!(lines[1..], ["true", "1 zoom", "Renamed/Acme", "forget_user"]);
    connect(&machine, &world, "zoom");
    let refused = call(&machine, "Twice", &[ANNA]).unwrap_err();
    let [acting, gone, request] = &printed(&machine)[..] else { panic!("three lines") };
    assert_eq!(acting, "Somebody \\ \"else\"");
    assert!(gone.starts_with("Meetbridge NOT_AUTHORIZED: "), "{gone}");
    let request: serde_json::Value = serde_json::from_str(request).unwrap();
    let options = json!({"acting_user": acting});
    assert_eq!(request, json!({"provider": "zoom", "user": ANNA, "options": options}));
    assert!(refused.number == 1101 && refused.message.contains("timeout_ms"), "{refused:?}");
    // A process holds 4,000 at once.
    machine.call("Many", &[Value::Long(10_000)]).unwrap();
}

fn entry(items: &[(&str, Vec<Value>)]) -> Items {
    let items = items.iter().map(|(name, values)| (name.to_ascii_lowercase(), values.clone()));
    Rc::new(RefCell::new(items.collect::<HashMap<_, _>>()))
}

fn item(entry: &Items, name: &str) -> String {
    entry.borrow().get(&name.to_ascii_lowercase()).map_or(String::new(), |v| v[0].string().unwrap())
}

fn put(entry: &Items, name: &str, value: Value) {
    entry.borrow_mut().insert(name.to_ascii_lowercase(), vec![value]);
}

fn appointment(clock: &Rc<Machine>, unid: &str, chair: &str) -> Items {
    let moment = |stamp: &str| clock.call("MomentOf", &[text(stamp)]).unwrap();
    entry(&[
        ("Form", vec![text("Appointment")]),
        ("MeetbridgeWanted", vec![text("zoom")]),
        ("Chair", vec![text(chair)]),
        ("ApptUNID", vec![text(unid)]),
        ("Subject", vec![text("営業会議")]),
        ("StartTimeZone", vec![text("Z=-9$DO=0$ZX=74$ZN=Tokyo")]),
        ("StartDateTime", vec![moment("2030-03-04T00:00:00Z")]),
        ("EndDateTime", vec![moment("2030-03-04T00:45:00Z")]),
    ])
}

/// Runs an agent in the mail database of `owner`; what it has logged.
fn run(agent: &str, world: &World, owner: &str, entries: &[&Items]) -> Vec<String> {
    let profile = entry(&[("Form", vec![text("CalendarProfile")]), ("Owner", vec![text(owner)])]);
    let documents = entries.iter().map(|entry| (*entry).clone());
    let documents = std::iter::once(profile).chain(documents).collect();
    let machine = machine(agent, world, true, documents);
    machine.call("Initialize", &[]).unwrap();
    let lines = printed(&machine);
    machine.end();
    lines
}

fn live(world: &World) -> u64 {
    world.sandbox.statistics().live_meetings.values().sum()
}

#[test]
fn the_sample_agent_gives_entries_their_meetings() {
    let world = World::new();
    let clock = machine(SCRIPT, &world, true, Vec::new());
    connect(&clock, &world, "zoom");
    let moment = |stamp: &str| clock.call("MomentOf", &[text(stamp)]).unwrap();
    let first = appointment(&clock, "A1", ANNA);
    let second = appointment(&clock, "A2", "nobody@example.com");
    let agent = read("samples/lotusscript/OnlineMeetings.lss");
    let run = |agent: &str, owner: &str| run(agent, &world, owner, &[&second, &first]);
    // The calendar's owner chairs the first only.
    assert_eq!(run(&agent, ANNA), [""; 0]);
    let url = item(&first, "Location");
    assert!(url.starts_with("http") && item(&first, "Body").contains(&url));
    assert_eq!(item(&first, "MeetbridgeMessage"), "");
    let id = item(&first, "MeetbridgeId");
    assert!(!second.borrow().contains_key("$saved"));
    let lines = run(&agent, "Nobody@Example.com");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("1201: "), "{lines:?}");
    assert!(item(&second, "MeetbridgeMessage").contains("connect your account"));
    assert!(second.borrow_mut().remove("$processed").is_some());
    // Nothing has changed: nothing is sent, and nothing saved.
    let sent = world.sandbox.statistics().received.values().sum::<u64>();
    assert!(first.borrow_mut().remove("$saved").is_some());
    run(&agent, ANNA);
    assert_eq!(world.sandbox.statistics().received.values().sum::<u64>(), sent);
    assert!(!first.borrow().contains_key("$saved"));
    // A limit passes: the next run takes the entry again.
    world.change(json!({"zoom_daily_limit": 1}));
    put(&first, "Subject", text("営業"));
    first.borrow_mut().remove("$processed");
    let lines = run(&agent, ANNA);
    assert!(lines[0].starts_with("1303: "), "{lines:?}");
    assert!(!first.borrow().contains_key("$processed"));
    world.change(json!({"zoom_daily_limit": null}));
    assert_eq!(run(&agent, ANNA), [""; 0]);
    assert!(first.borrow().contains_key("$processed"));
    assert_eq!(item(&first, "MeetbridgeMessage"), "");
    // Another time, then no meeting.
    put(&first, "EndDateTime", moment("2030-03-04T01:00:00Z"));
    run(&agent, ANNA);
    assert_eq!(item(&first, "MeetbridgeId"), id);
    put(&first, "MeetbridgeWanted", text("none"));
    run(&agent, ANNA);
    assert_eq!(item(&first, "MeetbridgeId"), "");
    assert_eq!(live(&world), 0);
    // The same through the calendar.
    let ical = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:A1\r\nSUMMARY:営業\r\n\
                DTSTART:20300304T000000Z\r\nDTEND:20300304T010000Z\r\n\
                RDATE:20300304T000000Z,20300311T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    put(&first, "MeetbridgeWanted", text("zoom"));
    put(&first, "$unid", text("U1"));
    put(&first, "$icalendar", text(ical));
    let from_calendar = agent.replace("TAKES_ICALENDAR = 0", "TAKES_ICALENDAR = 1");
    assert_eq!(run(&from_calendar, ANNA), [""; 0]);
    assert!(item(&first, "Body").contains("営業"), "{}", item(&first, "Body"));
    let maintain = machine(&read("samples/lotusscript/Maintain.lss"), &world, true, Vec::new());
    maintain.call("Initialize", &[]).unwrap();
    assert!(printed(&maintain)[0].starts_with("renewed "));
}

#[test]
fn entries_and_meetings_that_were_parted_come_together_again() {
    let world = World::new();
    let clock = machine(SCRIPT, &world, true, Vec::new());
    connect(&clock, &world, "zoom");
    let agent = read("samples/lotusscript/OnlineMeetings.lss");
    let names_only = read("samples/lotusscript/CleanUp.lss");
    let clean_up = names_only.replace("Const DELETES = 0", "Const DELETES = 1");
    let first = appointment(&clock, "A1", ANNA);
    let stored = first.borrow().clone();
    // Somebody saves the entry while it gets its meeting, with another subject.
    put(&first, "$busy", text("1"));
    let lines = run(&agent, &world, ANNA, &[&first]);
    assert!(lines.len() == 1 && lines[0].starts_with("1998: "), "{lines:?}");
    assert!(!first.borrow().contains_key("$processed"));
    first.replace(stored);
    put(&first, "Subject", text("営業"));
    assert_eq!(run(&agent, &world, ANNA, &[&first]), [""; 0]);
    let id = item(&first, "MeetbridgeId");
    assert_eq!(call(&clock, "TopicOf", &[ANNA, &id]).unwrap(), "営業");
    assert!(live(&world) == 1 && first.borrow().contains_key("$processed"));
    // Another document of the series does not take the meeting away.
    let other = appointment(&clock, "A1", ANNA);
    put(&other, "Subject", text("別の会議"));
    let lines = run(&agent, &world, ANNA, &[&first, &other]);
    assert!(lines.len() == 1 && lines[0].starts_with("1109: "), "{lines:?}");
    assert!(item(&other, "MeetbridgeMessage").contains(&id));
    // What is wanted stays, and what is not of the sample.
    call(&clock, "Make", &[ANNA, "A3"]).unwrap();
    assert_eq!(run(&clean_up, &world, ANNA, &[&first]), [""; 0]);
    assert_eq!(live(&world), 2);
    // Cancelled, and back.
    put(&first, "_ViewIcon", Value::Integer(81));
    assert_eq!(run(&agent, &world, ANNA, &[&first]), [""; 0]);
    assert!(item(&first, "MeetbridgeId").is_empty() && live(&world) == 1);
    put(&first, "_ViewIcon", Value::Integer(158));
    assert_eq!(run(&agent, &world, ANNA, &[&first]), [""; 0]);
    assert_eq!(live(&world), 2);
    // Cancelled or deleted, and the agent has not seen it.
    put(&first, "_ViewIcon", Value::Integer(81));
    assert_eq!(run(&names_only, &world, ANNA, &[&first]), ["no entry wants: 営業"]);
    assert_eq!(live(&world), 2);
    assert_eq!(run(&clean_up, &world, ANNA, &[&first]), ["no entry wants: 営業"]);
    assert_eq!(live(&world), 1);
    put(&first, "_ViewIcon", Value::Integer(158));
    put(&first, "MeetbridgeId", text(""));
    assert_eq!(run(&agent, &world, ANNA, &[&first]), [""; 0]);
    assert_eq!(run(&clean_up, &world, ANNA, &[]), ["no entry wants: 営業"]);
    assert_eq!(live(&world), 1);
}
