# Italiano.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Invito a una riunione { provider-name }.
invited-by = Invito di { $host } a una riunione { provider-name }.

topic = Argomento: { $topic }
time = Data e ora: { $period }
time-none = Data e ora: nessun orario fisso
time-zone = Fuso orario: { $zone }
dates = Date:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - e un'altra data
       *[several] - e altre { $count } date
    }

join = Partecipa alla riunione { provider-name }:
join-on = Partecipa alla riunione { provider-name } ({ $date }):
number =
    { $provider ->
        [webex] Numero riunione: { $number }
       *[zoom] ID riunione: { $number }
    }
passcode =
    { $provider ->
        [webex] Password: { $passcode }
       *[zoom] Codice d'accesso: { $passcode }
    }

phone = Partecipa per telefono:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (numero verde)
sip = Partecipa da un sistema di videoconferenza: { $uri }

period = { $date }, { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date }, { $time } ({ $offset })
date =
    { weekday } { $day ->
        [1] 1º
       *[later] { $day }
    } { month } { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] lunedì
        [tuesday] martedì
        [wednesday] mercoledì
        [thursday] giovedì
        [friday] venerdì
        [saturday] sabato
       *[sunday] domenica
    }
month =
    { $month ->
        [january] gennaio
        [february] febbraio
        [march] marzo
        [april] aprile
        [may] maggio
        [june] giugno
        [july] luglio
        [august] agosto
        [september] settembre
        [october] ottobre
        [november] novembre
       *[december] dicembre
    }
