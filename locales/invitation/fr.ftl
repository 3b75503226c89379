# Français. Une espace simple devant les deux-points : elle survit à tous les jeux de caractères.

provider-name =
    { $provider ->
        [webex] Webex
        [zoom] Zoom
       *[another] { $provider }
    }

invited = Vous avez reçu une invitation à une réunion { provider-name }.
invited-by = { $host } vous invite à une réunion { provider-name }.

topic = Sujet : { $topic }
time = Date et heure : { $period }
time-none = Date et heure : sans horaire fixe
time-zone = Fuseau horaire : { $zone }
dates = Dates :
date-line = - { $period }
dates-more =
    { $count ->
        [1] - et 1 autre date
       *[several] - et { $count } autres dates
    }

join = Participer à la réunion { provider-name } :
join-on = Participer à la réunion { provider-name } ({ $date }) :
number =
    { $provider ->
        [webex] Numéro de réunion : { $number }
       *[zoom] ID de réunion : { $number }
    }
passcode =
    { $provider ->
        [webex] Mot de passe : { $passcode }
       *[zoom] Code secret : { $passcode }
    }

phone = Participer par téléphone :
phone-line = - { $place } : { $number }
phone-line-bare = - { $number }
phone-place = { $label } ({ $country })
phone-toll-free = { $number } (appel gratuit)
sip = Participer depuis un système de visioconférence : { $uri }

period = { $date }, de { $from } à { $until } ({ $offset })
period-long = { $from } - { $until }
moment = { $date } à { $time } ({ $offset })
date =
    { weekday } { $day ->
        [1] 1er
       *[later] { $day }
    } { month } { $year }
clock = { $hour-two-digits }:{ $minute }
weekday =
    { $weekday ->
        [monday] lundi
        [tuesday] mardi
        [wednesday] mercredi
        [thursday] jeudi
        [friday] vendredi
        [saturday] samedi
       *[sunday] dimanche
    }
month =
    { $month ->
        [january] janvier
        [february] février
        [march] mars
        [april] avril
        [may] mai
        [june] juin
        [july] juillet
        [august] août
        [september] septembre
        [october] octobre
        [november] novembre
       *[december] décembre
    }
