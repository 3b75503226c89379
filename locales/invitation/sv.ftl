# Svenska.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Du är inbjuden till ett { provider-name }-möte.
invited-by = { $host } bjuder in dig till ett { provider-name }-möte.

topic = Ämne: { $topic }
time = Tid: { $period }
time-none = Tid: ingen fast tid
time-zone = Tidszon: { $zone }
dates = Datum:
date-line = - { $period }
dates-more =
    { $count ->
        [1] - och 1 datum till
       *[several] - och { $count } datum till
    }

join = Delta i { provider-name }-mötet:
join-on = Delta i { provider-name }-mötet ({ $date }):
number =
    { $provider ->
        [webex] Mötesnummer: { $number }
       *[zoom] Mötes-ID: { $number }
    }
passcode = Lösenord: { $passcode }

phone = Delta via telefon:
phone-line = - { $place }: { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (avgiftsfritt)
sip = Delta från ett videosystem: { $uri }

period = { $date } kl. { $from } - { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date } kl. { $time } ({ $offset })
date = { weekday } { $day } { month } { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] måndag
        [tuesday] tisdag
        [wednesday] onsdag
        [thursday] torsdag
        [friday] fredag
        [saturday] lördag
       *[sunday] söndag
    }
month =
    { $month ->
        [january] januari
        [february] februari
        [march] mars
        [april] april
        [may] maj
        [june] juni
        [july] juli
        [august] augusti
        [september] september
        [october] oktober
        [november] november
       *[december] december
    }
