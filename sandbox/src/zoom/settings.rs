//! Meeting settings: which exist, which types they have, and Zoom's defaults (Zoom API reference,
//! "Create a meeting", `settings`).

use serde_json::{Map, Value, json};
use std::sync::LazyLock;

const BOOLEANS: &[&str] = &[
    "allow_multiple_devices",
    "alternative_hosts_email_notification",
    "alternative_host_update_polls",
    "alternative_host_manage_meeting_summary",
    "alternative_host_manage_cloud_recording",
    "host_pause_stop_recording",
    "close_registration",
    "cn_meeting",
    "email_notification",
    "focus_mode",
    "host_video",
    "in_meeting",
    "join_before_host",
    "meeting_authentication",
    "mute_upon_entry",
    "participant_video",
    "private_meeting",
    "registrants_confirmation_email",
    "registrants_email_notification",
    "show_share_button",
    "show_join_info",
    "use_pmi",
    "waiting_room",
    "watermark",
    "host_save_video_order",
    "internal_meeting",
    "participant_focused_meeting",
    "push_change_to_calendar",
    "auto_start_meeting_summary",
    "auto_start_ai_companion_questions",
    "device_testing",
    "request_permission_to_unmute_participants",
    "allow_host_control_participant_mute_state",
    "disable_participant_video",
    "email_in_attendee_report",
    "auto_start_deepfake_detection",
];

const STRINGS: &[&str] = &[
    "alternative_hosts",
    "audio_conference_info",
    "authentication_domains",
    "authentication_option",
    "contact_email",
    "contact_name",
    "summary_template_id",
];

const LISTS: &[&str] = &[
    "additional_data_center_regions",
    "authentication_exception",
    "global_dial_in_countries",
    "meeting_invitees",
    "resources",
];

const OBJECTS: &[&str] = &[
    "approved_or_denied_countries_or_regions",
    "auto_add_recording_to_video_management",
    "breakout_room",
    "question_and_answer",
    "language_interpretation",
    "sign_language_interpretation",
    "waiting_room_options",
    "continuous_meeting_chat",
];

/// What an occurrence may change (Zoom API reference, "Update a meeting", `occurrence_id`).
pub const OF_OCCURRENCE: &[&str] = &[
    "host_video",
    "participant_video",
    "join_before_host",
    "mute_upon_entry",
    "waiting_room",
    "watermark",
    "auto_recording",
];

/// Names the settings of a wrong type or value. Unknown names are accepted, as Zoom's schema does.
pub fn check(settings: &Map<String, Value>, wrong: &mut Vec<String>) {
    for (name, value) in settings {
        let is = |list: &[&str]| list.contains(&name.as_str());
        let among = |numbers: &[i64]| value.as_i64().is_some_and(|n| numbers.contains(&n));
        let word = |words: &[&str]| value.as_str().is_some_and(|text| words.contains(&text));
        let good = match name.as_str() {
            _ if is(BOOLEANS) => value.is_boolean(),
            _ if is(STRINGS) => value.as_str().is_some_and(|text| text.chars().count() <= 2048),
            _ if is(LISTS) => value.is_array(),
            _ if is(OBJECTS) => value.is_object(),
            "approval_type" => among(&[0, 1, 2]),
            "registration_type" => among(&[1, 2, 3]),
            "calendar_type" => among(&[1, 2]),
            "jbh_time" => among(&[0, 5, 10, 15]),
            "who_will_receive_summary" => among(&[1, 2, 3, 4]),
            "who_can_ask_questions" => among(&[1, 2, 3, 4, 5]),
            "audio" => word(&["both", "telephony", "voip", "thirdParty"]),
            "auto_recording" => word(&["local", "cloud", "none"]),
            "encryption_type" => word(&["enhanced_encryption", "e2ee"]),
            _ => true,
        };
        let invitees_good = name != "meeting_invitees"
            || value.as_array().is_some_and(|list| {
                list.iter().all(|one| one["email"].as_str().is_some_and(is_address))
            });
        if !good || !invitees_good {
            wrong.push(format!("settings.{name}"));
        }
    }
}

/// Enough of an address for a validation that only has to catch mistakes.
pub fn is_address(text: &str) -> bool {
    matches!(text.split_once('@'), Some((local, domain)) if !local.is_empty()
        && domain.contains('.') && !text.contains([' ', '<', '>', ';', ',']))
}

/// What Zoom answers for settings that were not sent.
static DEFAULTS: LazyLock<Value> = LazyLock::new(|| {
    let text = r#"{
    "host_video": false, "participant_video": false, "cn_meeting": false, "in_meeting": false,
    "join_before_host": false, "jbh_time": 0, "mute_upon_entry": false, "watermark": false,
    "use_pmi": false, "approval_type": 2, "audio": "both", "auto_recording": "none",
    "enforce_login": false, "enforce_login_domains": "", "alternative_hosts": "",
    "alternative_host_update_polls": false, "alternative_hosts_email_notification": true,
    "close_registration": false, "show_share_button": false, "allow_multiple_devices": false,
    "registrants_confirmation_email": true, "waiting_room": false,
    "request_permission_to_unmute_participants": false, "registrants_email_notification": true,
    "meeting_authentication": false, "encryption_type": "enhanced_encryption",
    "approved_or_denied_countries_or_regions": { "enable": false },
    "breakout_room": { "enable": false }, "internal_meeting": false,
    "continuous_meeting_chat": { "enable": false },
    "participant_focused_meeting": false, "push_change_to_calendar": false, "resources": [],
    "auto_start_meeting_summary": false, "auto_start_ai_companion_questions": false,
    "allow_host_control_participant_mute_state": false, "device_testing": false,
    "focus_mode": false, "private_meeting": false, "email_notification": true,
    "host_save_video_order": false, "disable_participant_video": false,
    "email_in_attendee_report": false, "meeting_invitees": [],
    "global_dial_in_countries": ["DE", "JP"],
    "global_dial_in_numbers": [
        { "country": "DE", "country_name": "Germany", "city": "Frankfurt",
          "number": "+49 69 0000 0001", "type": "toll" },
        { "country": "JP", "country_name": "Japan", "city": "Tokyo",
          "number": "+81 3 0000 0001", "type": "toll" }
    ]
}"#;
    serde_json::from_str(text).expect("the defaults are JSON")
});

/// All settings of a meeting: Zoom's defaults, overridden by what was sent.
pub fn complete(explicit: &Map<String, Value>) -> Value {
    let mut all = DEFAULTS.clone();
    if let Value::Object(all) = &mut all {
        for (name, value) in explicit {
            all.insert(name.clone(), value.clone());
        }
    }
    // "join_before_host: ignored when waiting_room is on".
    if all["waiting_room"] == json!(true) {
        all["join_before_host"] = json!(false);
    }
    all
}
