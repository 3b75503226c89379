# Deutsch.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Sie sind zu einem { provider-name }-Meeting eingeladen.
invited-by = { $host } lädt Sie zu einem { provider-name }-Meeting ein.

topic = Thema: { $topic }
time = Zeit: { $period }
time-none = Zeit: kein fester Termin
time-zone = Zeitzone: { $zone }
dates = Termine:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - und 1 weiterer Termin
       *[several] - und { $count } weitere Termine
    }

join = Am { provider-name }-Meeting teilnehmen:
join-on = Am { provider-name }-Meeting teilnehmen ({ $date }):
number =
    { $provider ->
        [webex] Meeting-Kennnummer: { $number }
       *[zoom] Meeting-ID: { $number }
    }
passcode =
    { $provider ->
        [webex] Passwort: { $passcode }
       *[zoom] Kenncode: { $passcode }
    }

phone = Per Telefon teilnehmen:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (gebührenfrei)
sip = Mit einem Videosystem teilnehmen: { $uri }

period = { $date }, { $from } - { $until } Uhr ({ $offset })
period-long = { $from } - { $until }
moment = { $date }, { $time } Uhr ({ $offset })
date = { weekday }, { $day }. { month } { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] Montag
        [tuesday] Dienstag
        [wednesday] Mittwoch
        [thursday] Donnerstag
        [friday] Freitag
        [saturday] Samstag
       *[sunday] Sonntag
    }
month =
    { $month ->
        [january] Januar
        [february] Februar
        [march] März
        [april] April
        [may] Mai
        [june] Juni
        [july] Juli
        [august] August
        [september] September
        [october] Oktober
        [november] November
       *[december] Dezember
    }
