# Norsk bokmål.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Du er invitert til et { provider-name }-møte.
invited-by = { $host } inviterer deg til et { provider-name }-møte.

topic = Emne: { $topic }
time = Tid: { $period }
time-none = Tid: ikke noe fast tidspunkt
time-zone = Tidssone: { $zone }
dates = Datoer:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - og 1 dato til
       *[several] - og { $count } datoer til
    }

join = Delta i { provider-name }-møtet:
join-on = Delta i { provider-name }-møtet ({ $date }):
number =
    { $provider ->
        [webex] Møtenummer: { $number }
       *[zoom] Møte-ID: { $number }
    }
passcode = Passord: { $passcode }

phone = Delta via telefon:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (gratisnummer)
sip = Delta fra et videosystem: { $uri }

period = { $date } kl. { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date } kl. { $time } ({ $offset })
date = { weekday } { $day }. { month } { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] mandag
        [tuesday] tirsdag
        [wednesday] onsdag
        [thursday] torsdag
        [friday] fredag
        [saturday] lørdag
       *[sunday] søndag
    }
month =
    { $month ->
        [january] januar
        [february] februar
        [march] mars
        [april] april
        [may] mai
        [june] juni
        [july] juli
        [august] august
        [september] september
        [october] oktober
        [november] november
       *[december] desember
    }
