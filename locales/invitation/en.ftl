# The invitation in English. Date and time as Unicode CLDR has them for en.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = You are invited to a { provider-name } meeting.
invited-by = { $host } invites you to a { provider-name } meeting.

topic = Topic: { $topic }
time = Time: { $period }
time-none = Time: no fixed time
time-zone = Time zone: { $zone }
dates = Dates:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - and 1 more date
       *[several] - and { $count } more dates
    }

join = Join the { provider-name } meeting:
join-on = Join the { provider-name } meeting ({ $date }):
number =
    { $provider ->
        [webex] Meeting number: { $number }
       *[zoom] Meeting ID: { $number }
    }
passcode =
    { $provider ->
        [webex] Password: { $passcode }
       *[zoom] Passcode: { $passcode }
    }

phone = Join by phone:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (toll-free)
sip = Join from a video system: { $uri }

period = { $date }, { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date }, { $time } ({ $offset })
date = { weekday }, { month } { $day }, { $year }
clock =
    { $hour-of-twelve }:{ $minute } { $half ->
        [am] AM
       *[pm] PM
    }
weekday =
    { $weekday ->
        [monday] Monday
        [tuesday] Tuesday
        [wednesday] Wednesday
        [thursday] Thursday
        [friday] Friday
        [saturday] Saturday
       *[sunday] Sunday
    }
month =
    { $month ->
        [january] January
        [february] February
        [march] March
        [april] April
        [may] May
        [june] June
        [july] July
        [august] August
        [september] September
        [october] October
        [november] November
       *[december] December
    }
