# Dansk.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Du er inviteret til et { provider-name }-møde.
invited-by = { $host } inviterer dig til et { provider-name }-møde.

topic = Emne: { $topic }
time = Tidspunkt: { $period }
time-none = Tidspunkt: intet fast tidspunkt
time-zone = Tidszone: { $zone }
dates = Datoer:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - og 1 dato mere
       *[several] - og { $count } datoer mere
    }

join = Deltag i { provider-name }-mødet:
join-on = Deltag i { provider-name }-mødet ({ $date }):
number =
    { $provider ->
        [webex] Mødenummer: { $number }
       *[zoom] Møde-id: { $number }
    }
passcode = Adgangskode: { $passcode }

phone = Deltag via telefon:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (gratisnummer)
sip = Deltag fra et videosystem: { $uri }

period = { $date } kl. { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date } kl. { $time } ({ $offset })
date = { weekday } den { $day }. { month } { $year }
clock = { $hour-two-digits }.{ $minute }
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
        [march] marts
        [april] april
        [may] maj
        [june] juni
        [july] juli
        [august] august
        [september] september
        [october] oktober
        [november] november
       *[december] december
    }
