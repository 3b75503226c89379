//! Every script that we give away keeps to the rules of LotusScript, and so do the examples of its
//! guide; and the checker that says so finds what is seeded into them.

#[path = "common/lotusscript/mod.rs"]
mod lotusscript;

use std::path::Path;

use lotusscript::{Fault, faults};

const LIBRARY: &str = "bindings/lotusscript/MeetBridge.lss";
const MEETINGS: &str = "samples/lotusscript/OnlineMeetings.lss";
const MAINTAIN: &str = "samples/lotusscript/Maintain.lss";
const CLEAN_UP: &str = "samples/lotusscript/CleanUp.lss";
const CONNECT: &str = "samples/lotusscript/Connect.lss";

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn faults_of(source: &str) -> Vec<Fault> {
    faults(source, &[("MeetBridge", &read(LIBRARY))])
}

#[test]
fn our_scripts_have_no_faults() {
    for file in [LIBRARY, MEETINGS, CLEAN_UP, MAINTAIN, CONNECT] {
        assert_eq!(faults_of(&read(file)), [], "{file}");
    }
}

#[test]
fn every_status_of_the_library_has_its_constant_and_its_advice() {
    let (script, header) = (read(LIBRARY), read("include/meetbridge.h"));
    let guide = read("docs/lotusscript.md");
    let mut statuses = 0;
    for line in header.lines() {
        let Some(status) = line.strip_prefix("#define MEETBRIDGE_") else { continue };
        let Some((name, number)) = status.split_once(' ') else { continue };
        let number: u16 = number.parse().unwrap();
        // lsconst.lss has an MB_OK too.
        let private = if number == 0 { "Private " } else { "" };
        let constant = format!("{private}Const MB_{name} = {number}");
        assert!(script.lines().any(|line| line == constant), "{constant}");
        let row = format!("\n| {} | `MB_{name}` | ", 1000 + number);
        assert!(number == 0 || guide.contains(&row), "{row}");
        statuses += 1;
    }
    assert!(statuses > 30, "{statuses} statuses");
}

#[test]
fn both_platforms_declare_the_same() {
    let declares = lotusscript::declares(&read(LIBRARY));
    let of = |library: &str| -> Vec<_> {
        let own = declares.iter().filter(|declare| declare.library == library);
        own.map(|d| (d.name[3..].to_owned(), d.alias.clone(), d.parameters.clone(), d.returns))
            .collect()
    };
    assert_eq!(of("nmeetbridge"), of("libmeetbridge.so"));
    assert_eq!((of("nmeetbridge").len(), declares.len()), (12, 24));
}

/// A file, what stands there once, what is put in its place, and what is said of the line with the
/// marker, or of the first changed line.
type Seed = (&'static str, &'static str, &'static str, &'static str, &'static str);

const SEEDS: &[Seed] = &[
    // The text itself.
    (CONNECT, "the user signs in", "the usér signs in", "", "not ASCII"),
    (
        CONNECT,
        "of the servlet on",
        "of the servlet, which may be on another host than the one of the mail, that is to say, on",
        "",
        "longer than 100",
    ),
    (
        LIBRARY,
        "Private mbIsReady",
        "Private mbIsReadyToBeUsedUntilTheAgentComesToItsEnd",
        "",
        "longer than 40",
    ),
    (LIBRARY, "(\"/topic\", Topic", "(\"/topic, Topic", "", "without end"),
    (LIBRARY, "\"UID:dates\" & lineEnd & _", "\"UID:dates\" & lineEnd,_", "", "no space before"),
    (MAINTAIN, "_\n	\", left ", "_\n\n	\", left ", "", "nothing follows"),
    (CONNECT, "%END REM", "", "%REM", "without %END REM"),
    (CONNECT, "Option Public", "%If LINUX", "", "no directive"),
    (LIBRARY, "capacity = 1000", "capacity = 40000", "", "a Long is written 40000&"),
    (LIBRARY, "Private mbIsLinux", "Private mb$IsLinux", "", "expected"),
    (LIBRARY, "Dim turn As Integer", "Dim turn%", "", "types are written with As"),
    // What other languages have.
    (LIBRARY, "If status = MB_OK Then", "If status == MB_OK Then", "", "expected"),
    (LIBRARY, "If json <> \"null\"", "If json != \"null\"", "", "no token"),
    (MEETINGS, "wanted = \"\" Or", "wanted = \"\" ||", "", "no token"),
    (MEETINGS, "meetingId <> \"\" And sent", "meetingId <> \"\" && sent", "", "expected"),
    (LIBRARY, "	index = 2\n", "	// the quote\n	index = 2\n", "", "no statement"),
    (LIBRARY, "index = index + 4", "index += 4", "", "expected"),
    (LIBRARY, "	index = 2\n", "	return\n", "", "begins no statement"),
    // Blocks and statements.
    (
        LIBRARY,
        "documentHandle = given\n		End If",
        "documentHandle = given",
        "If given = 0",
        "If is not closed",
    ),
    (LIBRARY, "index = index + 1\n	Loop", "index = index + 1", "Do While", "Do is not closed"),
    (
        LIBRARY,
        "index = index + 4\n			End Select",
        "index = index + 4",
        "Select Case",
        "is not closed",
    ),
    (LIBRARY, "Case \"r\"", "Case", "", "expected"),
    (
        LIBRARY,
        "End Class\n\n' How a user",
        "' How a user",
        "Class Authorization",
        "does not belong|reserved",
    ),
    (LIBRARY, "For turn = 1 To 2", "For turn = 1", "", "To is expected"),
    (MAINTAIN, "	Next\n", "	Next report\n", "", "Next is not that of index"),
    (MAINTAIN, "	Next\n", "", "For index", "For is not closed"),
    (LIBRARY, "	If mbIsReady Then Exit", "	If mbIsReady Exit", "", "Then is expected"),
    (LIBRARY, "IsDefined(\"LINUX\")", "IsDefined(\"LINUX\"", "", "expected"),
    (LIBRARY, "Mod 256) & \".\"", "Mod 256)) & \".\"", "", "expected"),
    (
        MEETINGS,
        "	Exit Function\nEnd Function\n\n' Creates",
        "	Exit Function\n\n' Creates",
        "Function IsTold",
        "Function without End Function",
    ),
    (
        MEETINGS,
        "	Call Keep(entry)\n	Exit Function\nfailed",
        "	Keep entry\n	Exit Function\nfailed",
        "",
        "begins no statement",
    ),
    (MAINTAIN, "Sub Initialize", "Print \"hello\"\nSub Initialize", "", "outside of procedures"),
    (
        MAINTAIN,
        "Use \"MeetBridge\"\n",
        "Const WHAT = 1\nUse \"MeetBridge\"\n",
        "Use",
        "before all declarations",
    ),
    (
        LIBRARY,
        "If UBound(starts) = 0 Then",
        "If 0 = UBound(starts) = 0 Then",
        "",
        "a comparison of a comparison",
    ),
    // Declarations.
    (LIBRARY, "Option Declare", "", "%REM", "Option Declare is missing"),
    (LIBRARY, "documentHandle = created", "documentHandle = creatd", "", "creatd: not declared"),
    (LIBRARY, "		Dim dates As String", "		Dim stamp As String", "", "stamp: declared twice"),
    (LIBRARY, "Const MB_CLOSED = 106", "Const MB_OK = 106", "", "MB_OK: declared twice"),
    (MAINTAIN, "Const BUDGET_SECONDS", "Const MB_TIMEOUT", "", "a used library has it already"),
    (LIBRARY, "Property Get AccountEmail", "Property Get UserName", "", "UserName: declared twice"),
    (LIBRARY, "Property Get WasThere", "Property Get Handle", "", "hides what the base class has"),
    (MAINTAIN, "Dim journal As New", "Dim log As New", "", "log is a reserved word"),
    (
        MEETINGS,
        "Dim calendar As NotesCalendar",
        "Dim calendar As NotesCalender",
        "",
        "no such class",
    ),
    (
        LIBRARY,
        "Private bridgeHandle As Long",
        "Private late As Later\n	Private bridgeHandle As Long",
        "",
        "no such class",
    ),
    (
        LIBRARY,
        "	Private listPointer As String",
        "	Private listPointer As MeetBridge",
        "",
        "defined further down",
    ),
    (LIBRARY, "	Private listPointer As String", "	Dim listPointer As String", "", "without Dim"),
    (LIBRARY, "Dim turn As Integer", "Dim turn", "", "As and a type are missing"),
    (MAINTAIN, "Use \"MeetBridge\"", "Use \"Meetbridges\"", "", "no script library"),
    (
        MAINTAIN,
        "Const BUDGET_SECONDS = 60",
        "Const BUDGET_SECONDS = CInt(60)",
        "",
        "a constant is a literal",
    ),
    // C functions.
    (
        LIBRARY,
        "mblClose Lib \"libmeetbridge.so\" Alias \"meetbridge_ls_close\"",
        "mblClose Lib \"libmeetbridge.so\"",
        "",
        "without Alias",
    ),
    (
        LIBRARY,
        "Declare Private Function mblFree",
        "Declare Function mblFree",
        "",
        "must be Private",
    ),
    (
        LIBRARY,
        "Lib \"libmeetbridge.so\" Alias \"meetbridge_ls_free\"",
        "Lib \"_meetbridge.so\" Alias \"meetbridge_ls_free\"",
        "",
        "reserved",
    ),
    (
        LIBRARY,
        "mblOpen Lib \"libmeetbridge.so\" Alias \"meetbridge_ls_open\" _\n (ByVal settings",
        "mblOpen Lib \"libmeetbridge.so\" Alias \"meetbridge_ls_open\" _\n (settings",
        "mblOpen",
        "must be ByVal",
    ),
    (
        LIBRARY,
        "mblNew Lib \"libmeetbridge.so\" Alias \"meetbridge_ls_new\" _\n (document As Long",
        "mblNew Lib \"libmeetbridge.so\" Alias \"meetbridge_ls_new\" _\n (document As Variant",
        "mblNew",
        "no type that C",
    ),
    // Calls.
    (
        LIBRARY,
        "mbOpen(settings, opened)",
        "mbOpen(settings)",
        "",
        "takes 2 to 2 arguments and gets 1",
    ),
    (
        LIBRARY,
        "mbCount(documentHandle, pointer, elements)",
        "mbCount(documentHandle, pointer, elements, 1)",
        "",
        "gets 4",
    ),
    (
        LIBRARY,
        "Dim whole As New MeetBridgeDocument(0)\n		Set Diagnose",
        "Dim whole As New MeetBridgeDocument\n		Set Diagnose",
        "",
        "gets 0",
    ),
    (LIBRARY, "Call mbCheck(mbNew(created))", "Call mbCheck(mbNew(0&))", "", "needs a variable"),
    (
        LIBRARY,
        "Dim opened As Long",
        "Dim opened As Integer",
        "mbOpen(settings, opened)",
        "of the very type",
    ),
    (
        MEETINGS,
        "online.JoinUrl <> \"\" And",
        "online.JoinLink <> \"\" And",
        "",
        "meeting has no JoinLink",
    ),
    (MEETINGS, "found.Read()", "found.ReadAll()", "", "has no ReadAll"),
    (
        MEETINGS,
        "session.UpdateProcessedDoc",
        "session.CurrentDatabase.UpdateProcessedDoc",
        "",
        "notesdatabase has no UpdateProcessedDoc",
    ),
    (MEETINGS, "bridge.ActingUser", "bridge.bridgeHandle", "", "has no bridgeHandle"),
    (MAINTAIN, "Call journal.OpenAgentLog()", "Call mbPrepare()", "", "not declared"),
    (
        MAINTAIN,
        "	bridge.CorrelationId = \"maintain\"",
        "	bridge.CorrelationId = journal.LogAction(\"x\")",
        "",
        "a sub gives nothing",
    ),
    (
        LIBRARY,
        "Sub New(), MeetBridgeDocument(0)\n	End Sub\n\n	Property Set Topic",
        "Sub New\n	End Sub\n\n	Property Set Topic",
        "",
        "base class gets no arguments",
    ),
    (
        LIBRARY,
        "Sub New(), MeetBridgeDocument(0)\n	End Sub\n\n	Sub SetRange",
        "Sub New(), Meeting(0)\n	End Sub\n\n	Sub SetRange",
        "",
        "is not the base class",
    ),
    // Values.
    (LIBRARY, "Set moment = moments(index)", "moment = moments(index)", "", "assigned with Set"),
    (
        LIBRARY,
        "	content = Left$(buffer, length)\n	mbReadJson",
        "	Set content = Left$(buffer, length)\n	mbReadJson",
        "",
        "Set is for objects",
    ),
    (
        LIBRARY,
        "Set answer = New MeetBridgeDocument(Send(operation, whole))",
        "Set answer = New NotesSession",
        "",
        "is wanted",
    ),
    (
        MEETINGS,
        "Set Created = bridge.CreateMeeting(provider",
        "Set Created = bridge.GetAuthorization(provider",
        "",
        "is wanted|arguments",
    ),
    (MAINTAIN, "& CStr(index))", "& index)", "", "CStr makes one"),
    (LIBRARY, "	capacity = 4000", "	capacity = \"4000\"", "", "Text where Long is wanted"),
    (
        LIBRARY,
        "AdjustMinute(CInt(minutes))",
        "AdjustMinute(CLng(minutes))",
        "",
        "Long where Integer is wanted",
    ),
    (LIBRARY, "budgetSeconds * 1000", "60 * 1000", "", "an Integer ends at 32767"),
    (LIBRARY, "mbIsReady = True", "mbIsReady = 1", "", "Integer where Boolean is wanted"),
    (LIBRARY, "If status = MB_OK Then Exit Sub", "If status Then Exit Sub", "", "True or False"),
    (MEETINGS, "If found Is Nothing Then", "If found = Nothing Then", "", "compared with Is"),
    (MEETINGS, "Do Until entry Is Nothing", "Do Until entry = \"\"", "", "compared with Is"),
    (LIBRARY, "character = \"\\\" Then", "character = 92 Then", "", "beside"),
    (LIBRARY, "mbIsLinux = IsDefined", "MB_OK = IsDefined", "", "cannot be assigned to"),
    (
        MEETINGS,
        "Call Note(entry, \"MeetbridgeId\", online.MeetingId)",
        "online.MeetingId = \"\"",
        "",
        "cannot be assigned to",
    ),
    (
        LIBRARY,
        "Call whole.SetJson(\"\", request.GetJson(\"\"))",
        "Call AddOptions(operation, New MeetBridgeDocument(0))",
        "",
        "New stands in Dim and Set only",
    ),
    // Ways through a procedure.
    (LIBRARY, "	mbMinutes = (ends", "	mbMoment = (ends", "", "cannot be assigned to"),
    (
        LIBRARY,
        "	mbIsOneOf = (InStr",
        "	mbHasUnicode = (InStr",
        "Function mbIsOneOf",
        "never gets a value",
    ),
    (LIBRARY, "On Error GoTo notLoaded", "On Error GoTo notloded", "", "no such label"),
    (LIBRARY, "	Exit Sub\nnotLoaded:", "notLoaded:", "", "run into it"),
    (
        LIBRARY,
        "	If Len(stamp) < 19 Then Exit Function",
        "	If Len(stamp) < 19 Then Exit Do",
        "",
        "not in one",
    ),
    (
        LIBRARY,
        "	If Len(stamp) < 19 Then Exit Function",
        "	If Len(stamp) < 19 Then Exit Sub",
        "",
        "not in one",
    ),
];

#[test]
fn the_checker_finds_every_seeded_fault_in_its_line() {
    let mut missed = Vec::new();
    for (file, old, new, marker, says) in SEEDS {
        let source = read(file);
        let (Some(at), 1) = (source.find(old), source.matches(old).count()) else {
            missed.push(format!("{file}: does not have {old:?} once"));
            continue;
        };
        let same = old.bytes().zip(new.bytes()).take_while(|(a, b)| a == b).count();
        let changed = source[..at + same].matches('\n').count() + 1;
        let source = source.replacen(old, new, 1);
        // The nearest line with the marker.
        let marked = source.lines().enumerate().filter(|(_, line)| line.contains(marker));
        let line = match marker {
            &"" => changed,
            _ => marked.map(|(at, _)| at + 1).min_by_key(|at| at.abs_diff(changed)).unwrap(),
        };
        let found = faults_of(&source);
        let fits = |fault: &Fault| {
            fault.line == line && says.split('|').any(|says| fault.message.contains(says))
        };
        if !found.iter().any(fits) {
            missed.push(format!("{file}:{line} {new:?}: {says:?}, but {found:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

#[test]
fn every_example_of_the_guide_keeps_to_the_rules() {
    let guide = read("docs/lotusscript.md");
    // What the text around a fragment has introduced.
    let around = "Option Public\nOption Declare\nUse \"MeetBridge\"\n\
                  Sub Around(session As NotesSession, bridge As MeetBridge, entry As NotesDocument)\n\
                  Dim request As New MeetingRequest\nDim online As Meeting\n";
    let (mut whole, mut fragments) = (0, 0);
    for block in guide.split("\n```vb").skip(1) {
        let (info, rest) = block.split_once('\n').unwrap();
        let (code, _) = rest.split_once("\n```").unwrap();
        let source = match info.trim() {
            "fragment" => format!("{around}{code}\nEnd Sub\n"),
            _ => format!("{code}\n"),
        };
        let count = if info.trim() == "fragment" { &mut fragments } else { &mut whole };
        *count += 1;
        assert_eq!(faults_of(&source), [], "{source}");
    }
    assert!(whole >= 2 && fragments >= 5, "{whole} scripts and {fragments} fragments");
}
