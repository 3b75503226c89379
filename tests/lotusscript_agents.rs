//! The script library and the sample agents, run against the library and both providers: what a
//! Designer writes does what the guide says.

mod common;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use common::lotusscript::run::{
    Items, Library as Host, Machine, Place, Product, Raised, Value, text,
};
use common::lotusscript::{Charset, Declare, Type};
use common::script::{Script, Variable};
use common::{ANNA, Library, World, root};

/// What a Designer might write, for one meeting from its creation to its end.
const SCRIPT: &str = r#"
Option Public
Option Declare
Use "MeetBridge"

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
	Call request.SetStart(mbDateTime(stamp), "Z=-9$DO=0$ZX=74$ZN=Tokyo")
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
	Print mbMoment(online.StartTime, True)
	Call filter.SetRange(mbDateTime("2030-01-01T00:00:00Z"), mbDateTime("2031-01-01T00:00:00Z"))
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
	Dim online As Meeting
	Dim index As Long
	request.Topic = "Dates"
	Call request.SetDates(moments, 60, "Europe/Copenhagen")
	Set online = bridge.CreateMeeting(provider, user, request)
	For index = 0 To online.OccurrenceCount - 1
		Print mbMoment(online.OccurrenceStart(index), True)
	Next
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
        // The way of the text was found out, and it was that of this server.
        let found = machine.variable("mbHasUnicode").unwrap().truth().unwrap();
        assert_eq!(found, has_unicode);
        machine.end();
    }
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

#[test]
fn the_fragments_of_the_guide() {
    let world = World::new();
    let clock = machine(SCRIPT, &world, true, Vec::new());
    let user = "Anna Berg/HR/Acme";
    let url = call(&clock, "Start", &["zoom", user]).unwrap();
    let callback = world.consent(&url, ANNA, true);
    call(&clock, "Complete", &[user, &callback]).unwrap();
    let moment = |stamp: &str| clock.call("mbDateTime", &[text(stamp)]).unwrap();
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
    let (mut done, mut refused) = (0, 0);
    for rest in guide.split("\n```vb fragment\n").skip(1) {
        let fragment = rest.split("\n```").next().unwrap();
        let script = format!(
            "Option Public\nOption Declare\nUse \"MeetBridge\"\n\
             Sub Around(session As NotesSession, entry As NotesDocument)\n\
             Dim bridge As New MeetBridge(\"\")\nDim request As New MeetingRequest\n\
             Dim online As Meeting\n{fragment}\nEnd Sub"
        );
        let machine = machine(&script, &world, true, vec![entry.clone()]);
        let session = Value::Product(Rc::new(Product::Session));
        let document = Value::Product(Rc::new(Product::Document(entry.clone())));
        let outcome = machine.call("Around", &[session, document]).err();
        // What the library refuses, since a fragment is not the whole; what this machine has not; and
        // what the text around would have given a value. Not a fault of the script.
        match outcome {
            None => done += 1,
            Some(raised) if raised.number > 1000 => refused += 1,
            Some(raised) => assert!([35, 91].contains(&raised.number), "{raised:?}: {fragment}"),
        }
        machine.end();
    }
    assert!(done >= 8 && refused >= 3, "{done} done, {refused} refused");
}

#[test]
fn a_list_of_dates_becomes_a_meeting_that_repeats() {
    let world = World::new();
    let machine = machine(SCRIPT, &world, true, Vec::new());
    // Each at nine o'clock in Copenhagen, over the change of the clock.
    let stamps = ["2030-04-01T07:00:00Z", "2030-03-18T08:00:00Z", "2030-03-25T08:00:00Z"];
    let moments = stamps.map(|stamp| machine.call("mbDateTime", &[text(stamp)]).unwrap());
    for provider in ["zoom", "webex"] {
        connect(&machine, &world, provider);
        let list = Value::Array(Rc::from(moments.clone()));
        machine.call("Dates", &[text(provider), text(ANNA), list]).unwrap();
        assert_eq!(printed(&machine), [stamps[1], stamps[2], stamps[0]]);
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

#[test]
fn the_sample_agent_gives_entries_their_meetings() {
    let world = World::new();
    let clock = machine(SCRIPT, &world, true, Vec::new());
    connect(&clock, &world, "zoom");
    let moment = |stamp: &str| clock.call("mbDateTime", &[text(stamp)]).unwrap();
    let calendar_entry = |unid: &str, chair: &str| {
        entry(&[
            ("Form", vec![text("Appointment")]),
            ("OnlineMeeting", vec![text("zoom")]),
            ("Chair", vec![text(chair)]),
            ("ApptUNID", vec![text(unid)]),
            ("Subject", vec![text("営業会議")]),
            ("StartTimeZone", vec![text("Z=-9$DO=0$ZX=74$ZN=Tokyo")]),
            ("StartDateTime", vec![moment("2030-03-04T00:00:00Z")]),
            ("EndDateTime", vec![moment("2030-03-04T00:45:00Z")]),
        ])
    };
    let (first, second) = (calendar_entry("A1", ANNA), calendar_entry("A2", "nobody@example.com"));
    let agent = read("samples/lotusscript/OnlineMeetings.lss");
    let run = || {
        let documents = vec![second.clone(), first.clone()];
        let machine = machine(&agent, &world, true, documents);
        machine.call("Initialize", &[]).unwrap();
        let lines = printed(&machine);
        machine.end();
        lines
    };
    let lines = run();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("1201: "), "{lines:?}");
    assert!(item(&second, "MeetbridgeMessage").contains("connect your account"));
    let url = item(&first, "Location");
    assert!(url.starts_with("http") && item(&first, "Body").contains(&url));
    assert_eq!(item(&first, "MeetbridgeMessage"), "");
    let id = item(&first, "MeetbridgeId");
    // Nothing has changed: nothing is sent.
    let sent = world.sandbox.statistics().received.values().sum::<u64>();
    run();
    assert_eq!(world.sandbox.statistics().received.values().sum::<u64>(), sent);
    // Another time, then no meeting.
    put(&first, "EndDateTime", moment("2030-03-04T01:00:00Z"));
    run();
    assert_eq!(item(&first, "MeetbridgeId"), id);
    put(&first, "OnlineMeeting", text("none"));
    run();
    assert_eq!(item(&first, "MeetbridgeId"), "");
    assert_eq!(world.sandbox.statistics().live_meetings.values().sum::<u64>(), 0);
    // The same through the calendar.
    let ical = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:A1\r\nSUMMARY:営業\r\n\
                DTSTART:20300304T000000Z\r\nDTEND:20300304T010000Z\r\n\
                RDATE:20300304T000000Z,20300311T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    put(&first, "OnlineMeeting", text("zoom"));
    put(&first, "$unid", text("U1"));
    put(&first, "$icalendar", text(ical));
    let from_calendar = agent.replace("TAKES_ICALENDAR = 0", "TAKES_ICALENDAR = 1");
    let machine_of = machine(&from_calendar, &world, true, vec![first.clone()]);
    machine_of.call("Initialize", &[]).unwrap();
    assert_eq!(printed(&machine_of), [""; 0]);
    assert!(item(&first, "Body").contains("営業"), "{}", item(&first, "Body"));
    let maintain = machine(&read("samples/lotusscript/Maintain.lss"), &world, true, Vec::new());
    maintain.call("Initialize", &[]).unwrap();
    assert!(printed(&maintain)[0].starts_with("renewed "));
}
