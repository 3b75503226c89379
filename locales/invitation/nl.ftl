# Nederlands.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = U bent uitgenodigd voor een { provider-name }-meeting.
invited-by = { $host } nodigt u uit voor een { provider-name }-meeting.

topic = Onderwerp: { $topic }
time = Tijd: { $period }
time-none = Tijd: geen vast tijdstip
time-zone = Tijdzone: { $zone }
dates = Datums:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - en nog 1 datum
       *[several] - en nog { $count } datums
    }

join = Deelnemen aan de { provider-name }-meeting:
join-on = Deelnemen aan de { provider-name }-meeting ({ $date }):
number =
    { $provider ->
        [webex] Meetingnummer: { $number }
       *[zoom] Meeting-ID: { $number }
    }
passcode =
    { $provider ->
        [webex] Wachtwoord: { $passcode }
       *[zoom] Toegangscode: { $passcode }
    }

phone = Telefonisch deelnemen:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (gratis nummer)
sip = Deelnemen vanaf een videosysteem: { $uri }

period = { $date }, { $from } - { $until } uur ({ $offset })
period-long = { $from } - { $until }
moment = { $date }, { $time } uur ({ $offset })
date = { weekday } { $day } { month } { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] maandag
        [tuesday] dinsdag
        [wednesday] woensdag
        [thursday] donderdag
        [friday] vrijdag
        [saturday] zaterdag
       *[sunday] zondag
    }
month =
    { $month ->
        [january] januari
        [february] februari
        [march] maart
        [april] april
        [may] mei
        [june] juni
        [july] juli
        [august] augustus
        [september] september
        [october] oktober
        [november] november
       *[december] december
    }
